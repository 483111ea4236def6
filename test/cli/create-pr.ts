// `infra create-pr`: what a reviewer is shown, what gh is told, and what is refused before gh is told anything.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { change, editByHand, type GhWorld, makeGhWorld, onlyGit } from '../fixtures/gh-world.ts'

const ARGV = ['pr', 'create', '--base', 'main', '--head', 'infra/one', '--title']

t.test('opens a pull request whose body is the change', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  const before = world.state()
  const { code, stdout, stderr } = await world.run(['create-pr'])
  t.strictSame([code, stderr], [0, ''])
  t.equal(
    stdout,
    `opened https://github.example/acme/infra/pull/1
  infra: register acme/one
next: infra merge-pr
`,
  )
  const [call, ...more] = world.calls()
  t.strictSame(more, [])
  t.strictSame(call!.argv, [...ARGV, 'infra: register acme/one', '--body-file', '-'])
  t.match(call!.input, '## What changes\n\n1 `ADDED`\n\n| risk | subject | change |')
  const line = world.git('show', 'HEAD:infra/changelog/infra-changelog.jsonl').trimEnd().split('\n').at(-1)
  t.ok(call!.input.endsWith(`## What the log says\n\n\`\`\`json\n${line}\n\`\`\`\n`))
  t.strictSame(world.state(), before, 'nothing here has changed')
})

t.test('no word is more than a word, and no reason is more than text', async t => {
  const world = await makeGhWorld(t)
  world.git('switch', '--quiet', '--create', "it's-$(id)")
  change(world.home, { repo: 'one', reason: 'a ````` fence <b> @everybody fixes #1' })
  await world.run(['finalize'])
  world.git('commit', '--quiet', '-m', 'x')
  world.git('push', '--quiet', '-u', 'origin', 'HEAD')
  const dry = await world.run(['create-pr', '--title', '--admin "$(id)"', '--dry-run'])
  t.match(
    dry.stdout,
    /^would run: gh pr create --base main --head 'it'\\''s-\$\(id\)' --title '--admin "\$\(id\)"' --/,
  )
  t.strictSame(world.calls(), [], 'gh is not asked')
  t.match(await world.run(['create-pr', '--title', '--admin "$(id)"']), { code: 0 })
  const { argv, input } = world.calls()[0]!
  t.strictSame(argv.slice(4, 8), ['--head', "it's-$(id)", '--title', '--admin "$(id)"'])
  t.match(input, /^``````json$/m, 'the fence is longer than any in it')
})

t.test('is refused, and changes nothing and tells gh nothing', async t => {
  const commit = ({ git }: GhWorld, ...files: string[]) => {
    git('add', '--all', ...files)
    git('commit', '--quiet', '-m', 'more')
    git('push', '--quiet')
  }
  const table: readonly (readonly [string, string, (world: GhWorld) => unknown, string[]?])[] = [
    ['FLOW_ON_DEFAULT_BRANCH', 'the default branch', ({ git }) => git('switch', '-q', 'main')],
    ['FLOW_DETACHED', 'a detached HEAD', ({ git }) => git('switch', '-q', '--detach')],
    ['FLOW_NOT_CLEAN', 'an untracked file', ({ top }) => writeFileSync(join(top, 'x'), '')],
    ['FLOW_NO_COMMITS', 'no commit', ({ git }) => git('switch', '-qc', 'none', 'main')],
    ['FLOW_UNPUSHED', 'a branch that was never pushed', ({ git }) => git('switch', '-qc', 'two')],
    ['FLOW_UNPUSHED', 'a commit too many', ({ git }) => git('commit', '-q', '--allow-empty', '-m', 'x')],
    [
      'FLOW_UNPUSHED',
      'another history than the one that was pushed',
      ({ git }) => git('commit', '-q', '--amend', '-m', 'amended'),
    ],
    [
      'FLOW_FOREIGN_FILES',
      'a foreign file',
      world => writeFileSync(join(world.top, 'x'), '') ?? commit(world),
    ],
    [
      'FLOW_FOREIGN_FILES',
      'a foreign file that came and went',
      world => {
        writeFileSync(join(world.top, 'x'), '')
        commit(world)
        world.git('rm', '-q', 'x')
        commit(world)
      },
    ],
    [
      'FLOW_FOREIGN_FILES',
      'a sealed run that went',
      world => {
        world.git('rm', '-rq', 'infra/.codex/RUNS/2024-01-02__000000__seal_telemetry_registry')
        commit(world)
      },
    ],
    ['FLOW_GATES', 'a change by hand', world => editByHand(world.home) ?? commit(world)],
    [
      'FLOW_GATES',
      'a change that was not finalized',
      world => change(world.home, { repo: 'x' }) && commit(world),
    ],
    ['FLOW_WRONG_BASE', 'a base that nobody knows', () => {}, ['--base', 'nowhere']],
    ['FLOW_WRONG_BASE', 'itself', () => {}, ['--base', 'infra/one']],
    [
      'FLOW_BEHIND',
      'a registry that has moved on',
      ({ git, home }) => {
        git('switch', '-q', 'main')
        change(home, { repo: 'other' })
        git('commit', '-qam', 'other')
        git('push', '-q')
        git('switch', '-q', 'infra/one')
      },
    ],
  ]
  for (const [code, what, prepare, words = []] of table) {
    t.test(what, async t => {
      const world = await makeGhWorld(t, 'main', 'pushed')
      prepare(world)
      const before = world.state()
      const said = await world.run(['create-pr', ...words])
      t.match(said, { code: 1, stdout: '', stderr: new RegExp(`^infra: ${code} `) })
      t.strictSame(world.state(), before)
      t.strictSame(world.calls(), [])
    })
  }
})

t.test('a gh that fails is the world’s failure', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  const before = world.state()
  world.plan({ fail: { 'pr create': 'a pull request already exists' } })
  const said = await world.run(['create-pr'])
  t.match(said, {
    code: 3,
    stdout: '',
    stderr: /^infra: GH_FAILED gh pr create: a pull request already exists$/m,
  })
  world.plan({ hang: ['pr create'] })
  t.match(await world.run(['create-pr'], { ghDeadlineMs: 300 }), {
    ...{ code: 3, stdout: '', stderr: 'infra: GH_TIMEOUT gh pr create: no answer within 300 ms\n' },
  })
  onlyGit(world)
  t.match(await world.run(['create-pr', '--json']), {
    code: 3,
    stdout: /"code": "GH_MISSING"/,
    stderr: /^infra: GH_MISSING gh pr create: there is no gh; install/,
  })
  t.strictSame(world.state(), before)
})
