// `infra finalize`: a change is judged, sealed, activated and staged, exactly that; whatever refuses it leaves the index
// as it was, and a second attempt goes on where the first one stopped.

import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  change,
  editByHand,
  type GhWorld,
  gitThatFails,
  makeGhWorld,
  rolledBack,
} from '../fixtures/gh-world.ts'
import { damage, editEntry, pointerEntry, writeDeep } from '../fixtures/home-world.ts'

/** A world that stands on a branch of its own. */
async function onBranch(t: Test): Promise<GhWorld> {
  const world = await makeGhWorld(t)
  world.git('switch', '--quiet', '--create', 'infra/one')
  return world
}

t.test('stages registry, changelog, run and pointer, and nothing else', async t => {
  const world = await onBranch(t)
  change(world.home, { repo: 'one', reason: 'it is new' })
  const { code, stdout, stderr } = await world.run(['finalize'], { cwd: world.home.runs })
  t.strictSame([code, stderr], [0, ''])
  const { active_ref, notes, serial } = pointerEntry(world.home)
  const files = ['MANIFEST.sha256', 'infra-changelog_snapshot.jsonl', 'manifest.json', 'run.json']
  const staged = [
    'infra/telemetry-registry.v2.json',
    'infra/changelog/infra-changelog.jsonl',
    'infra/registry/ACTIVE_REGISTRY_POINTERS_v0_1.json',
    ...[...files, 'telemetry-registry.v2_snapshot.json'].map(
      name => `infra/.codex/RUNS/${active_ref.run_id}/${name}`,
    ),
  ]
  t.equal(
    stdout,
    `finalized infra/one
  run     ${active_ref.run_id}
  was     2024-01-02__000000__seal_telemetry_registry
  reason  register acme/one: it is new
${staged.map(path => `  staged  ${path}\n`).join('')}next: git commit -m 'infra: register acme/one'
next: git push -u origin infra/one
`,
  )
  t.strictSame([notes, serial], ['register acme/one: it is new', 2])
  const status = world.git('status', '--porcelain', '--untracked-files=all').trimEnd().split('\n')
  t.strictSame(status.map(line => line.slice(3)).sort(), [...staged].sort())
  t.ok(
    status.every(line => /^[AM] /.test(line)),
    'everything is staged as it is',
  )

  t.test('once more, before the commit, does nothing', async t => {
    const before = world.state()
    const again = await world.run(['finalize'])
    t.match(again, { code: 0, stdout: /^finalized infra\/one\n/ })
    t.match(
      again.stdout,
      / {2}was {5}active already\n {2}reason {2}register acme\/one: it is new\nnext: git commit -m 'infra: register acme\/one'\n/,
    )
    t.strictSame(world.state(), before)
  })
  t.test('a second change of the same branch', async t => {
    world.git('commit', '--quiet', '-m', 'one')
    const none = world.state()
    t.match(await world.run(['finalize']), { code: 1, stderr: /FLOW_NOTHING/ })
    t.strictSame(world.state(), none)
    change(world.home, { repo: 'two' })
    change(world.home, { repo: 'three' })
    const said = await world.run(['finalize', '--json'])
    const document = JSON.parse(said.stdout)
    t.match(document, {
      branch: 'infra/one',
      reason: 'register acme/two; register acme/three',
      commit_message: 'infra: 2 changes: register acme/two, register acme/three',
      dry_run: false,
    })
    t.equal(document.staged.length, 8)
    world.git('commit', '--quiet', '-m', 'two')
    t.equal(world.git('status', '--porcelain'), '')
    t.match(await world.run(['verify']), { code: 0 })
  })
})

t.test('--reason is the one that is kept', async t => {
  const world = await onBranch(t)
  change(world.home, { repo: 'one' })
  t.match(await world.run(['finalize', '--reason', 'because I say so']), { code: 0 })
  t.equal(pointerEntry(world.home).notes, 'because I say so')
})

t.test('what a writer that died left behind is swept, and not refused', async t => {
  const world = await onBranch(t)
  writeFileSync(join(world.top, '.git/info/exclude'), '')
  world.git('rm', '--quiet', '--cached', '.gitignore')
  writeFileSync(join(world.top, '.gitignore'), '/scripts\n')
  world.git('add', '.gitignore')
  world.git('commit', '--quiet', '-m', 'nothing is ignored')
  change(world.home, { repo: 'one' })
  writeDeep(join(world.home.path, '.codex/STAGING/left/over'), '')
  t.match(await world.run(['finalize']), { code: 0 })
  t.equal(world.git('status', '--porcelain', '--untracked-files=all').match(/^\?\?/gm), null)
})

t.test('--dry-run writes nothing', async t => {
  const world = await onBranch(t)
  change(world.home, { repo: 'one' })
  const before = world.state()
  t.match(await world.run(['finalize', '--dry-run']), { code: 0, stdout: /^would finalize infra\/one\n/ })
  t.strictSame(world.state(), before)
})

t.test('a change that was committed without it is finalized later', async t => {
  const world = await onBranch(t)
  change(world.home, { repo: 'one' })
  world.git('commit', '--quiet', '--all', '-m', 'too early')
  t.match(await world.run(['finalize']), { code: 0, stdout: /register acme\/one/ })
})

t.test('goes on where it was interrupted', async t => {
  t.test('after the seal', async t => {
    const world = await onBranch(t)
    change(world.home, { repo: 'one' })
    const { run_id } = JSON.parse((await world.run(['seal', '--json'])).stdout)
    t.match(await world.run(['finalize']), { code: 0, stdout: new RegExp(`run     ${run_id}\n`) })
  })
  t.test('after the activation', async t => {
    const world = await onBranch(t)
    change(world.home, { repo: 'one' })
    const { run_id } = JSON.parse((await world.run(['seal', '--json'])).stdout)
    await world.run(['activate', run_id, '--reason', 'first'])
    t.match(await world.run(['finalize']), { code: 0, stdout: new RegExp(`run     ${run_id}\n`) })
    t.equal(pointerEntry(world.home).notes, 'first', 'what is active is not activated again')
    t.equal(world.git('status', '--porcelain').match(/^[AM] /gm)?.length, 8)
  })
})

t.test('is refused, and changes nothing', async t => {
  const one = ({ home }: GhWorld) => change(home, { repo: 'one' })
  const table: readonly (readonly [string, string, (world: GhWorld) => unknown])[] = [
    ['FLOW_NOTHING', 'no change', () => {}],
    [
      'FLOW_ON_DEFAULT_BRANCH',
      'the default branch',
      world => {
        world.git('switch', '-q', 'main')
        one(world)
      },
    ],
    ['FLOW_DETACHED', 'a detached HEAD', world => world.git('switch', '-q', '--detach') + one(world)],
    ['FLOW_BUSY', 'index.lock', world => one(world) && writeFileSync(join(world.top, '.git/index.lock'), '')],
    ['FLOW_BUSY', 'a merge', world => one(world) && writeFileSync(join(world.top, '.git/MERGE_HEAD'), '')],
    ['FLOW_GATES', 'a change by hand', ({ home }) => editByHand(home)],
    ['FLOW_GATES', 'a change by hand beside another', world => one(world) && editByHand(world.home)],
    [
      'FLOW_GATES',
      'a line without its change',
      world => one(world) && world.git('restore', world.home.working),
    ],
    [
      'FLOW_GATES',
      'a change without its line',
      world => one(world) && world.git('restore', world.home.changelog),
    ],
    ['FLOW_GATES', 'no JSON', ({ home }) => writeFileSync(home.working, '{')],
    ['FLOW_GATES', 'CRLF', world => one(world) && appendFileSync(world.home.changelog, '\r\n')],
    ['FLOW_GATES', 'no changelog', ({ home }) => rmSync(home.changelog)],
    [
      'FLOW_FOREIGN_CHANGES',
      'a foreign file',
      world => one(world) && writeFileSync(join(world.top, 'x'), ''),
    ],
    [
      'FLOW_FOREIGN_CHANGES',
      'a foreign change, staged',
      world => {
        one(world)
        appendFileSync(join(world.top, '.gitignore'), 'x\n')
        world.git('add', '.gitignore')
      },
    ],
    [
      'FLOW_SEALED_ALTERED',
      'an altered run',
      world => one(world) && damage(world.home, '2024-01-02__000000__seal_telemetry_registry'),
    ],
    [
      'FLOW_LOOSE_RUN',
      'a run of something else',
      async world => {
        await world.run(['seal'])
        one(world)
      },
    ],
    [
      'FLOW_GATES',
      'a pointer that is not sound',
      world => one(world) && editEntry(world.home, entry => (entry.serial = 'x')),
    ],
    [
      'FLOW_BYTES_ALTERED',
      'a repository that rewrites what it stores',
      world => {
        one(world)
        writeFileSync(
          join(world.top, '.git/info/attributes'),
          'infra/telemetry-registry.v2.json ident filter=up\n',
        )
        world.git('config', 'filter.up.clean', 'tr a-z A-Z')
      },
    ],
    [
      'PUBLISH_MASS_CHANGE',
      'a mass change',
      async ({ home, git }) => {
        for (let at = 0; at < 30; at++) change(home, { repo: `r${at}` })
        git('config', 'x.y', 'z')
      },
    ],
  ]
  for (const [code, what, prepare] of table) {
    if (code === 'PUBLISH_MASS_CHANGE') continue
    t.test(what, async t => {
      const world = await onBranch(t)
      await prepare(world)
      const before = world.state()
      const said = await world.run(['finalize', '--json'])
      t.match(said, { code: 1, stderr: new RegExp(`^infra: ${code} `) })
      t.strictSame(world.state(), before)
    })
  }
})

t.test('an altered run that is staged and nowhere else is not restored from where it is not', async t => {
  const world = await onBranch(t)
  change(world.home, { repo: 'one' })
  t.match(await world.run(['finalize']), { code: 0 })
  const { active_ref } = pointerEntry(world.home)
  damage(world.home, active_ref.run_id)
  const { stderr } = await world.run(['finalize'])
  t.match(stderr, /^infra: FLOW_SEALED_ALTERED .*next: git restore <path>/)
  world.git('restore', `infra/.codex/RUNS/${active_ref.run_id}`)
  t.match(await world.run(['finalize']), { code: 0 })
})

t.test('what was rolled back does not come back with another change', async t => {
  const begin = async (t: Test): Promise<GhWorld> => {
    const world = await makeGhWorld(t)
    await rolledBack(world)
    return world
  }
  t.test('unless that is meant', async t => {
    const world = await begin(t)
    const before = world.state()
    const refused = await world.run(['finalize'])
    t.match(refused, { code: 1, stderr: /^infra: FLOW_DRIFTED / })
    t.match(refused.stderr, /acme\/mistake/)
    t.notMatch(refused.stderr, /acme\/next/)
    t.strictSame(world.state(), before)

    const meant = await world.run(['finalize', '--include-drift'])
    t.match(meant, { code: 0, stdout: /\n {2}also {4}.*acme\/mistake/ })
    world.git('commit', '--quiet', '--message', 'next')
    world.git('push', '--quiet', '--set-upstream', 'origin', 'main', 'infra/next')
    const { stdout } = await world.run(['create-pr', '--dry-run', '--json'])
    t.match(stdout, /ADDED.*acme\/mistake/, 'and the pull request tells of it')
  })
  t.test('and is undone by a change of its own', async t => {
    const world = await begin(t)
    change(world.home, { action: 'unregister', repo: 'mistake', context: undefined, confirmDelete: true })
    t.match(await world.run(['finalize']), { code: 0 })
  })
})

t.test('a mass change has to be meant', async t => {
  const world = await onBranch(t)
  for (let at = 0; at < 30; at++) change(world.home, { repo: `r${at}` })
  t.match(await world.run(['finalize']), { code: 0 })
  world.git('commit', '--quiet', '-m', 'many')
  for (let at = 0; at < 20; at++) {
    const action = 'unregister'
    change(world.home, { action, repo: `r${at}`, context: undefined, confirmDelete: true })
  }
  const before = world.state()
  t.match(await world.run(['finalize']), { code: 1, stderr: /PUBLISH_MASS_CHANGE/ })
  t.strictSame(world.state(), before)
  t.match(await world.run(['finalize', '--mass-change']), { code: 0 })
})

t.test('a mass change in two steps is one all the same', async t => {
  const world = await onBranch(t)
  for (let at = 0; at < 40; at++) change(world.home, { repo: `r${at}` })
  t.match(await world.run(['finalize']), { code: 0 })
  world.git('commit', '--quiet', '-m', 'many')
  world.git('switch', '--quiet', 'main')
  world.git('merge', '--quiet', '--ff-only', 'infra/one')
  world.git('switch', '--quiet', '--create', 'infra/two')
  const remove = (from: number): void => {
    for (let at = from; at < from + 8; at++) {
      change(world.home, { action: 'unregister', repo: `r${at}`, context: undefined, confirmDelete: true })
    }
  }
  const strict = ['check', '--strict', '--against', 'main']
  remove(0)
  t.match(await world.run(['finalize']), { code: 0 })
  world.git('commit', '--quiet', '-m', 'some')
  t.match(await world.run(strict), { code: 0 })
  remove(8)

  const before = world.state()
  const refused = { code: 1, stderr: /PUBLISH_MASS_CHANGE .*if this is meant: infra finalize --mass-change/ }
  t.match(await world.run(['finalize']), refused)
  t.strictSame(world.state(), before)
  await t.test('also where it is sealed already, by a run that does not say so', async t => {
    t.match(await world.run(['seal']), { code: 0 })
    const runs = world.git('ls-files', '--others', 'infra/.codex/RUNS').trim().split('\n')
    const runId = runs[0]!.split('/')[3]!
    t.match(await world.run(['activate', runId, '--reason', 'x']), { code: 0 })
    t.match(await world.run(strict), { code: 1, stdout: /GATE_MASS_CHANGE .*against what main pins: 16 of / })
    t.match(await world.run(['finalize']), refused)
    world.git('add', '--all')
    world.git('commit', '--quiet', '-m', 'more')
    world.git('push', '--quiet', 'origin', 'main')
    world.git('push', '--quiet', '--set-upstream', 'origin', 'infra/two')
    t.match(await world.run(['create-pr', '--dry-run']), { code: 1, stderr: /GATE_MASS_CHANGE/ })
  })
  t.match(await world.run(['finalize', '--mass-change']), { code: 0 })
  t.match(await world.run([...strict, '--index']), { code: 0 })
})

t.test('whatever fails later, the index is as before', async t => {
  t.test('git cannot write it', async t => {
    const world = await onBranch(t)
    change(world.home, { repo: 'one' })
    const index = world.git('ls-files', '--stage')
    gitThatFails(world, 'update-index --add')
    t.match(await world.run(['finalize']), { code: 3, stderr: /GIT_FAILED/ })
    t.equal(world.git('ls-files', '--stage'), index)
  })
  t.test('what is staged is not what was sealed', async t => {
    const world = await onBranch(t)
    change(world.home, { repo: 'one' })
    const index = world.git('ls-files', '--stage')
    const attributes = join(world.top, '.git/info/attributes')
    writeFileSync(attributes, 'infra/.codex/RUNS/2026*/*.json filter=up\n')
    world.git('config', 'filter.up.clean', 'tr a-z A-Z')
    t.match(await world.run(['finalize']), { code: 1, stderr: /FLOW_GATES/ })
    t.equal(world.git('ls-files', '--stage'), index)
    rmSync(attributes)
    t.match(await world.run(['finalize']), { code: 0 }, 'and it can be done again')
  })
})
