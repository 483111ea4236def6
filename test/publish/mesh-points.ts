// Every system call with which `infra mesh apply` writes is the last one once, and fails once: the mesh file is the old
// one or the new one, to the byte, and the next apply brings the new one. Without CHAOS a few of them.

import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { infraHere, notRun, startInfra } from '../fixtures/home-world.ts'
import { makeMesh } from '../fixtures/manifest-world.ts'
import { figures } from '../fixtures/service.ts'

const CALLS = 'openat,write,pwrite64,fsync,close,chmod,fchmod,rename,renameat,renameat2,unlink,unlinkat'
const WORDS = ['mesh', 'apply', '--root', 'apps', '--hosts', 'mesh-hosts.json']

/** At a small dose, one fault in so many; at the full one, each. */
const FULL = process.env.CHAOS === '1' && Number(process.env.CHAOS_SCALE ?? '1') === 1
const STEP = FULL ? 1 : 5

const strace = spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=getppid:error=EIO:when=99', 'true'])

t.setTimeout(120_000)

t.test('whatever system call is the last one, or fails', { timeout: 120_000 }, async t => {
  if (strace.status !== 0) return notRun(t, 'strace is missing or may not trace (apt-get install strace)')
  const world = makeMesh(t)
  const old = world.read()
  const stage = `${world.top}.stage`
  t.teardown(() => {
    for (const path of [stage, `${stage}.trace`]) rmSync(path, { recursive: true, force: true })
  })
  const hosts = join(stage, 'mesh-hosts.json')
  const paths = [stage, hosts, join(stage, '.mesh-hosts.json.staged')].flatMap(path => ['-P', path])

  /** Runs the act on a fresh copy, and returns what it said and which calls it made on the paths. */
  const play = async (...inject: readonly string[]) => {
    rmSync(stage, { recursive: true, force: true })
    cpSync(world.top, stage, { recursive: true })
    const under = ['strace', '-o', `${stage}.trace`, ...paths, '-e', `trace=${CALLS}`, ...inject]
    const said = await startInfra(WORDS, { under, cwd: stage })
    const trace = readFileSync(`${stage}.trace`, 'utf8')
    return { ...said, trace, text: readFileSync(hosts, 'utf8'), beside: readdirSync(stage).sort() }
  }

  const whole = await play()
  t.equal(whole.code, 0, whole.stderr)
  t.not(whole.text, old)
  const counts = new Map<string, number>()
  const points = [...whole.trace.matchAll(/^(\w+)\(/gm)].map(([, call]) => {
    counts.set(call!, (counts.get(call!) ?? 0) + 1)
    return { call: call!, when: counts.get(call!)! }
  })
  t.ok(points.length >= 8, `${points.length} points`)

  const seen = { old: 0, new: 0 }
  const faults = points.flatMap(point => ['signal=KILL', 'error=ENOSPC'].map(fault => ({ ...point, fault })))
  for (const { call, when, fault } of faults.filter((_, at) => (faults.length - at) % STEP === 0)) {
    const name = `${fault} at ${call} ${when}`
    const left = await play('-e', `inject=${call}:${fault}:when=${when}`)
    t.match(left.trace, /killed by SIGKILL|\(INJECTED\)/, `${name}: hit`)
    const state = left.text === whole.text ? 'new' : 'old'
    seen[state] += 1
    t.ok(left.text === old || left.text === whole.text, `${name}: old or new`)
    if (left.code === 0) t.equal(state, 'new', `${name}: exit 0 and it is done`)
    if (fault !== 'signal=KILL') {
      t.strictSame(left.beside, ['apps', 'mesh-hosts.json'], `${name}: nothing is left beside it`)
      const told = /PUBLISH_NOT_DURABLE/.test(left.stderr)
      if (left.code !== 0) t.equal(state === 'new', told, `${name}: ${left.stderr}`)
      t.notMatch(left.stderr, /INTERNAL|\n\s+at /, `${name}: no stack trace`)
    }
    const next = await infraHere(WORDS, { cwd: stage })
    t.equal(next.code, 0, `${name}: ${next.stderr}`)
    t.equal(readFileSync(hosts, 'utf8'), whole.text, `${name}: the next one brings the new`)
  }
  t.ok(seen.old > 0 && seen.new > 0, 'some left the old file, some the new')
  figures(t, 'mesh apply', { points: points.length, old: seen.old, new: seen.new })
})
