// Every code that a change of the registry or a step from branch to merge is refused with, met once from outside: and
// registry, changelog, index, refs and work tree are as before, by their digests. A code without a case is a failure.

import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FLOW_CODES, type FlowCode } from '../../src/cli/flow-error.ts'
import { GUARD_CODES } from '../../src/cli/guard-error.ts'
import type { Io } from '../../src/cli/report.ts'
import { sha256 } from '../../src/core/digest.ts'
import { EDIT_CODES } from '../../src/edit/error.ts'
import { PUBLISH_CODES } from '../../src/publish/error.ts'
import { withLock } from '../../src/publish/lock.ts'
import {
  change,
  editByHand,
  type GhWorld,
  gitThatFails,
  makeGhWorld,
  moveRemote,
  onlyGit,
  type Plan,
  rolledBack,
  type Stage,
} from '../fixtures/gh-world.ts'
import { commitAll, damage, infraHere, makeHome, treeOf } from '../fixtures/home-world.ts'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

/** What a change is refused with; the words are those of one repository, which no refusal may alter. */
const EDITS: Readonly<Record<string, readonly [words: string, over?: Partial<Io>]>> = {
  EDIT_BAD_NAME: ['register acme/.. --context sandbox'],
  EDIT_CASE_COLLISION: ['register ACME/x --context sandbox'],
  EDIT_CONTEXT_MISSING: ['register acme/x'],
  EDIT_BAD_CONTEXT: ['register acme/x --context staging'],
  EDIT_TELEMETRY_MISSING: ['register initech/x --context sandbox'],
  EDIT_BAD_TELEMETRY: ['register initech/x --context sandbox --telemetry-repo initech/a/b'],
  EDIT_CROSS_ORG_TELEMETRY: ['register initech/x --context sandbox --telemetry-repo evil/t'],
  EDIT_TELEMETRY_SELF: ['register acme/telemetry --context sandbox'],
  EDIT_REASON_MISSING: ['disable acme/app'],
  EDIT_BAD_REASON: ['disable acme/app --reason='],
  EDIT_BAD_CLOCK: ['disable acme/app', { now: () => new Date(Number.NaN) }],
  EDIT_CLOCK_BACKWARD: ['disable acme/app', { now: () => new Date('1990-01-01') }],
  EDIT_UNCONFIRMED: ['unregister acme/app'],
  EDIT_ALREADY_REGISTERED: ['register acme/app --context sandbox'],
  EDIT_REPO_NOT_REGISTERED: ['disable acme/none'],
  EDIT_ORG_NOT_REGISTERED: ['disable none/none'],
  EDIT_ALREADY_ENABLED: ['enable acme/app'],
  EDIT_ALREADY_DISABLED: ['disable acme/old'],
  EDIT_TELEMETRY_MISMATCH: ['register acme/x --telemetry other --context sandbox'],
  EDIT_TELEMETRY_UNCHANGED: ['retarget-org acme --telemetry telemetry'],
  EDIT_PRODUCTION_ENABLED: ['unregister acme/live --confirm-delete'],
  EDIT_PRODUCTION_IMMUTABLE: ['register acme/live --context sandbox --reset'],
  EDIT_ORG_NOT_EMPTY: ['remove-org acme --confirm-delete'],
  USAGE_MISSING: ['disable'],
  USAGE_BAD_TARGET: ['disable acme'],
  USAGE_CONTRADICTION: ['disable acme/app --repo other'],
  PUBLISH_LOCKED: ['disable acme/app'],
}

/** What no command line can meet, with the reason. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  EDIT_NOT_APPLICABLE: 'the parser knows no such option of the verb, and refuses it before',
}

/** What other verbs, or a world that fails, are met with: the test that meets it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  PUBLISH_SOURCE_UNREADABLE: 'publish/change.ts',
  PUBLISH_NOT_A_REGISTRY: 'publish/activate.ts',
  PUBLISH_NO_PREVIOUS: 'publish/activate.ts',
  PUBLISH_BAD_RUN: 'publish/activate.ts',
  PUBLISH_BAD_SERIAL: 'publish/activate.ts',
  PUBLISH_SERIALS_SPENT: 'publish/activate.ts',
  PUBLISH_RUN_EXISTS: 'publish/seal-run.ts',
  PUBLISH_FILE_EXISTS: 'cli/manifest-init.ts',
  PUBLISH_CONFLICT: 'publish/activate.ts',
  PUBLISH_LOCK_FAILED: 'publish/lock.ts',
  PUBLISH_WRITE_FAILED: 'publish/disk.ts',
  PUBLISH_NOT_DURABLE: 'publish/disk.ts',
}

interface Meeting {
  readonly words: string
  readonly stage?: Stage
  readonly prepare?: (world: GhWorld) => unknown
  readonly over?: (world: GhWorld) => Partial<Io>
  readonly plan?: Plan
}

const alien = ({ git }: GhWorld) => {
  git('switch', '-q', '--orphan', 'alien')
  git('commit', '-q', '--allow-empty', '-m', 'x')
  git('switch', '-q', 'infra/one')
}
const gone = (path: (world: GhWorld) => string) => (world: GhWorld) => rmSync(path(world))
const rollup = (...statusCheckRollup: object[]): Plan => ({ over: { statusCheckRollup } })
const FAILED = { name: 'ci', status: 'COMPLETED', conclusion: 'FAILURE' }
const SEALED = '2024-01-02__000000__seal_telemetry_registry'

/** What a step of the workflow is refused with; on `infra/one`, pushed, unless another stage is named. */
const STEPS: Readonly<Record<Exclude<FlowCode, 'FLOW_NO_REPOSITORY' | 'FLOW_CHANGED_MEANWHILE'>, Meeting>> &
  Readonly<Record<string, Meeting>> = {
  FLOW_NO_DEFAULT_BRANCH: {
    words: 'finalize',
    prepare: ({ git }) => {
      git('remote', 'set-head', 'origin', '--delete')
      git('branch', '-q', '-m', 'main', 'stem')
    },
  },
  FLOW_DETACHED: { words: 'finalize', prepare: ({ git }) => git('switch', '-q', '--detach') },
  FLOW_BUSY: { words: 'finalize', prepare: ({ top }) => writeFileSync(join(top, '.git/MERGE_HEAD'), '') },
  FLOW_ON_DEFAULT_BRANCH: { words: 'create-pr', stage: 'begun' },
  FLOW_NOT_ON_DEFAULT_BRANCH: { words: 'new-branch infra/x' },
  FLOW_NOT_UP_TO_DATE: {
    words: 'new-branch infra/x',
    prepare: async world => {
      world.git('switch', '-q', 'main')
      await moveRemote(world, [{ repo: 'other' }])
    },
  },
  FLOW_BEHIND: { words: 'create-pr', stage: 'moved' },
  FLOW_DIVERGED: {
    words: 'replay',
    stage: 'moved',
    prepare: ({ git }) => {
      git('switch', '-q', 'main')
      git('commit', '-q', '--allow-empty', '-m', 'x')
      git('switch', '-q', 'infra/one')
    },
  },
  FLOW_UNRELATED: { words: 'replay --onto alien', prepare: alien },
  FLOW_UNKNOWN_BASE: { words: 'replay --onto nowhere' },
  FLOW_BAD_NAME: { words: 'new-branch a..b', stage: 'begun' },
  FLOW_BRANCH_EXISTS: {
    words: 'new-branch infra/one/more',
    prepare: ({ git }) => git('switch', '-q', 'main'),
  },
  FLOW_NOT_CLEAN: { words: 'create-pr', prepare: ({ top }) => writeFileSync(join(top, 'x'), '') },
  FLOW_FOREIGN_CHANGES: { words: 'finalize', prepare: ({ top }) => writeFileSync(join(top, 'x'), '') },
  FLOW_FOREIGN_FILES: {
    words: 'replay',
    stage: 'moved',
    prepare: ({ git, top }) => {
      writeFileSync(join(top, 'x'), '')
      git('add', 'x')
      git('commit', '-qm', 'x')
    },
  },
  FLOW_SEALED_ALTERED: { words: 'finalize', prepare: ({ home }) => damage(home, SEALED) },
  FLOW_LOOSE_RUN: {
    words: 'finalize',
    prepare: async world => {
      await world.run(['seal'])
      change(world.home, { repo: 'two' })
    },
  },
  FLOW_BYTES_ALTERED: {
    words: 'finalize',
    prepare: ({ home, top, git }) => {
      change(home, { repo: 'two' })
      writeFileSync(join(top, '.git/info/attributes'), 'infra/telemetry-registry.v2.json filter=up\n')
      git('config', 'filter.up.clean', 'tr a-z A-Z')
    },
  },
  FLOW_NOTHING: { words: 'finalize' },
  FLOW_GATES: { words: 'finalize', prepare: ({ home }) => editByHand(home) },
  FLOW_DRIFTED: { words: 'finalize', prepare: rolledBack },
  FLOW_REPLAY_CONFLICT: {
    words: 'replay',
    prepare: world => moveRemote(world, [{ repo: 'one', reason: 'theirs' }]),
  },
  FLOW_NO_COMMITS: { words: 'create-pr', prepare: ({ git }) => git('switch', '-qc', 'none', 'main') },
  FLOW_UNPUSHED: {
    words: 'create-pr',
    prepare: ({ git }) => git('commit', '-q', '--allow-empty', '-m', 'x'),
  },
  FLOW_NO_PR: { words: 'merge-pr' },
  FLOW_MANY_PRS: { words: 'merge-pr', plan: { print: { 'pr list': '[{"number":1},{"number":2}]' } } },
  FLOW_PR_NOT_OPEN: { words: 'merge-pr 1', stage: 'requested', plan: { over: { state: 'CLOSED' } } },
  FLOW_WRONG_BASE: { words: 'merge-pr 1', stage: 'requested', plan: { over: { baseRefName: 'x' } } },
  FLOW_NOT_MERGEABLE: { words: 'merge-pr 1', stage: 'requested', plan: { over: { mergeable: 'UNKNOWN' } } },
  FLOW_CHECKS_MISSING: { words: 'merge-pr 1', stage: 'requested', plan: rollup() },
  FLOW_CHECKS_FAILING: { words: 'merge-pr 1', stage: 'requested', plan: rollup(FAILED) },
  FLOW_HAS_PR: { words: 'abort --confirm infra/one', stage: 'requested' },
  FLOW_UNKNOWN_HEAD: {
    words: 'merge-pr 1 --confirm 1',
    stage: 'requested',
    plan: { over: { headRefOid: 'a'.repeat(40) } },
  },
  FLOW_UNCONFIRMED: { words: 'abort' },

  PUBLISH_LOG_DISAGREES: {
    words: 'disable acme/app --reason x',
    prepare: ({ home }) => {
      const log = readFileSync(home.changelog, 'utf8')
      appendFileSync(home.changelog, log.replaceAll(/[0-9a-f]{40}/g, 'f'.repeat(40)))
    },
  },
  PUBLISH_SOURCE_MISSING: {
    words: 'disable acme/app --reason x',
    prepare: gone(({ home }) => home.changelog),
  },
  PUBLISH_MASS_CHANGE: {
    words: 'finalize',
    prepare: async world => {
      for (let at = 0; at < 30; at++) change(world.home, { repo: `r${at}` })
      await world.run(['finalize'])
      const off = { action: 'unregister', context: undefined, confirmDelete: true } as const
      for (let at = 0; at < 20; at++) change(world.home, { ...off, repo: `r${at}` })
      // The digests that git keeps of files are its own, and not what this is about.
      world.git('add', '--all')
    },
  },
  GH_FAILED: { words: 'create-pr', plan: { fail: { 'pr create': 'no' } } },
  GH_TIMEOUT: { words: 'create-pr', plan: { hang: ['pr create'] }, over: () => ({ ghDeadlineMs: 200 }) },
  GH_BAD_ANSWER: { words: 'merge-pr', plan: { print: { 'pr list': 'what?' } } },
  GH_MISSING: { words: 'create-pr', prepare: onlyGit },
  GIT_FAILED: {
    words: 'replay',
    stage: 'moved',
    prepare: world => gitThatFails(world, 'commit-tree'),
  },
}

t.test('every code has a case, and every case a code', async t => {
  const asked = [...Object.keys(EDITS), ...Object.keys(OUT_OF_REACH)]
  t.strictSame(
    EDIT_CODES.filter(code => !asked.includes(code)),
    [],
  )
  const others = ['FLOW_NO_REPOSITORY', 'FLOW_CHANGED_MEANWHILE']
  t.strictSame(
    Object.keys(FLOW_CODES).filter(code => !Object.hasOwn(STEPS, code) && !others.includes(code)),
    [],
  )
  t.strictSame(
    Object.keys(PUBLISH_CODES).filter(
      code => ![EDITS, STEPS, ELSEWHERE].some(table => Object.hasOwn(table, code)),
    ),
    [],
  )
  for (const [code, file] of Object.entries(ELSEWHERE))
    t.match(readFileSync(join(import.meta.dirname, '..', file), 'utf8'), code)
  const guard = readFileSync(join(import.meta.dirname, '../cli/guard.ts'), 'utf8')
  t.match(guard, 't.strictSame([...met].sort(), [...GUARD_CODES].sort())', 'the guard keeps its own table')
  t.ok(GUARD_CODES.length >= 12)
})

t.test('a change that is refused', async t => {
  const repo = makeRepo(t)
  t.match(await repo.run('register', 'acme/first', '--context', 'sandbox', ...REASON), { code: 0 })
  commitAll(repo.top, 'a log with a line')
  const before = repo.tree()
  for (const [code, [line, over]] of Object.entries(EDITS)) {
    const words = [...line.split(' '), ...(/REASON/.test(code) ? [] : REASON)]
    const act = async () => {
      const said = await infraHere(words, { cwd: repo.top, now: () => new Date('2027-01-01'), ...over })
      t.match(said, { stdout: '', stderr: new RegExp(`^infra: ${code} `) }, code)
      t.not(said.code, 0)
    }
    await (code === 'PUBLISH_LOCKED' ? withLock(repo.path, act) : act())
    t.strictSame(repo.tree(), before, `${code}: not a byte has changed`)
  }
})

t.test('a step that is refused', async t => {
  for (const [code, meeting] of Object.entries(STEPS)) {
    t.test(code, async t => meet(t, code, meeting))
  }
})

async function meet(t: Test, code: string, { words, stage, prepare, over, plan }: Meeting): Promise<void> {
  const world = await makeGhWorld(t, 'main', stage ?? 'pushed')
  await prepare?.(world)
  if (plan !== undefined) world.plan(plan)
  const before = world.state()
  const said = await world.run(words.split(' '), over?.(world))
  t.match(said, { stdout: '', stderr: new RegExp(`^infra: ${code} `) })
  t.not(said.code, 0)
  const after = world.state()
  // A backup that was kept before git failed takes nothing away.
  if (code !== 'GIT_FAILED') t.strictSame(after, before)
  t.notOk(world.calls().some(({ argv }) => argv[1] === 'merge'))
}

t.test(
  'what is changed by another meanwhile is told, and registry, changelog and index are as before',
  async t => {
    const world = await makeGhWorld(t, 'main', 'pushed')
    change(world.home, { repo: 'two' })
    const files = () => [world.home.working, world.home.changelog].map(path => sha256(readFileSync(path)))
    const before = [files(), world.git('ls-files', '--stage')]
    const now = () => {
      writeFileSync(join(world.top, 'x'), '')
      return new Date('2026-12-01')
    }
    t.match(await world.run(['finalize'], { now }), { code: 4, stderr: /^infra: FLOW_CHANGED_MEANWHILE / })
    t.strictSame([files(), world.git('ls-files', '--stage')], before)
  },
)

t.test('outside a repository nothing is done', async t => {
  const { path } = makeHome(t)
  const before = process.env.GIT_CEILING_DIRECTORIES
  process.env.GIT_CEILING_DIRECTORIES = join(path, '../..')
  t.teardown(() => {
    if (before === undefined) delete process.env.GIT_CEILING_DIRECTORIES
    else process.env.GIT_CEILING_DIRECTORIES = before
  })
  const tree = treeOf(path)
  for (const words of ['new-branch x', 'finalize', 'create-pr', 'merge-pr', 'replay', 'abort']) {
    const said = await infraHere([...words.split(' '), '--home', path])
    t.match(said, { code: 1, stderr: /^infra: FLOW_NO_REPOSITORY / }, words)
  }
  t.strictSame(treeOf(path), tree)
})
