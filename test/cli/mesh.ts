// `infra mesh`: its verbs, and that it does nothing without one.

import t from 'tap'
import { infraHere } from '../fixtures/home-world.ts'

const PLAN = ['--root', '--hosts', '--prune', '--strict', '--json', '--help']
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  plan: PLAN,
  apply: [...PLAN, '--dry-run'],
  check: PLAN,
  explain: ['--hosts', '--json', '--help'],
}

t.test('lists its verbs, and each its options', async t => {
  const { stdout } = await infraHere(['mesh', '--help'])
  for (const [verb, options] of Object.entries(OPTIONS)) {
    t.match(stdout, new RegExp(`^ {2}${verb} `, 'm'))
    const page = (await infraHere(['mesh', verb, '--help'])).stdout
    const listed = [...page.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name)
    t.strictSame(listed.sort(), [...options].sort(), verb)
  }
})

t.test('a mistake in the words exits 2', async t => {
  t.match(await infraHere(['mesh']), { code: 2, stdout: '', stderr: /Usage: infra mesh/ })
  t.match(await infraHere(['mesh', 'paln']), { code: 2, stderr: /Did you mean plan\?/ })
  t.match(await infraHere(['mesh', 'plan', '--hosts', 'x']), { code: 2, stderr: /--root/ })
  t.match(await infraHere(['mesh', 'plan', '--root', 'x']), { code: 2, stderr: /--hosts/ })
  t.match(await infraHere(['mesh', 'apply', '--root', 'x', '--hosts', 'y', '--prune', 'all']), { code: 2 })
  t.match(await infraHere(['mesh', 'explain', '--hosts', 'x']), { code: 2, stderr: /'service'/ })
})
