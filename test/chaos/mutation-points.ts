// Every system call that a change of the registry makes on its home is the last one once, or fails once. What is found
// afterwards is the old pair or the new one, once the next change has mended it, and that change succeeds. Without
// CHAOS a few points are taken and only killed at; with CHAOS=1 (and no CHAOS_SCALE) every point, killed at and failed at.

import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { blobSha } from '../../src/core/digest.ts'
import { planRecovery } from '../../src/publish/change.ts'
import { checkRegistry } from '../../src/registry/parse.ts'
import { homeAt, infraHere, notRun, type Said, startInfra, treeOf } from '../fixtures/home-world.ts'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'
import { figures } from '../fixtures/service.ts'

const FULL = process.env.CHAOS === '1' && Number(process.env.CHAOS_SCALE ?? '1') === 1

/** Without CHAOS, one point in so many. */
const STEP = Number(process.env.CHAOS_STEP ?? 5)

const WRITES =
  'openat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,close,ftruncate,link,linkat,symlink,symlinkat,mkdir,mkdirat,chmod,fchmod,fchmodat,fchown,utimensat,copy_file_range'
const READS =
  'read,pread64,stat,lstat,fstat,newfstatat,statx,getdents64,readlink,readlinkat,access,faccessat2'

const KILL = 'signal=KILL'
const ERRORS = ['error=ENOSPC', 'error=EIO', 'error=EDQUOT', 'error=EROFS']

// The same names and the same moment in every run, so that each point has the same paths and can be told to be hit.
const PINNED = `
let count = 0
const uuid = () => '00000000-0000-4000-8000-' + String(++count).padStart(12, '0')
Object.defineProperty(crypto, 'randomUUID', { value: uuid })
const Real = Date
globalThis.Date = class extends Real {
  constructor(...args) { super(...(args.length === 0 ? [Real.UTC(2027, 0, 1)] : args)) }
}
`
const EXEC_ARGV = ['--import', `data:text/javascript,${encodeURIComponent(PINNED)}`]

const ACTS: Readonly<Record<string, readonly string[]>> = {
  register: ['register', 'acme/new', '--context', 'sandbox', ...REASON],
  'register --reset': ['register', 'acme/app', '--context', 'sandbox', '--reset', ...REASON],
  disable: ['disable', 'acme/app', ...REASON],
}
/** A change that each of the acts leaves possible, and that tells nothing of them. */
const NEXT = ['enable', 'acme/old', ...REASON]

interface Point {
  readonly call: string
  /** Which of the calls of that name on these paths. */
  readonly when: number
  readonly line: string
}

interface Pair {
  readonly registry: string
  readonly log: string
}

interface Scene {
  readonly words: readonly string[]
  readonly template: string
  readonly before: ReadonlyMap<string, string>
  readonly old: Pair
  readonly new: Pair
}

const readPair = (top: string): Pair => ({
  registry: readFileSync(homeAt(top).working, 'utf8'),
  log: readFileSync(homeAt(top).changelog, 'utf8'),
})

/** Runs the act on a fresh copy of the scene at `top`, under strace. */
async function play(
  scene: Pick<Scene, 'words' | 'template'>,
  top: string,
  strace: readonly string[],
): Promise<Said & { trace: string }> {
  rmSync(top, { recursive: true, force: true })
  cpSync(scene.template, top, { recursive: true, preserveTimestamps: true })
  const log = `${top}.trace`
  // Without -f: the main thread does all the file work, git's own processes are left alone, and counts are the same.
  const said = await startInfra([...scene.words, '--home', homeAt(top).path], {
    under: ['strace', '-y', '-s', '4096', '-o', log, ...strace],
    execArgv: EXEC_ARGV,
    env: { UV_THREADPOOL_SIZE: '1' },
  })
  return { ...said, trace: readFileSync(log, 'utf8') }
}

const linesIn = (trace: string): string[] => trace.split('\n').filter(line => /^\w+\(/.test(line))
const callOf = (line: string): string => line.slice(0, line.indexOf('('))

/** Finds the paths of the home that the act touches, then the calls it makes on them, in order. */
async function findPoints(
  t: Test,
  words: readonly string[],
  template: string,
  top: string,
  calls: string,
): Promise<{ paths: string[]; points: Point[] }> {
  const home = homeAt(top).path
  const first = await play({ words, template }, top, ['-e', `trace=${calls}`])
  t.equal(first.code, 0, `the act succeeds when it is only watched ${first.stderr}`)
  const lines = linesIn(first.trace).filter(line => line.includes(home))
  const found = lines.flatMap(line => [...line.matchAll(/"([^"]*)"|<([^<>]*)>/g)].map(([, a, b]) => a ?? b!))
  const paths = [...new Set(found.filter(path => path === home || path.startsWith(`${home}/`)))]
  const second = await play({ words, template }, top, [
    ...paths.flatMap(path => ['-P', path]),
    '-e',
    `trace=${calls}`,
  ])
  const counts = new Map<string, number>()
  const points = linesIn(second.trace).map(line => {
    const call = callOf(line)
    const when = (counts.get(call) ?? 0) + 1
    counts.set(call, when)
    return { call, when, line }
  })
  t.ok(points.length > 10, `${points.length} points`)
  return { paths, points }
}

/** Says everything that is wrong with what is left at `top`, and whether it is the old state or the new. */
async function judge(
  scene: Scene,
  top: string,
  said: Said,
): Promise<{ wrong: string[]; state: 'old' | 'new' }> {
  const wrong: string[] = []
  const pair = readPair(top)
  const state = pair.registry === scene.new.registry ? 'new' : 'old'
  if (state === 'old' && pair.registry !== scene.old.registry)
    wrong.push('the registry is neither old nor new')
  if (checkRegistry(Buffer.from(pair.registry), 'r').length > 0) wrong.push('the registry is not valid')
  const log = Buffer.from(pair.log)
  try {
    const plan = planRecovery(log, blobSha(Buffer.from(pair.registry)))
    const mended = log.subarray(0, plan?.keep).toString()
    if (mended !== scene[state].log) wrong.push(`the log is not the ${state} one, mended`)
  } catch (error) {
    wrong.push(`the log cannot be mended: ${error}`)
  }
  if (said.code === 0 && state === 'old') wrong.push('exit 0, and nothing was done')
  const told = said.stderr.includes('PUBLISH_NOT_DURABLE')
  if (said.code !== null && said.code !== 0 && (state === 'new') !== told)
    wrong.push(`exit ${said.code} with the ${state} state, and it says: ${said.stderr}`)
  if (said.code !== null && said.code !== 0 && state === 'old' && pair.log !== scene.old.log)
    wrong.push('it failed and could, and left its line in the log')
  const after = treeOf(top)
  for (const path of new Set([...scene.before.keys(), ...after.keys()])) {
    const may = /^infra\/(?:telemetry-registry\.v2\.json$|changelog\/infra-changelog\.jsonl$|\.codex\/)/
    if (scene.before.get(path) !== after.get(path) && !may.test(path)) wrong.push(`changed: ${path}`)
  }

  const next = await infraHere([...NEXT, '--home', homeAt(top).path], { now: () => new Date('2027-02-01') })
  if (next.code !== 0) wrong.push(`the next change failed: ${next.stderr}`)
  const mended = readPair(top).log
  if (
    !mended.startsWith(scene[state].log) ||
    mended.split('\n').length !== scene[state].log.split('\n').length + 1
  )
    wrong.push(`the log after the next change is not the ${state} one and a line`)
  const staged = readdirSync(join(homeAt(top).path, '.codex/STAGING'))
  if (staged.length > 0) wrong.push(`left staged after the next change: ${staged}`)
  const checked = await infraHere(['check', '--against', 'main', '--home', homeAt(top).path])
  if (checked.code !== 0) wrong.push(`the gates fail after the next change: ${checked.stdout}`)
  return { wrong, state }
}

function choose(points: readonly Point[]): { point: Point; fault: string }[] {
  const last = points.length - 1
  return points.flatMap((point, index) => {
    if (!FULL) return (last - index) % STEP === 0 ? [{ point, fault: KILL }] : []
    const reads = READS.split(',').includes(point.call)
    return [KILL, ...(reads ? ['error=EIO'] : ERRORS)].map(fault => ({ point, fault }))
  })
}

async function enumerate(t: Test, name: string, words: readonly string[]): Promise<void> {
  const template = makeRepo(t).top
  const calls = FULL ? `${WRITES},${READS}` : WRITES
  const stages = [0, 1].map(index => `${template}.${index}`)
  t.teardown(() => {
    for (const stage of stages)
      for (const path of [stage, `${stage}.trace`]) rmSync(path, { recursive: true, force: true })
  })
  const { paths, points } = await findPoints(t, words, template, stages[0]!, calls)
  const scene: Scene = {
    ...{ words, template, before: treeOf(template) },
    ...{ old: readPair(template), new: readPair(stages[0]!) },
  }
  const faults = choose(points)
  const seen = { killed: { old: 0, new: 0 }, failed: { old: 0, new: 0 } }
  let at = 0
  let missed = 0
  const worker = async (stage: string): Promise<void> => {
    for (let index = at++; index < faults.length; index = at++) {
      const { point, fault } = faults[index]!
      const own = paths.map(path => path.replace(stages[0]!, stage))
      const said = await play(scene, stage, [
        ...own.flatMap(path => ['-P', path]),
        ...['-e', `trace=${calls}`],
        ...['-e', `inject=${point.call}:${fault}:when=${point.when}`],
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
  const acts = Object.entries(ACTS).filter(([name]) => FULL || name !== 'register --reset')
  for (const [name, words] of acts) {
    t.test(`of ${name}, old or new is left, whole`, { timeout: 1_800_000 }, t => enumerate(t, name, words))
  }
})
t.setTimeout(FULL ? 7_200_000 : 120_000)
