// `infra replay`: the changes of a branch again, on a default branch that has moved, as one merge that needs no force;
// what both sides changed is told entry by entry, and then nothing is changed.

import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parseChangelog } from '../../src/changelog/changelog.ts'
import { blobOf, replayLog } from '../../src/edit/replay.ts'
import { parseRegistry } from '../../src/registry/parse.ts'
import {
  change,
  editByHand,
  type GhWorld,
  gitThatFails,
  makeGhWorld,
  moveRemote,
  type Over,
} from '../fixtures/gh-world.ts'
import type { Home } from '../fixtures/home-world.ts'

/** A world whose branch `infra/one` registers `one`, while the default branch has got `there` and been fetched. */
async function movedWorld(t: Test, there?: readonly Over[], mine: readonly Over[] = []): Promise<GhWorld> {
  if (there === undefined) return makeGhWorld(t, 'main', 'moved')
  const world = await makeGhWorld(t, 'main', 'pushed')
  for (const over of mine) {
    change(world.home, over)
    await world.run(['finalize'])
    world.git('commit', '--quiet', '-m', 'more')
  }
  await moveRemote(world, there)
  return world
}

/** Tells whether the whole log, replayed, is the registry. */
function adds({ working, changelog }: Home, base: Uint8Array, from: number): boolean {
  const lines = parseChangelog(readFileSync(changelog), 'log').slice(from)
  const replay = replayLog(parseRegistry(base, 'base'), lines)
  const document = parseRegistry(readFileSync(working), 'registry')
  return replay.discrepancies.length === 0 && replay.blob === blobOf(document)
}

t.test('makes the changes again, and the push needs no force', async t => {
  const world = await movedWorld(t, [
    { repo: 'other' },
    { repo: 'app', action: 'disable', context: undefined },
  ])
  const base = Buffer.from(world.git('show', 'main:infra/telemetry-registry.v2.json'))
  const tip = world.git('rev-parse', 'HEAD').trim()
  const { code, stdout, stderr } = await world.run(['replay'], {
    now: () => new Date('2026-01-02T03:04:05Z'),
  })
  t.strictSame([code, stderr], [0, ''])
  const backup = 'refs/infra/backup/infra/one/20260102T030405Z'
  t.equal(
    stdout,
    `replayed infra/one onto origin/main: register acme/one
  the branch as it was: ${backup}
  back to it: git reset --keep ${backup}
next: infra finalize
`,
  )
  t.equal(world.git('rev-parse', backup).trim(), tip)
  t.equal(world.git('status', '--porcelain'), '')
  t.equal(world.git('rev-parse', 'HEAD^1').trim(), tip)
  t.equal(world.git('rev-parse', 'HEAD^2'), world.git('rev-parse', 'origin/main'))
  t.equal(
    world.git('diff', '--name-only', 'origin/main', 'HEAD'),
    'infra/changelog/infra-changelog.jsonl\ninfra/telemetry-registry.v2.json\n',
  )
  t.ok(adds(world.home, base, 1), 'the log replays to the registry')
  t.match(await world.run(['finalize']), {
    code: 0,
    stdout: /reason {2}register acme\/one: a test wants it\n/,
  })
  world.git('commit', '--quiet', '-m', 'finalized')
  world.git('push', '--quiet')
  t.match(await world.run(['check', '--against', 'origin/main']), { code: 0 })
  t.match(await world.run(['create-pr']), { code: 0 })
  t.match(world.calls()[0]!.input, /^1 `ADDED`$/m, 'and only what is ours is asked for')

  t.test('once more does nothing', async t => {
    const before = world.state()
    t.match(await world.run(['replay']), { code: 0, stdout: /stands on origin\/main already/ })
    t.strictSame(world.state(), before)
  })
  t.test('and back to what it was', async t => {
    world.git('reset', '--quiet', '--keep', backup)
    t.equal(world.git('rev-parse', 'HEAD').trim(), tip)
  })
})

t.test('files that were only touched are no changes', async t => {
  const world = await movedWorld(t)
  const later = new Date('2030-01-01T00:00:00Z')
  utimesSync(world.home.pointer, later, later)
  t.match(await world.run(['replay']), { code: 0 })
})

t.test('several changes, of which one is there already', async t => {
  const same = { repo: 'shared', reason: 'both want it' }
  const world = await movedWorld(t, [same], [same, { repo: 'two' }])
  const dry = await world.run(['replay', '--dry-run', '--json'])
  t.match(JSON.parse(dry.stdout), { dropped: [3], changes: [{ repo: 'one' }, { repo: 'two' }], backup: null })
  t.match(await world.run(['replay', '--onto', 'origin/main']), {
    code: 0,
    stdout: / {2}line 3 is not written again/,
  })
})

t.test('changes that are all there already leave nothing to do', async t => {
  const world = await movedWorld(t, [{ repo: 'one' }])
  t.match(await world.run(['replay']), {
    code: 0,
    stdout: /nothing is left to change\n(.*\n)*next: infra abort\n$/,
  })
  t.equal(world.git('diff', 'origin/main', 'HEAD'), '')
})

t.test('--dry-run changes nothing', async t => {
  const world = await movedWorld(t)
  const before = world.state()
  t.match(await world.run(['replay', '--dry-run']), {
    code: 0,
    stdout: /^would replay infra\/one onto origin\/main/,
  })
  t.strictSame(world.state(), before)
})

t.test('conflicts are told entry by entry, and nothing is changed', async t => {
  const world = await movedWorld(
    t,
    [
      { repo: 'one', reason: 'theirs' },
      { repo: 'app', action: 'disable', context: undefined, reason: 'theirs' },
    ],
    [{ repo: 'app', action: 'disable', context: undefined, reason: 'mine' }, { repo: 'two' }],
  )
  const before = world.state()
  const said = await world.run(['replay'])
  t.match(said, { code: 4, stdout: '' })
  const [first, ...conflicts] = said.stderr.trimEnd().split('\n')
  t.match(first, /^infra: FLOW_REPLAY_CONFLICT cannot be replayed onto origin\/main; nothing was changed$/)
  t.strictSame(
    conflicts.map(line => line.split(': ', 3).slice(1, 2).join()),
    ['  acme/one (line 2)', '  acme/app (line 3)'],
  )
  t.strictSame(world.state(), before)
})

t.test('is refused, and changes nothing', async t => {
  const table: readonly (readonly [string, string, (world: GhWorld) => unknown, string[]?])[] = [
    ['FLOW_ON_DEFAULT_BRANCH', 'the default branch', ({ git }) => git('switch', '-q', 'main')],
    ['FLOW_DETACHED', 'a detached HEAD', ({ git }) => git('switch', '-q', '--detach')],
    ['FLOW_NOT_CLEAN', 'an untracked file', ({ top }) => writeFileSync(join(top, 'x'), '')],
    ['FLOW_BUSY', 'a merge', ({ top }) => writeFileSync(join(top, '.git/MERGE_HEAD'), '')],
    ['FLOW_UNKNOWN_BASE', 'a base that is not there', () => {}, ['--onto', 'nowhere']],
    ['FLOW_GATES', 'a change by hand', ({ home, git }) => editByHand(home) ?? git('commit', '-qam', 'hand')],
    [
      'FLOW_FOREIGN_FILES',
      'a foreign file',
      ({ git, top }) => {
        writeFileSync(join(top, 'x'), '')
        git('add', 'x')
        git('commit', '-qm', 'x')
      },
    ],
    [
      'FLOW_DIVERGED',
      'two default branches',
      ({ git }) => {
        git('switch', '-q', 'main')
        git('commit', '-q', '--allow-empty', '-m', 'x')
        git('switch', '-q', 'infra/one')
      },
    ],
    [
      'FLOW_UNRELATED',
      'another history',
      ({ git }) => {
        git('switch', '-q', '--orphan', 'alien')
        git('commit', '-q', '--allow-empty', '-m', 'x')
        git('switch', '-q', 'infra/one')
      },
      ['--onto', 'alien'],
    ],
  ]
  for (const [code, what, prepare, words = []] of table) {
    t.test(what, async t => {
      const world = await movedWorld(t)
      prepare(world)
      const before = world.state()
      const said = await world.run(['replay', ...words])
      t.match(said, { code: 1, stdout: '', stderr: new RegExp(`^infra: ${code} `) })
      t.strictSame(world.state(), before)
    })
  }
})

t.test('where git fails, nothing is changed', async t => {
  for (const words of ['hash-object', 'mktree', 'commit-tree', 'update-ref', 'reset']) {
    const world = await movedWorld(t)
    const before = world.state() as [{ refs: string }, string]
    gitThatFails(world, words)
    t.match(await world.run(['replay']), { code: 3, stderr: /GIT_FAILED .*as told/ }, words)
    const after = world.state() as [{ refs: string }, string]
    const kept = after[0].refs.split('\n').filter(line => !line.includes('refs/infra/backup/'))
    t.strictSame([{ ...after[0], refs: kept.join('\n') }, after[1]], before, `${words}: but for a backup`)
  }
})
