// `infra manifest init`: a valid manifest of the project at hand, and never in place of one.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { infraHere, treeOf } from '../fixtures/home-world.ts'

t.test('writes a manifest that passes, named for the project', async t => {
  const top = t.testdir({
    'by-folder': {},
    package: { 'package.json': '{"name": "@orchard/press"}' },
    odd: { 'package.json': '{"name": 7}' },
    broken: { 'package.json': '{' },
  })
  for (const [folder, project] of [
    ['by-folder', 'by-folder'],
    ['package', 'press'],
    ['odd', 'odd'],
    ['broken', 'broken'],
  ] as const) {
    const cwd = join(top, folder)
    t.strictSame(await infraHere(['manifest', 'init'], { cwd }), {
      ...{ code: 0, stdout: 'wrote .infra.yaml; next: say where it runs\n', stderr: '' },
    })
    t.match(readFileSync(join(cwd, '.infra.yaml'), 'utf8'), `\nproject: ${project}\nenvironment: prod\n`)
    t.match(await infraHere(['manifest', 'check', '--strict'], { cwd }), { code: 0 })
  }
})

t.test('takes folder, project and environment as words', async t => {
  const cwd = t.testdir({ a: {} })
  const words = ['manifest', 'init', 'a', '--project', 'no', '--environment', 'dev', '--json']
  const { stdout } = await infraHere(words, { cwd })
  t.match(JSON.parse(stdout), {
    file: 'a/.infra.dev.yaml',
    project: 'no',
    environment: 'dev',
    dry_run: false,
  })
  t.match(readFileSync(join(cwd, 'a/.infra.dev.yaml'), 'utf8'), '\nproject: "no"\nenvironment: dev\n')
  t.match(await infraHere(['manifest', 'check', '--strict'], { cwd }), { code: 0 })
})

t.test('refuses to replace one, and then nothing has changed', async t => {
  const cwd = t.testdir({ '.infra.yaml': 'mine\n' })
  const before = treeOf(cwd)
  t.match(await infraHere(['manifest', 'init'], { cwd }), {
    code: 1,
    stdout: '',
    stderr: /PUBLISH_FILE_EXISTS/,
  })
  t.strictSame(treeOf(cwd), before)
})

t.test('a dry run shows it and writes nothing', async t => {
  const cwd = t.testdir({})
  const { stdout } = await infraHere(['manifest', 'init', '--dry-run'], { cwd })
  t.match(stdout, /^would write \.infra\.yaml:\n# What this project needs/)
  t.strictSame(readdirSync(cwd), [])
})

t.test('refuses a folder that is not there and a name that is none', async t => {
  const cwd = t.testdir({})
  t.match(await infraHere(['manifest', 'init', 'none'], { cwd }), { code: 1, stderr: /SOURCE_MISSING/ })
  t.match(await infraHere(['manifest', 'init', '--project', 'a\u202eb'], { cwd }), {
    ...{ code: 1, stderr: /^infra: \.infra\.yaml:4:10 error MANIFEST_BAD_NAME/ },
  })
  t.notOk(existsSync(join(cwd, '.infra.yaml')))
})
