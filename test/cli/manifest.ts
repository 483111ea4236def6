// `infra manifest`: its verbs, and that it does nothing without one.

import t from 'tap'
import { infraHere } from '../fixtures/home-world.ts'

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  check: ['--hosts', '--strict', '--format', '--json', '--help'],
  init: ['--project', '--environment', '--dry-run', '--json', '--help'],
}

t.test('lists its verbs, and each its options', async t => {
  const { stdout } = await infraHere(['manifest', '--help'])
  for (const [verb, options] of Object.entries(OPTIONS)) {
    t.match(stdout, new RegExp(`^ {2}${verb} `, 'm'))
    const page = (await infraHere(['manifest', verb, '--help'])).stdout
    const listed = [...page.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name)
    t.strictSame(listed.sort(), [...options].sort(), verb)
  }
})

t.test('a mistake in the words exits 2', async t => {
  t.match(await infraHere(['manifest']), { code: 2, stdout: '', stderr: /Usage: infra manifest/ })
  t.match(await infraHere(['manifest', 'chek']), { code: 2, stderr: /Did you mean check\?/ })
  t.match(await infraHere(['manifest', 'check', '--format', 'xml']), { code: 2 })
  t.match(await infraHere(['manifest', 'init', '--environment', 'staging']), { code: 2 })
})
