// Every command line that an error message, a remediation or a `next:` names is said here by the program, read back out
// of what it said, and run: it is taken as it stands, and where it is to mend something, that is mended. The lines are
// collected from the sources, so that one without a case is a failure.

import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { Digest } from '../../src/core/digest.ts'
import { WHY } from '../../src/edit/error.ts'
import { loadPin } from '../../src/live/load-pin.ts'
import { PROBLEMS } from '../../src/server/problems.ts'
import {
  collectCommandLines,
  fillIn,
  findCommandLines,
  readBack,
  shellWords,
} from '../fixtures/command-lines.ts'
import {
  change,
  editByHand,
  type GhWorld,
  makeGhWorld,
  moveRemote,
  onlyGit,
  rolledBack,
  type Stage,
} from '../fixtures/gh-world.ts'
import {
  commitAll,
  git,
  type Home,
  infraHere,
  makeHome,
  nextSecond,
  type Said,
  seal,
  sealAndPin,
  writeDeep,
  writeEntries,
} from '../fixtures/home-world.ts'
import { CHAIN_OPERATIONS, putFile, putRun } from '../fixtures/layer-world.ts'
import { MESH_TEXT, type MeshWorld, makeMesh, treeOf } from '../fixtures/manifest-world.ts'
import { makePromotionHome } from '../fixtures/promotion-world.ts'
import { makeRepo, REASON, type Repo } from '../fixtures/repo-world.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

// A hundred repositories are made, one after the other, beside other tests.
t.setTimeout(300_000)

/** What looks like a command line and is a sentence about a program. */
const PROSE = [
  ...['infra command', 'infra registry', 'infra v2'],
  ...['git repository', 'git would', 'git is', 'git if', 'gh would', 'gh did', 'gh pr'],
]

/** What is no command line for a reader, with the reason. */
const NOT_FOR_READERS: Readonly<Record<string, string>> = {
  'cli/abort.ts: infra abort ${branch}': 'the name of the stash entry that is dropped again',
  "git/gh.ts: gh ${args.slice(0, 2).join(' ')}": 'the beginning of a message',
  'infra.sh: npm ci': 'needs the network; `.ci/run` runs it, as the README says it',
  'infra.sh: npm ci (2)': 'the same',
}

/** A world in which a command line was said. */
interface Scene {
  /** Everything that was said. */
  readonly said: string
  readonly run: (line: string) => Promise<Said>
  /** What stands for the placeholders here. */
  readonly words?: Readonly<Record<string, string>>
  /** What a reader adds to a line that is named and not written out. */
  readonly more?: string
  /** How the line ends, where it does not end well: a check that tells what is wrong. */
  readonly ends?: { readonly code: number; readonly stdout: RegExp }
  /** What has to hold then. */
  readonly after?: (t: Test) => unknown
}

const WORDS = { '<why>': 'as-told', '<context>': 'sandbox' }

const ENV = {
  ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', GIT_EDITOR: 'echo said >' },
  ...{ GIT_AUTHOR_NAME: 'A Tester', GIT_AUTHOR_EMAIL: 'tester@example.org' },
  ...{ GIT_COMMITTER_NAME: 'A Tester', GIT_COMMITTER_EMAIL: 'tester@example.org' },
}

function shell(cwd: string, path: string | undefined, line: string, input = ''): Said {
  const options = { cwd, encoding: 'utf8', env: { PATH: path, ...ENV }, input } as const
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', line], options)
  return { code: status, stdout, stderr }
}

const all = ({ stdout, stderr }: Said): string => stdout + stderr

/** What a change was refused with, or what it said; `then` is run after what it named, and has to succeed. */
async function inRepo(repo: Repo, line: string, then?: string, over: Partial<Scene> = {}): Promise<Scene> {
  const run = (words: string) => repo.run(...shellWords(words), ...REASON)
  return {
    said: all(await run(line)),
    run: async next =>
      next.startsWith('infra ')
        ? repo.run(...shellWords(next).slice(1))
        : shell(repo.top, process.env.PATH, next),
    ...(then !== undefined && { after: async t => t.match(await run(then), { code: 0 }, `then: ${then}`) }),
    ...over,
  }
}

/** The same in a clone, where a question is answered as it asks. */
async function inClone(
  world: GhWorld,
  line: string,
  then?: string,
  over: Partial<Scene> = {},
): Promise<Scene> {
  const ask = async (question: string) => /Type (.+) to go on/.exec(question)?.[1] ?? null
  const infra = (words: string) => world.run(shellWords(words), { ask })
  return {
    said: all(await infra(line)),
    run: async next =>
      next.startsWith('infra ') ? infra(next.slice('infra '.length)) : shell(world.top, world.path, next),
    ...(then !== undefined && { after: async t => t.match(await infra(then), { code: 0 }, `then: ${then}`) }),
    ...over,
  }
}

/** The same of a home by itself. */
async function inHome(home: Home, line: string, over: Partial<Scene> = {}): Promise<Scene> {
  const infra = (words: string) => infraHere([...shellWords(words), '--home', home.path])
  return { said: all(await infra(line)), run: next => infra(next.slice('infra '.length)), ...over }
}

/** The same of a folder of manifests and their mesh file. */
async function inMesh(world: MeshWorld, line: string, over: Partial<Scene> = {}): Promise<Scene> {
  const infra = (words: string) => world.run(...shellWords(words))
  return { said: all(await infra(line)), run: next => infra(next.slice('infra '.length)), ...over }
}

/** A remediation of the service, read and followed by an operator. */
async function inAnswer(repo: Repo, code: keyof typeof PROBLEMS, over: Partial<Scene> = {}): Promise<Scene> {
  return { ...(await inRepo(repo, 'list')), said: PROBLEMS[code].remediation, ...over }
}

const clone = (stage: Stage) => (t: Test) => makeGhWorld(t, 'main', stage)
const pushed = clone('pushed')
const moved = clone('moved')

const withRequest = clone('requested')

/** A clone on a branch of its own, with a change that is not sealed. */
async function changed(t: Test): Promise<GhWorld> {
  const world = await makeGhWorld(t)
  world.git('switch', '--quiet', '--create', 'infra/two')
  change(world.home, { repo: 'two' })
  return world
}

/** A repository whose home holds a sealed and pinned registry. */
async function sealedRepo(t: Test): Promise<Repo & { runId: string }> {
  const repo = makeRepo(t)
  const { runId } = await sealAndPin(repo)
  commitAll(repo.top, 'sealed')
  return { ...repo, runId }
}

async function withMassChange(t: Test): Promise<Home & { old: string }> {
  const home = makeHome(t)
  const { runId: old } = await sealAndPin(home)
  writeEntries(home, 60)
  await sealAndPin(home)
  writeEntries(home, 3)
  return { ...home, old }
}

/** A branch whose changes take away much of what is pinned on main, a part after the other; `between` follows each part. */
async function takenAway(
  t: Test,
  between: (world: GhWorld) => Promise<void> = async () => {},
): Promise<GhWorld> {
  const world = await makeGhWorld(t)
  world.git('switch', '--quiet', '--create', 'infra/two')
  for (let at = 0; at < 20; at++) change(world.home, { repo: `r${at}` })
  t.match(await world.run(['finalize']), { code: 0 })
  world.git('commit', '--quiet', '--message', 'many')
  world.git('branch', '--force', 'main', 'HEAD')
  for (const part of [0, 1]) {
    for (let at = part * 6; at < (part + 1) * 6; at++) {
      change(world.home, { action: 'unregister', repo: `r${at}`, context: undefined, confirmDelete: true })
    }
    await between(world)
  }
  return world
}

/** A merge that was begun and not ended, without a conflict. */
function merging(t: Test): Repo {
  const repo = makeRepo(t)
  writeFileSync(join(repo.top, 'x'), 'x')
  commitAll(repo.top, 'mine')
  repo.git('switch', '--quiet', '--create', 'theirs', 'main')
  writeFileSync(join(repo.top, 'y'), 'y')
  commitAll(repo.top, 'theirs')
  repo.git('switch', '--quiet', 'work')
  repo.git('merge', '--quiet', '--no-ff', '--no-commit', 'theirs')
  return repo
}

/** A home with a run, whose registry is built and not pinned, and what operations there are. */
async function builtHome(t: Test): Promise<Home & { said: string; runId: string }> {
  const home = makeHome(t)
  putFile(home.path, 'registry/OPERATION_CATALOG_v0_1.json', JSON.stringify(CHAIN_OPERATIONS))
  putRun(home.path, 'a', { operation_id: 'OP-A01', created_utc: '2026-08-01T00:00:00Z' })
  const { stdout: said } = await infraHere(['build', 'run_registry', '--home', home.path])
  const [runId] = /\S+__run_registry_build/.exec(said)!
  return { ...home, said, runId }
}

/** The table of operations is built from the pinned registry of runs. */
const buildsTable = (home: Home) => async (t: Test) =>
  t.match(await infraHere(['build', 'op_status_table', '--home', home.path]), { code: 0 })

const MESH = '--hosts mesh-hosts.json'
const EXPLAIN = `mesh explain project-1 ${MESH}`
const MANIFEST = 'apps/project-1/.infra.yaml'
/** A manifest, and the one that it depends on. */
const DECLARED = treeOf().filter(({ path }) => /project-1\/\.infra\.yaml$/.test(path))

/** A tree whose services map was written, and what `spoil` then did to it. */
async function appliedMesh(t: Test, spoil: (world: MeshWorld) => void): Promise<MeshWorld> {
  const world = makeMesh(t, DECLARED)
  t.match(await world.mesh('apply'), { code: 0 })
  spoil(world)
  return world
}

const FOLDER = { words: { '<folder>': 'apps' } }

/** `explain` says of the entry what `stdout` is. */
const explained = (world: MeshWorld, stdout: RegExp) => async (t: Test) =>
  t.match(await world.run(...shellWords(EXPLAIN)), { code: 0, stdout })

const isClean = (top: string) => (t: Test) => t.equal(git(top, 'status', '--porcelain'), '')

/** A commit on the remote that the clone has not heard of, under `branch`. */
function aheadThere(world: GhWorld, branch: string, from = 'origin/main'): void {
  const other = world.clone(`ahead-${branch.replaceAll('/', '-')}`)
  git(other.top, 'switch', '--quiet', '--detach', from)
  git(other.top, 'commit', '--quiet', '--allow-empty', '--message', 'there')
  git(other.top, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`)
  rmSync(other.top, { recursive: true })
}

const abandoned = async (t: Test): Promise<Scene> => {
  const world = await pushed(t)
  change(world.home, { repo: 'two' })
  return inClone(world, 'abort')
}

type Prepare = (t: Test) => Promise<Scene>

const CASES: Readonly<Record<string, Prepare | readonly Prepare[]>> = {
  // edit: what a request is refused with
  'org.ts: infra retarget-org ${org} --telemetry-repo ${to} --confirm-redirect ${WHY}': async t =>
    inRepo(
      makeRepo(t),
      'retarget-org acme --telemetry other',
      'register acme/x --telemetry other --context sandbox',
    ),
  'org.ts: infra unregister ${org}/${names[0]} --confirm-delete ${WHY}': async t =>
    inRepo(makeRepo(t), 'remove-org Globex --confirm-delete', 'remove-org Globex --confirm-delete'),
  'org.ts: infra remove-org ${org} --confirm-delete ${WHY}': async t =>
    inRepo(makeRepo(t), 'remove-org hollow', 'register hollow/x --telemetry other --context sandbox'),
  'register.ts: infra register ${org}/${repo} --context ${context} ${WHY}': async t =>
    inRepo(
      makeRepo(t),
      'register acme/new --context sandbox --reset',
      'show acme/new'.replace('show', 'disable'),
    ),
  'register.ts: infra disable ${org}/${repo} ${WHY}': async t =>
    inRepo(
      makeRepo(t),
      'register acme/live --context sandbox --reset',
      'unregister acme/live --confirm-delete',
    ),
  'register.ts: infra unregister ${org}/${repo} --confirm-delete ${WHY}': async t =>
    inRepo(
      makeRepo(t),
      'register acme/retired --context sandbox --reset',
      'register acme/retired --context sandbox',
    ),
  'register.ts: infra retarget-org ${org} --telemetry-repo ${org}/${asked} --confirm-redirect ${WHY}':
    async t =>
      inRepo(
        makeRepo(t),
        'register acme/x --telemetry other --context sandbox',
        'register acme/x --telemetry other --context sandbox',
      ),
  'register.ts: infra enable ${name} ${WHY}': async t =>
    inRepo(makeRepo(t), 'register acme/old --context sandbox', 'disable acme/old'),
  'register.ts: infra register ${name} --reset --context sandbox ${WHY}': async t =>
    inRepo(makeRepo(t), 'register acme/app --context sandbox'),
  'register.ts: infra show ${name}': async t => inRepo(makeRepo(t), 'register acme/live --context sandbox'),
  'step.ts: infra list': async t => inRepo(makeRepo(t), 'disable none/app'),
  'step.ts: infra list (2)': async t => inRepo(makeRepo(t), 'disable acme/none'),
  'switch.ts: infra show ${org}/${repo}': async t => inRepo(makeRepo(t), 'disable acme/old'),
  'unregister.ts: infra disable ${org}/${repo} ${WHY}': async t =>
    inRepo(makeRepo(t), 'unregister acme/live --confirm-delete', 'unregister acme/live --confirm-delete'),
  'unregister.ts: infra unregister ${org}/${repo} --confirm-delete ${WHY}': async t =>
    inRepo(makeRepo(t), 'unregister acme/app', 'register acme/app --context production'),

  // cli: what comes next, and what keeps a step from being taken
  'carry-out.ts: infra diff': async t => inRepo(makeRepo(t), 'disable acme/app'),
  'carry-out.ts: infra finalize': async t => {
    const repo = await sealedRepo(t)
    return inRepo(repo, 'disable acme/app')
  },
  'carry-out.ts: infra remove-org ${org} --confirm-delete ${WHY}': async t =>
    inRepo(
      makeRepo(t),
      'unregister Globex/x.y_z --confirm-delete',
      'register Globex/x --telemetry other --context sandbox',
    ),
  'guard.ts: git bisect reset': async t => {
    const repo = makeRepo(t)
    repo.git('bisect', 'start')
    return inRepo(repo, 'disable acme/app', 'disable acme/app')
  },
  'guard.ts: git ${what} --continue': async t => inRepo(merging(t), 'disable acme/app', 'disable acme/app'),
  'guard.ts: git ${what} --abort': async t => inRepo(merging(t), 'disable acme/app', 'disable acme/app'),
  'guard.ts: git switch <branch>': async t => {
    const repo = makeRepo(t)
    repo.git('switch', '--quiet', '--detach')
    return inRepo(repo, 'disable acme/app', 'disable acme/app', { words: { '<branch>': 'work' } })
  },
  'guard.ts: infra new-branch <name>': async t => {
    const world = await makeGhWorld(t)
    const words = 'disable acme/app --reason x'
    return inClone(world, words, words, { words: { '<name>': 'infra/other' } })
  },
  'guard.ts: git commit': async t => {
    const repo = makeRepo(t)
    appendFileSync(join(repo.top, 'README.md'), 'x\n')
    repo.git('add', '--all')
    return inRepo(repo, 'disable acme/app', 'disable acme/app')
  },
  'guard.ts: git restore --staged <path>': async t => {
    const repo = makeRepo(t)
    writeFileSync(repo.working, await changedText(repo))
    repo.git('add', '--all')
    return inRepo(repo, 'enable acme/old', 'enable acme/old', { words: { '<path>': 'infra' } })
  },
  'guard.ts: git commit -a': async t => {
    const repo = makeRepo(t)
    appendFileSync(join(repo.top, 'README.md'), 'x\n')
    return inRepo(repo, 'disable acme/app', 'disable acme/app')
  },
  'guard.ts: git stash': async t => {
    const repo = makeRepo(t)
    appendFileSync(join(repo.top, 'README.md'), 'x\n')
    return inRepo(repo, 'disable acme/app', 'disable acme/app')
  },
  'finalize.ts: infra finalize --mass-change': async t =>
    inClone(await takenAway(t), 'finalize', 'check --strict --index --against main'),
  'gate-pin.ts: infra finalize --mass-change': async t => {
    const world = await takenAway(t, async world => {
      const { run_id } = JSON.parse((await world.run(['seal', '--json'])).stdout)
      t.match(await world.run(['activate', run_id, '--reason', 'x']), { code: 0 })
      world.git('add', '--all')
      world.git('commit', '--quiet', '--message', 'a part')
    })
    return inClone(world, 'check --against main', 'check --strict --index --against main')
  },
  "gate-pin.ts: infra activate ${pin.runId} --serial ${had + 1} --reason '<why>'": async t => {
    const repo = makeRepo(t)
    await sealAndPin(repo)
    const before = readFileSync(repo.pointer)
    await sealAndPin(repo)
    commitAll(repo.top, 'two')
    repo.git('branch', 'two')
    writeFileSync(repo.pointer, before)
    return inHome(repo, 'check --against two')
  },
  'rollback.ts: git -C ${shellQuote(tracked)} add ${POINTER_PATH} ${RUN_ROOT}/${runId}': async t => {
    const home = makeHome(t, { git: true })
    await sealAndPin(home)
    writeEntries(home, 60)
    await sealAndPin(home)
    commitAll(home.top, 'many')
    const words = ['rollback', '--home', home.path, '--mass-change', '--reason', 'x']
    return {
      said: all(await infraHere(words)),
      run: async next => shell(home.top, process.env.PATH, next),
      after: async t => {
        commitAll(home.top, 'back')
        const { stdout } = await infraHere(['check', '--ref', 'HEAD', '--home', home.path])
        t.match(stdout, /^ok {6}pin$/m)
      },
    }
  },
  'gate-pin.ts: infra finalize': async t => inClone(await changed(t), 'check --strict', 'check --strict'),
  'seal.ts: infra activate ${run.runId} ${WHY}': async t => {
    const repo = await sealedRepo(t)
    t.match(await repo.run('disable', 'acme/app', ...REASON), { code: 0 })
    const after = async (t: Test) =>
      t.match(await infraHere(['check', '--strict', '--home', repo.path]), { code: 0 })
    return inHome(repo, 'seal', { after })
  },
  'status.ts: infra seal': async t => inClone(await changed(t), 'status'),
  'status.ts: infra finalize': async t => inClone(await changed(t), 'status', 'status'),
  'source.ts: git fetch': async t => {
    const world = await makeGhWorld(t)
    aheadThere(world, 'infra/far')
    return inClone(world, 'list --ref origin/infra/far', 'list --ref origin/infra/far')
  },
  'workflow.ts: git switch <branch>': async t => {
    const world = await pushed(t)
    world.git('switch', '--quiet', '--detach')
    return inClone(world, 'create-pr', 'create-pr', { words: { '<branch>': 'infra/one' } })
  },
  'workflow.ts: git remote set-head origin --auto': async t => {
    const world = await pushed(t)
    world.git('remote', 'set-head', 'origin', '--delete')
    world.git('branch', '--quiet', '--move', 'main', 'stem')
    return inClone(world, 'create-pr', 'create-pr')
  },
  'workflow.ts: infra new-branch <name>': async t => {
    const world = await makeGhWorld(t)
    const after = async (t: Test) => {
      change(world.home, { repo: 'one' })
      t.match(await world.run(['finalize']), { code: 0 })
    }
    return inClone(world, 'finalize', undefined, { words: { '<name>': 'infra/other' }, after })
  },
  'workflow.ts: git status': async t => {
    const world = await pushed(t)
    writeFileSync(join(world.top, '.git/MERGE_HEAD'), `${world.git('rev-parse', 'main')}`)
    return inClone(world, 'create-pr')
  },
  'workflow.ts: git status (2)': async t => {
    const world = await pushed(t)
    writeFileSync(join(world.top, 'x'), '')
    return inClone(world, 'create-pr')
  },
  'base.ts: git fetch': async t => {
    const world = await pushed(t)
    change(world.home, { repo: 'two' })
    for (const ref of ['refs/remotes/origin/main', 'refs/heads/main']) world.git('update-ref', '-d', ref)
    return inClone(world, 'finalize', 'finalize')
  },
  'base.ts: git switch ${shellQuote(name)} && git pull --rebase --autostash': async t => {
    const world = await makeGhWorld(t)
    aheadThere(world, 'main')
    world.git('fetch', '--quiet')
    world.git('commit', '--quiet', '--allow-empty', '--message', 'here')
    world.git('switch', '--quiet', '--create', 'infra/two')
    change(world.home, { repo: 'two' })
    return inClone(world, 'finalize', undefined, {
      after: async t => {
        world.git('switch', '--quiet', 'infra/two')
        t.match(await world.run(['finalize']), { code: 0 })
      },
    })
  },
  "workflow.ts: infra ${words.join(' ')}": [
    async t => {
      const world = await pushed(t)
      editByHand(world.home)
      const ends = { code: 1, stdout: /FAILED {2}against\n.*LOG_CHANGE_WITHOUT_LINE/ }
      return inClone(world, 'finalize', undefined, { ends })
    },
    async t => {
      const home = makeHome(t, { git: true })
      // The base has no registry: this branch brings the first, and brings a bad one.
      git(home.top, 'switch', '--quiet', '--orphan', 'bare')
      git(home.top, 'commit', '--quiet', '--allow-empty', '--message', 'nothing')
      git(home.top, 'branch', '--quiet', '--force', 'main', 'bare')
      git(home.top, 'switch', '--quiet', '--create', 'first')
      for (const path of [home.working, home.changelog]) writeDeep(path, '')
      return inHome(home, 'finalize', { ends: { code: 1, stdout: /FAILED {2}registry\n/ } })
    },
    async t => {
      const world = await makeGhWorld(t)
      world.git('switch', '--quiet', '--create', 'infra/two')
      change(world.home, { repo: 'two' })
      // What is staged is not what was sealed: git rewrites it. The index is put back, and then it passes.
      writeFileSync(join(world.top, '.git/info/attributes'), 'infra/.codex/RUNS/2026*/*.json filter=up\n')
      world.git('config', 'filter.up.clean', 'tr a-z A-Z')
      return inClone(world, 'finalize', undefined, { ends: { code: 0, stdout: /all gates passed/ } })
    },
    async t => {
      const world = await withRequest(t)
      editByHand(world.home)
      world.git('commit', '--quiet', '--all', '--message', 'by hand')
      world.git('push', '--quiet')
      return inClone(world, 'merge-pr', undefined, { ends: { code: 1, stdout: /FAILED {2}against\n/ } })
    },
  ],
  'new-branch.ts: git switch ${shellQuote(place.defaultBranch)}': async t =>
    inClone(await pushed(t), 'new-branch infra/two', 'new-branch infra/two'),
  "new-branch.ts: infra register <org>/<repo> --context <context> --reason '<why>'": async t =>
    inClone(await makeGhWorld(t), 'new-branch infra/two', 'finalize', {
      words: { '<org>/<repo>': 'acme/two' },
    }),
  'new-branch.ts: git pull --ff-only': async t => {
    const world = await makeGhWorld(t)
    aheadThere(world, 'main')
    world.git('fetch', '--quiet')
    return inClone(world, 'new-branch infra/two', 'new-branch infra/two')
  },
  'new-branch.ts: git log @{upstream}..': async t => {
    const world = await makeGhWorld(t)
    world.git('commit', '--quiet', '--allow-empty', '--message', 'here')
    return inClone(world, 'new-branch infra/two', undefined, { ends: { code: 0, stdout: /here/ } })
  },
  "finalize.ts: infra register <org>/<repo> --context <context> --reason '<why>'": async t =>
    inClone(await pushed(t), 'finalize', 'finalize', { words: { '<org>/<repo>': 'acme/two' } }),
  'finalize.ts: git restore --staged --worktree <path>': async t => {
    const world = await pushed(t)
    change(world.home, { repo: 'two' })
    const [run] = world.git('ls-files', 'infra/.codex/RUNS/*/run.json').split('\n')
    rmSync(join(world.top, run!))
    return inClone(world, 'finalize', 'finalize', { words: { '<path>': run! } })
  },
  'finalize.ts: git restore <path>': async t => {
    const world = await changed(t)
    t.match(await world.run(['finalize']), { code: 0 })
    const [run] = world
      .git('diff', '--cached', '--name-only', '--', 'infra/.codex/RUNS/*/run.json')
      .split('\n')
    rmSync(join(world.top, run!))
    return inClone(world, 'finalize', 'finalize', { words: { '<path>': run! } })
  },
  'finalize.ts: infra finalize --include-drift': async t => {
    const world = await makeGhWorld(t)
    await rolledBack(world)
    return inClone(world, 'finalize', 'finalize')
  },
  'finalize.ts: git commit -m ${shellQuote(subject)}': async t => {
    const world = await pushed(t)
    change(world.home, { repo: 'two' })
    return inClone(world, 'finalize', undefined, { after: isClean(world.top) })
  },
  'finalize.ts: git push -u origin ${shellQuote(branch)}': async t => {
    const world = await makeGhWorld(t)
    world.git('switch', '--quiet', '--create', 'infra/two')
    change(world.home, { repo: 'two' })
    const scene = await inClone(world, 'finalize', 'create-pr')
    world.git('commit', '--quiet', '--message', 'a change')
    return scene
  },
  'create-pr.ts: infra merge-pr': async t => inClone(await pushed(t), 'create-pr'),
  "create-pr.ts: gh ${argv.map(shellQuote).join(' ')}": async t =>
    inClone(await pushed(t), 'create-pr --dry-run'),
  'base.ts: git fetch ${shellQuote(remote)}': async t => {
    const world = await pushed(t)
    aheadThere(world, 'later')
    return inClone(world, 'create-pr --base later', 'create-pr --base later')
  },
  'create-pr.ts: git push -u origin ${shellQuote(branch)}': async t => {
    const world = await pushed(t)
    world.git('branch', '--unset-upstream')
    return inClone(world, 'create-pr', 'create-pr')
  },
  'create-pr.ts: git push': async t => {
    const world = await pushed(t)
    world.git('commit', '--quiet', '--allow-empty', '--message', 'more')
    return inClone(world, 'create-pr', 'create-pr')
  },
  'create-pr.ts: git pull --ff-only': async t => {
    const world = await pushed(t)
    aheadThere(world, 'infra/one', 'origin/infra/one')
    world.git('fetch', '--quiet')
    return inClone(world, 'create-pr', 'create-pr')
  },
  'create-pr.ts: infra replay': async t => inClone(await moved(t), 'create-pr', 'finalize'),
  'merge-pr.ts: git switch ${shellQuote(request.base)} && git pull --ff-only': async t => {
    const world = await withRequest(t)
    const after = (t: Test) => t.match(readFileSync(world.home.working, 'utf8'), '"one"')
    return inClone(world, 'merge-pr', undefined, { after })
  },
  "merge-pr.ts: gh ${argv.map(shellQuote).join(' ')}": async t =>
    inClone(await withRequest(t), 'merge-pr --dry-run'),
  'merge-pr.ts: gh pr view ${number}': async t => {
    const world = await withRequest(t)
    world.plan({ queue: true })
    return inClone(world, 'merge-pr')
  },
  'merge-pr.ts: git fetch': async t => {
    const world = await withRequest(t)
    aheadThere(world, 'infra/one', 'origin/infra/one')
    return inClone(world, 'merge-pr', 'merge-pr')
  },
  'merge-pr.ts: infra create-pr': async t => inClone(await pushed(t), 'merge-pr', 'merge-pr'),
  'merge-pr.ts: infra merge-pr <number>': async t => {
    const world = await withRequest(t)
    t.match(await world.run(['create-pr']), { code: 0 })
    return inClone(world, 'merge-pr', undefined, { words: { '<number>': '2' } })
  },
  'merge-pr.ts: infra merge-pr ${number} --without-checks': async t => {
    const world = await withRequest(t)
    world.plan({ over: { statusCheckRollup: [] } })
    return inClone(world, 'merge-pr')
  },
  'merge-pr.ts: infra replay': async t => {
    const world = await withRequest(t)
    await moveRemote(world, [{ repo: 'other' }])
    return inClone(world, 'merge-pr', 'finalize')
  },
  'replay.ts: git fetch': async t => {
    const world = await pushed(t)
    aheadThere(world, 'later')
    return inClone(world, 'replay --onto origin/later', 'replay --onto origin/later')
  },
  'replay.ts: infra abort': async t => {
    const world = await pushed(t)
    await moveRemote(world, [{ repo: 'one' }])
    return inClone(world, 'replay')
  },
  'replay.ts: infra finalize': async t => inClone(await moved(t), 'replay'),
  'replay.ts: git reset --keep ${shellQuote(backup)}': async t => {
    const world = await moved(t)
    const tip = world.git('rev-parse', 'HEAD')
    return inClone(world, 'replay', undefined, { after: t => t.equal(world.git('rev-parse', 'HEAD'), tip) })
  },
  'abort.ts: infra abort --with-pr': async t => {
    const world = await withRequest(t)
    return inClone(world, 'abort', undefined, { after: isClean(world.top) })
  },
  'abort.ts: infra abort --foreign': async t => {
    const world = await pushed(t)
    writeFileSync(join(world.top, 'x'), 'mine')
    return inClone(world, 'abort', undefined, { after: isClean(world.top) })
  },
  'abort.ts: git branch ${shellQuote(branch)} ${shellQuote(tip)}': abandoned,
  'abort.ts: git stash apply --index ${shellQuote(backup)}': async t => {
    const scene = await abandoned(t)
    // What is printed before it comes first.
    const [, back] = /back: (.+)/.exec(scene.said)!
    t.match(await scene.run(`${back} && git switch --quiet infra/one`), { code: 0 })
    return scene
  },

  // publish: the pin
  'activate.ts: infra status': async t => {
    const home = makeHome(t)
    const { runId } = await sealAndPin(home)
    return inHome(home, `activate ${runId} --expect ${'0'.repeat(64)} --reason x`)
  },
  'pointer-file.ts: infra status': async t => {
    const home = makeHome(t)
    const { runId } = await sealAndPin(home)
    await seal(home)
    const now = () => {
      appendFileSync(home.pointer, ' ')
      return nextSecond()
    }
    const words = ['activate', runId, '--serial', '9', '--reason', 'x', '--home', home.path]
    return { ...(await inHome(home, 'status')), said: all(await infraHere(words, { now })) }
  },
  "activate.ts: infra rollback --to ${seal.runId} --mass-change --reason '<why>'": async t => {
    const home = await withMassChange(t)
    return inHome(home, `activate ${home.old} --reason x`)
  },
  "activate.ts: infra rollback --to <run> --reason '<why>'": async t => {
    const home = makeHome(t)
    const { runId } = await seal(home)
    await sealAndPin(home)
    return inHome(home, 'rollback --reason x', { words: { '<run>': runId } })
  },
  'recovery.ts: infra check': async t => {
    const repo = makeRepo(t)
    t.match(await repo.run('disable', 'acme/app', ...REASON), { code: 0 })
    appendFileSync(
      repo.changelog,
      readFileSync(repo.changelog, 'utf8').replaceAll(/[0-9a-f]{40}/g, 'f'.repeat(40)),
    )
    return inRepo(repo, 'enable acme/old', undefined, { ends: { code: 1, stdout: /LOG_WRONG_AFTER/ } })
  },
  'seal-registry.ts: infra seal --mass-change': async t => inHome(await withMassChange(t), 'seal'),

  // the registry layer
  'build.ts: infra activate <run> --registry <id> ${WHY}': async t => {
    const home = await builtHome(t)
    const words = { '<run>': home.runId, '<id>': 'run_registry' }
    return inHome(home, 'build op_status_table', { words, after: buildsTable(home) })
  },
  'build.ts: infra activate ${run.runId} --registry ${registryId} ${WHY}': async t => {
    const home = await builtHome(t)
    return { ...(await inHome(home, 'status')), said: home.said, after: buildsTable(home) }
  },
  'promote.ts: infra activate ${run.runId} --registry ${registryId} ${WHY}': async t => {
    const home = makePromotionHome(t)
    const after = async (t: Test) => {
      const { pointers } = JSON.parse(readFileSync(home.pointer, 'utf8'))
      t.match(pointers, [{ registry_id: 'migration_ledger', active_ref_known: true }])
    }
    return inHome(home, 'promote migration_ledger', { after })
  },

  // manifests and the mesh
  'manifest-files.ts: infra manifest init ${shellQuote(place)}': async t => {
    const world = makeMesh(t, [])
    const after = async (t: Test) => t.match(await world.run('manifest', 'check', 'apps'), { code: 0 })
    return inMesh(world, 'manifest check apps', { after })
  },
  'manifest/starter.ts: infra manifest check': async t => {
    const world = makeMesh(t, [])
    t.match(await world.run('manifest', 'init'), { code: 0 })
    return { ...(await inMesh(world, 'mesh')), said: readFileSync(join(world.top, '.infra.yaml'), 'utf8') }
  },
  "mesh-check.ts: infra mesh apply --root ${root.map(shellQuote).join(' ')} --hosts ${shellQuote(hosts)}":
    async t => {
      const world = makeMesh(t, DECLARED)
      const after = async (t: Test) => t.match(await world.mesh('check'), { code: 0 })
      return inMesh(world, `mesh check --root apps ${MESH}`, { after })
    },
  'mesh-explain.ts: infra mesh apply --root <folder> --hosts ${shellQuote(hosts)}': [
    async t => {
      const world = await appliedMesh(t, ({ read, write }) =>
        write('mesh-hosts.json', read().replace('8001', '8101')),
      )
      return inMesh(world, EXPLAIN, { ...FOLDER, after: explained(world, /: as the manifest says\n/) })
    },
    async t => {
      const world = await appliedMesh(t, ({ write }) =>
        write(MANIFEST, DECLARED[0]!.text.replace('8001', '8101')),
      )
      return inMesh(world, EXPLAIN, { ...FOLDER, after: explained(world, /: as the manifest says\n/) })
    },
    async t => {
      const world = await appliedMesh(t, ({ top, write }) => {
        rmSync(join(top, MANIFEST))
        write('apps/press/.infra.yaml', DECLARED[0]!.text.replace('project-1', 'press'))
      })
      const after = (t: Test) => t.notMatch(world.read(), '"project-1"')
      return inMesh(world, EXPLAIN, { ...FOLDER, after })
    },
  ],
  'mesh-explain.ts: infra manifest check ${shellQuote(plain(manifest))}': async t => {
    const world = await appliedMesh(t, ({ write }) => write(MANIFEST, 'x'))
    return inMesh(world, EXPLAIN, { ends: { code: 1, stdout: /MANIFEST_/ } })
  },
  'mesh-probe.ts: infra mesh apply --root <folder> --hosts ${shellQuote(file)}': async t => {
    const world = makeMesh(t, DECLARED, JSON.stringify({ hosts: JSON.parse(MESH_TEXT).hosts, services: {} }))
    const after = (t: Test) => t.match(world.read(), '"project-1"')
    return inMesh(world, `mesh probe ${MESH}`, { ...FOLDER, after })
  },

  // git: GitHub
  'gh.ts: gh auth login': async t => {
    const world = await pushed(t)
    const path = world.path
    onlyGit(world)
    const scene = await inClone(world, 'create-pr')
    world.path = path
    return {
      ...scene,
      more: ' --help',
      run: async line => shell(world.top, process.env.PATH, `! command -v gh || ${line}`),
    }
  },

  // the service
  "load-pin.ts: infra activate <run> --serial <n> --reason '<why>'": async t => {
    const home = makeHome(t)
    const { runId } = await sealAndPin(home)
    const known = { serial: 16, root: 'f'.repeat(64) as Digest, runId, relpath: null }
    const ask = { pointer: null, active: null, serving: true, skip: null, look: null, reverify: false }
    const said = JSON.stringify(loadPin({ home: home.path, known, ...ask }))
    return { ...(await inHome(home, 'status')), said, words: { '<run>': runId, '<n>': '17' } }
  },
  "problems.ts: infra enable <organisation>/<repository> --reason '<why>'": async t =>
    inAnswer(makeRepo(t), 'repo_disabled', { words: { '<organisation>/<repository>': 'acme/old' } }),
  "problems.ts: infra register <organisation>/<repository> --context <context> --telemetry-repo <organisation>/<name> --reason '<why>'":
    async t =>
      inAnswer(makeRepo(t), 'org_not_registered', {
        words: { '<organisation>/<repository>': 'initech/tps', '<organisation>/<name>': 'initech/tel' },
      }),
  "problems.ts: infra register <organisation>/<repository> --context <context> --reason '<why>'": async t =>
    inAnswer(makeRepo(t), 'repo_not_registered', { words: { '<organisation>/<repository>': 'acme/two' } }),
  'problems.ts: infra check': async t => inAnswer(makeRepo(t), 'registry_invalid'),
  'problems.ts: infra verify': async t => inAnswer(await sealedRepo(t), 'seal_invalid'),
  "problems.ts: infra activate <run> --reason '<why>'": async t => {
    const repo = await sealedRepo(t)
    return inAnswer(repo, 'pin_unknown', { words: { '<run>': repo.runId } })
  },
  'problems.ts: infra status': async t => inAnswer(await sealedRepo(t), 'pin_invalid'),
  "problems.ts: infra activate <run> --reason '<why>' (2)": async t => {
    const repo = await sealedRepo(t)
    rmSync(repo.pointer)
    return inAnswer(repo, 'pin_invalid', { words: { '<run>': repo.runId } })
  },
  'program.ts: infra --help': async t => inRepo(makeRepo(t), 'nothing'),
}

/** The text of the registry after a change whose log line is there too. */
async function changedText(repo: Repo): Promise<string> {
  await repo.run('disable', 'acme/app', ...REASON)
  return readFileSync(repo.working, 'utf8')
}

const printed = collectCommandLines(root, ['src', 'scripts/infra'], PROSE).map(({ key, pattern }) => ({
  key: key.replace(/^(?:cli|edit|publish|live|server)\//, ''),
  whole: key,
  pattern,
}))

t.test('every command line that is printed has a case, and every case is printed', async t => {
  const wanted = printed.filter(({ whole }) => NOT_FOR_READERS[whole] === undefined)
  const keys = wanted.map(({ key }) => key.replace(/^git\//, ''))
  t.strictSame([...keys].sort(), Object.keys(CASES).sort())
  t.strictSame(
    Object.keys(NOT_FOR_READERS).filter(key => !printed.some(({ whole }) => whole === key)),
    [],
  )
  t.ok(printed.length > 60, `${printed.length} command lines`)
})

t.test('the collector sees what is new', async t => {
  const text = `// run infra seal first\nconst a = 'done; next: infra juggle --high <n>, or git juggle'\nconst b = \`infra show \${x}/\${y}\``
  t.strictSame(findCommandLines(text, PROSE), [
    'infra juggle --high <n>',
    'git juggle',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in a source
    'infra show ${x}/${y}',
  ])
  t.strictSame(findCommandLines('`\n# a file that is written: infra mesh apply --root <folder>`', PROSE), [
    'infra mesh apply --root <folder>',
  ])
  t.strictSame(findCommandLines('# infra seal first', PROSE, 'sh'), [])
  t.strictSame(findCommandLines("'no git repository, and no infra registry'", PROSE), [])
})

/** Reads the line out of what was said, and does what it says. */
async function follow(t: Test, scene: Scene, pattern: string): Promise<void> {
  const line = readBack(scene.said, pattern, WHY)
  if (line === undefined) throw new Error(`was not said: ${pattern}, but ${scene.said}`)
  const filled = fillIn(line, { ...scene.words, ...WORDS }) + (scene.more ?? '')
  t.match(await scene.run(filled), scene.ends ?? { code: 0 }, filled)
  await scene.after?.(t)
}

t.test('every command line that is printed can be run', async t => {
  for (const [key, prepare] of Object.entries(CASES)) {
    const pattern = key.slice(key.indexOf(': ') + 2).replace(/ \(\d+\)$/, '')
    t.test(key, async t => {
      for (const one of typeof prepare === 'function' ? [prepare] : prepare)
        await follow(t, await one(t), pattern)
    })
  }
})

t.test(
  'every verb of the first page has a page of its own, and no page names a line that is not one',
  async t => {
    const { stdout: first } = await infraHere(['--help'])
    const known = new Set(
      [...first.matchAll(/^ {2}(?:[A-Z][a-z ]{7}| {8}) ([a-z -]{42}) /gm)].flatMap(([, row]) =>
        row!.trim().split(' '),
      ),
    )
    t.ok(known.size >= 27, `${known.size} verbs`)
    for (const verb of known) {
      const { code, stdout, stderr } = await infraHere([...verb.split(' '), '--help'])
      t.strictSame([code, stderr], [0, ''], verb)
      t.match(stdout, new RegExp(`^Usage: infra ${verb} `))
      // A verb of verbs lists them; each has a page of its own too.
      const [, own = ''] = /\nCommands:\n([\s\S]*)/.exec(stdout) ?? []
      for (const [, name] of own.matchAll(/^ {2}([a-z]+) /gm))
        if (name !== 'help') known.add(`${verb} ${name}`)
      for (const line of findCommandLines(stdout.replace(/^Usage: .*/, ''), PROSE))
        t.fail(`${verb}: has no case`, { line })
    }
    for (const verb of ['manifest check', 'manifest init', 'mesh apply', 'mesh probe'])
      t.ok(known.has(verb), verb)
  },
)
