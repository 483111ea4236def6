// Every system call that `seal`, `promote`, `build`, `activate` and `rollback` make on a home is the last one once, or
// fails once. What is found afterwards is the old state or the new one, whole, and the next run succeeds. By default a
// few points are taken and only killed at; with CHAOS=1 (and no CHAOS_SCALE) every point, killed at and failed at. The
// random names and the clock of the program are pinned, so that each point has the same paths in every run and the
// injection can be told to hit them.

import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { verifyPin } from '../../src/seal/pin.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import {
  type Home,
  homeAt,
  infraHere,
  makeHome,
  notRun,
  pin,
  REGISTRY_ID,
  type Said,
  seal,
  sealAndPin,
  startInfra,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'
import { addSources } from '../fixtures/promotion-world.ts'
import { figures } from '../fixtures/service.ts'

const FULL = process.env.CHAOS === '1' && Number(process.env.CHAOS_SCALE ?? '1') === 1

/** Without CHAOS, one point in so many. */
const STEP = 5

const WRITES =
  'openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,close,ftruncate,link,linkat,symlink,symlinkat,mkdir,mkdirat,chmod,fchmod,fchmodat,fchown,utimensat,copy_file_range'
const READS =
  'read,pread64,stat,lstat,fstat,newfstatat,statx,getdents64,readlink,readlinkat,access,faccessat2'

const KILL = 'signal=KILL'
const ERRORS = ['error=ENOSPC', 'error=EIO', 'error=EDQUOT', 'error=EROFS']

const PINNED = `
let count = 0
const uuid = () => '00000000-0000-4000-8000-' + String(++count).padStart(12, '0')
Object.defineProperty(crypto, 'randomUUID', { value: uuid })
const Real = Date
globalThis.Date = class extends Real {
  constructor(...args) { super(...(args.length === 0 ? [Real.UTC(2027, 0, 1)] : args)) }
}
`
/** The runs that are made at the pinned time, by the verb. */
const NEW_RUNS: Readonly<Record<string, string>> = {
  seal: '2027-01-01__000000__seal_telemetry_registry',
  promote: '2027-01-01__000000__seal_migration_ledger',
  build: '2027-01-01__000000__run_registry_build',
}

const EXEC_ARGV = ['--import', `data:text/javascript,${encodeURIComponent(PINNED)}`]

interface Act {
  readonly words: readonly string[]
  /** Prepares a home and returns the run that is active after the act. */
  readonly prepare: (home: Home) => Promise<string>
}

const ACTS: Readonly<Record<string, Act>> = {
  seal: {
    words: ['seal'],
    prepare: async home => {
      const { runId } = await sealAndPin(home)
      writeEntries(home, 4)
      return runId
    },
  },
  promote: {
    words: ['promote', 'migration_ledger'],
    prepare: async home => {
      const { runId } = await sealAndPin(home)
      addSources(home)
      return runId
    },
  },
  build: {
    words: ['build', 'run_registry'],
    prepare: async home => (await sealAndPin(home)).runId,
  },
  activate: {
    words: ['activate', 'RUN', '--reason', 'a test'],
    prepare: async home => {
      await sealAndPin(home)
      return (await seal(home)).runId
    },
  },
  'activate, the first': {
    words: ['activate', 'RUN', '--reason', 'a test'],
    prepare: async home => {
      const { runId } = await seal(home)
      rmSync(join(home.path, 'registry'), { recursive: true })
      return runId
    },
  },
  rollback: {
    words: ['rollback', '--reason', 'a test'],
    prepare: async home => {
      await sealAndPin(home)
      const { runId } = await sealAndPin(home)
      await pin(home, (await sealAndPin(home)).runId)
      return runId
    },
  },
}

interface Point {
  readonly call: string
  /** Which of the calls of that name on these paths. */
  readonly when: number
  readonly line: string
}

interface Scene {
  readonly words: readonly string[]
  readonly template: string
  readonly target: string
  readonly before: ReadonlyMap<string, string>
  readonly oldPointer: Buffer | null
}

const readOrNull = (path: string): Buffer | null => {
  try {
    return readFileSync(path)
  } catch {
    return null // there is none, which is one of the states
  }
}

async function setScene(t: Test, { words, prepare }: Act): Promise<Scene> {
  const home = makeHome(t)
  const target = await prepare(home)
  return {
    words: words.map(word => (word === 'RUN' ? target : word)),
    template: home.top,
    target,
    before: treeOf(home.path),
    oldPointer: readOrNull(home.pointer),
  }
}

/** Runs the act on a fresh copy of the scene at `top`, under strace. */
async function play(scene: Scene, top: string, strace: readonly string[]): Promise<Said & { trace: string }> {
  rmSync(top, { recursive: true, force: true })
  cpSync(scene.template, top, { recursive: true })
  const log = `${top}.trace`
  // Without -f: the main thread does all the file work, and counting is then the same in every run.
  const said = await startInfra([...scene.words, '--home', homeAt(top).path], {
    under: ['strace', '-y', '-s', '4096', '-o', log, ...strace],
    execArgv: EXEC_ARGV,
    env: { UV_THREADPOOL_SIZE: '1', GIT_DIR: '/nowhere' },
  })
  return { ...said, trace: readFileSync(log, 'utf8') }
}

const linesIn = (trace: string): string[] => trace.split('\n').filter(line => /^\w+\(/.test(line))
const callOf = (line: string): string => line.slice(0, line.indexOf('('))

/** Finds the paths under `top` that the act touches, then the calls it makes on them, in order. */
async function findPoints(
  t: Test,
  scene: Scene,
  top: string,
  calls: string,
): Promise<{ paths: string[]; points: Point[] }> {
  const home = homeAt(top).path
  const first = await play(scene, top, ['-e', `trace=${calls}`])
  t.equal(first.code, 0, 'the act succeeds when it is only watched')
  const lines = linesIn(first.trace).filter(line => line.includes(home))
  const found = lines.flatMap(line => [...line.matchAll(/"([^"]*)"|<([^<>]*)>/g)].map(([, a, b]) => a ?? b!))
  const paths = [...new Set(found.filter(path => path === home || path.startsWith(`${home}/`)))]
  const second = await play(scene, top, [...paths.flatMap(path => ['-P', path]), '-e', `trace=${calls}`])
  const counts = new Map<string, number>()
  const points = linesIn(second.trace).map(line => {
    const call = callOf(line)
    const when = (counts.get(call) ?? 0) + 1
    counts.set(call, when)
    return { call, when, line }
  })
  t.strictSame(
    points.map(({ call }) => call),
    lines.map(callOf),
    'and makes the same calls each time',
  )
  return { paths, points }
}

/** Says everything that is wrong with what is left at `top`; and whether it is the old state or the new. */
async function judge(
  scene: Scene,
  top: string,
  said: Said,
): Promise<{ wrong: string[]; state: 'old' | 'new' }> {
  const home = homeAt(top)
  const wrong: string[] = []
  const verb = scene.words[0]!
  const sealed = readdirSync(home.runs)
  for (const name of sealed) {
    const { faults } = checkSeal(readRunFolder(join(home.runs, name)))
    if (faults.length > 0) wrong.push(`a partial run is visible: ${name}`)
  }
  const pointer = readOrNull(home.pointer)
  const same = pointer === null ? scene.oldPointer === null : scene.oldPointer?.equals(pointer) === true
  if (pointer !== null) {
    try {
      const { runId } = verifyPin(home.path, REGISTRY_ID).pin
      if (!same && runId !== scene.target) wrong.push(`another run is active: ${runId}`)
    } catch (error) {
      wrong.push(`the pin does not verify: ${error}`)
    }
  }
  const made = NEW_RUNS[verb]
  if (made !== undefined && !same) wrong.push('sealing changed the pointer')
  const state = (made === undefined ? !same : sealed.includes(made)) ? 'new' : 'old'
  if (said.code === 0 && state === 'old') wrong.push('exit 0, and nothing was done')
  const told = said.stderr.includes('PUBLISH_NOT_DURABLE')
  if (said.code !== null && said.code !== 0 && (state === 'new') !== told)
    wrong.push(`exit ${said.code} with the ${state} state, and it says: ${said.stderr}`)
  if ((said.code === 3) !== true && told) wrong.push(`the world failed, and the exit code is ${said.code}`)
  wrong.push(...strayChanges(scene, home))

  const next = await infraHere([...scene.words, '--home', home.path], { now: () => new Date() })
  if (next.code !== 0) wrong.push(`the next run failed: ${next.stderr}`)
  const staged = readOrEmpty(join(home.path, '.codex/STAGING'))
  const idle = next.stdout.includes('nothing to do')
  if (staged.length > 0 && !idle) wrong.push(`left staged after the next run: ${staged}`)
  try {
    verifyPin(home.path, REGISTRY_ID)
  } catch (error) {
    wrong.push(`the pin does not verify after the next run: ${error}`)
  }
  return { wrong, state }
}

const readOrEmpty = (path: string): string[] => {
  try {
    return readdirSync(path)
  } catch {
    return [] // there is no such folder, and so nothing in it
  }
}

/** What is not as it was, outside the places that may change. */
function strayChanges({ before }: Scene, home: Home): string[] {
  const made = Object.values(NEW_RUNS).map(name => `.codex/RUNS/${name}`)
  const may = [...made, '.codex/STAGING/', 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json']
  const after = treeOf(home.path)
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    path => before.get(path) !== after.get(path) && !may.some(place => path.startsWith(place)),
  )
  return changed.filter(path => path !== 'registry/').map(path => `changed: ${path}`)
}

function choose(points: readonly Point[]): { point: Point; fault: string }[] {
  const last = points.length - 1
  return points.flatMap((point, index) => {
    if (!FULL) return (last - index) % STEP === 0 ? [{ point, fault: KILL }] : []
    const reads = READS.split(',').includes(point.call)
    return [KILL, ...(reads ? ['error=EIO'] : ERRORS)].map(fault => ({ point, fault }))
  })
}

async function enumerate(t: Test, name: string, act: Act): Promise<void> {
  const scene = await setScene(t, act)
  const calls = FULL ? `${WRITES},${READS}` : WRITES
  const stages = [0, 1].map(index => `${scene.template}.${index}`)
  t.teardown(() => {
    for (const stage of stages)
      for (const path of [stage, `${stage}.trace`]) rmSync(path, { recursive: true, force: true })
  })
  const { paths, points } = await findPoints(t, scene, stages[0]!, calls)
  const faults = choose(points)
  t.ok(points.length > 10, `${points.length} points`)
  t.ok(faults.length > 0, `${faults.length} faults`)
  const seen = { killed: { old: 0, new: 0 }, failed: { old: 0, new: 0 } }
  let at = 0
  let missed = 0
  const worker = async (stage: string): Promise<void> => {
    for (let index = at++; index < faults.length; index = at++) {
      const { point, fault } = faults[index]!
      const own = paths.map(path => path.replace(stages[0]!, stage))
      const said = await play(scene, stage, [
        ...own.flatMap(path => ['-P', path]),
        '-e',
        `trace=${calls}`,
        '-e',
        `inject=${point.call}:${fault}:when=${point.when}`,
      ])
      const fired = fault === KILL ? /killed by SIGKILL/.test(said.trace) : said.trace.includes('(INJECTED)')
      if (!fired) missed += 1
      const { wrong, state } = await judge(scene, stage, said)
      seen[fault === KILL ? 'killed' : 'failed'][state] += 1
      if (wrong.length > 0 || !fired) {
        const where = `${fault} at ${point.call} ${point.when}: ${point.line.replaceAll(stages[0]!, '')}`
        t.fail(where, { wrong, fired, code: said.code, stderr: said.stderr })
      }
    }
  }
  await Promise.all(stages.map(worker))
  t.equal(missed, 0, 'every injection hit its target')
  t.ok(seen.killed.old > 0 && seen.killed.new > 0, 'killing left the old state, and it left the new one')
  figures(t, name, {
    points: points.length,
    faults: faults.length,
    'killed, old': seen.killed.old,
    'killed, new': seen.killed.new,
    'failed, old': seen.failed.old,
    'failed, new': seen.failed.new,
  })
}

const strace = spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=getppid:error=EIO:when=99', 'true'])

t.test('whatever system call is the last one, or fails', async t => {
  if (strace.status !== 0) {
    notRun(t, 'strace is missing or may not trace (apt-get install strace)')
    return
  }
  for (const [name, act] of Object.entries(ACTS)) {
    t.test(`of ${name}, old or new is left, whole`, { timeout: 1_800_000 }, t => enumerate(t, name, act))
  }
})
t.setTimeout(FULL ? 7_200_000 : 120_000)
