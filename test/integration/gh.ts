// The real `gh` with exactly the arguments that we give it, against a GitHub on loopback: that it takes every flag and
// field name, and that what it prints is read as it was meant. Where there is no gh, nothing of this is known.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type FakeGithub, PASSED, REMOTE, startFakeGithub } from '../fixtures/fake-github.ts'
import { type GhWorld, makeGhWorld } from '../fixtures/gh-world.ts'
import { notRun } from '../fixtures/home-world.ts'

const version = /\d+\.\d+\.\d+/.exec(spawnSync('gh', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[0]

/** A clone with a pushed change whose remote is on the loopback GitHub, and the real gh to ask it. */
async function realWorld(t: Test): Promise<{ world: GhWorld; github: FakeGithub }> {
  const world = await makeGhWorld(t, 'main', 'pushed')
  const github = await startFakeGithub(t, join(world.dir, 'gh'))
  world.path = process.env.PATH ?? ''
  world.git('config', 'remote.origin.url', REMOTE)
  const headCommit = world.git('rev-parse', 'HEAD').trim()
  const files = world.git('diff', '--name-only', 'main', 'HEAD').trimEnd().split('\n')
  github.pushed = { headCommit, files }
  for (const [name, value] of Object.entries(github.env)) setVariable(t, name, value)
  return { world, github }
}

function setVariable(t: Test, name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  t.teardown(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

const taught = (t: Test, { asked }: FakeGithub) =>
  t.strictSame(
    asked.filter(name => name.startsWith('NOT TAUGHT ')),
    [],
    'gh asked nothing that was not expected',
  )

t.test('the real gh opens a pull request, looks at it and merges it', async t => {
  if (version === undefined) return notRun(t, 'there is no gh (apt-get install gh)')
  t.comment(`gh ${version}`)
  const { world, github } = await realWorld(t)
  t.match(await world.run(['create-pr']), {
    ...{ code: 0, stderr: '' },
    stdout: 'opened http://github.localhost/acme/infra/pull/7\n',
  })
  t.match(github.request, { title: 'infra: register acme/one', base: 'main', head: 'infra/one' })
  t.match(github.request?.body, /^## What changes\n/, 'the body came over standard input')

  const { code, stdout, stderr } = await world.run(['merge-pr', '--confirm', '7', '--json'])
  t.strictSame([code, stderr], [0, ''])
  const { headCommit, files } = github.pushed
  t.match(JSON.parse(stdout), {
    ...{ number: 7, headCommit, files, fileCount: files.length, isDraft: false, merged: true },
    checks: [{ name: 'check', verdict: 'passed' }],
  })
  t.equal(github.request?.state, 'MERGED')
  t.ok(
    github.asked.includes('DELETE /repos/acme/infra/git/refs/heads/infra%2Fone'),
    'the branch is deleted there',
  )
  taught(t, github)
})

t.test('what the real gh tells of checks is judged', async t => {
  if (version === undefined) return notRun(t, 'there is no gh (apt-get install gh)')
  const { world, github } = await realWorld(t)
  t.match(await world.run(['merge-pr']), { code: 1, stderr: /FLOW_NO_PR/ })
  t.match(await world.run(['create-pr']), { code: 0 })
  const running = { ...PASSED, status: 'IN_PROGRESS', conclusion: '' }
  const status = { __typename: 'StatusContext', context: 'ci', state: 'FAILURE' }
  for (const [checks, refusal] of [
    [[], /FLOW_CHECKS_MISSING/],
    [[running], /FLOW_CHECKS_FAILING .*\n.*pending: check/],
    [[PASSED, status], /FLOW_CHECKS_FAILING .*\n.*failed: ci/],
    [[{ ...PASSED, conclusion: 'TIMED_OUT' }], /failed: check/],
  ] as const) {
    github.checks = checks
    t.match(await world.run(['merge-pr', '--confirm', '7']), { code: 1, stderr: refusal })
  }
  t.equal(github.request?.state, 'OPEN')
  taught(t, github)
})

t.test('the real gh tells abort of a pull request, open or merged', async t => {
  if (version === undefined) return notRun(t, 'there is no gh (apt-get install gh)')
  const { world, github } = await realWorld(t)
  const abort = () => world.run(['abort', '--dry-run'])
  const free = await abort()
  t.match(free, { code: 0, stderr: '' })
  t.notMatch(free.stdout, 'not known')
  t.match(await world.run(['create-pr']), { code: 0 })
  t.match(await abort(), { code: 1, stderr: /FLOW_HAS_PR .*#7, which is open/ })
  github.request!.state = 'MERGED'
  t.match(await abort(), { code: 1, stderr: /FLOW_HAS_PR .*#7, which is merged/ })
  taught(t, github)
})

t.test('what the real gh refuses is told', async t => {
  if (version === undefined) return notRun(t, 'there is no gh (apt-get install gh)')
  const { world } = await realWorld(t)
  t.match(await world.run(['merge-pr', '8']), { code: 3, stderr: /^infra: GH_FAILED gh pr view: / })
})
