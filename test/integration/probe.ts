// The live picture of real processes: this service in every state it can be in, one that is stopped in its tracks, one
// that is somebody else, and a web page; asked by the real program.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { readExposition } from '../fixtures/exposition.ts'
import { serveHttp } from '../fixtures/health-world.ts'
import { PROGRAM, saidBy, startInfra } from '../fixtures/home-world.ts'
import { type Declared, writeMesh } from '../fixtures/mesh-file.ts'
import { registryText, type Service, startService } from '../fixtures/service.ts'

const DEADLINE_MS = 2_000
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Starts this service on a registry file, and waits until it is ready, where it can be. */
async function start(t: Test, file: string, content: string | null): Promise<Service> {
  if (content !== null) writeFileSync(file, content)
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, INFRA_POLL_MS: '50' } })
  await service.until('/status', ({ json }) => json.state !== 'unavailable' || content === null)
  return service
}

/** Starts seven services, each in another state, with what they need in `folder`. */
async function startSeven(t: Test, folder: string): Promise<Record<string, Declared>> {
  const file = (name: string): string => join(folder, `${name}.json`)
  const well = registryText(1)
  const [ready, degraded, unready, stopped, frozen] = await Promise.all([
    start(t, file('ready'), well),
    start(t, file('degraded'), well),
    start(t, file('unready'), null),
    start(t, file('stopped'), well),
    start(t, file('frozen'), well),
  ])
  writeFileSync(file('degraded'), '{}\n')
  await degraded.until('/status', ({ json }) => json.state === 'degraded')
  await stopped.stop()
  frozen.child.kill('SIGSTOP')
  const page = await serveHttp(t, (_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end('<!doctype html><title>Welcome</title><h1>It works!</h1>')
  })
  const at = ({ port }: Service): Declared => ({ port, project: 'infra-resolver' })
  return {
    barn: at(stopped),
    cellar: { port: ready.port, project: 'cellar' },
    mill: at(unready),
    oven: at(frozen),
    press: at(ready),
    shop: { port: page },
    still: at(degraded),
  }
}

t.test('seven services in seven states', async t => {
  const folder = t.testdir({})
  const services = await startSeven(t, folder)
  const mesh = writeMesh(t, services, folder)
  const begun = performance.now()
  const [json, table, metrics] = await Promise.all(
    [['--json'], [], ['--format', 'prometheus']].map(words =>
      startInfra(['mesh', 'probe', '--hosts', mesh, '--deadline', String(DEADLINE_MS), ...words]),
    ),
  )
  const took = performance.now() - begun

  t.test('are told apart, within the deadline', async t => {
    const { code, stdout, stderr } = json!
    t.strictSame([code, stderr], [1, ''])
    const { services: rows, ...sum } = JSON.parse(stdout)
    t.match(sum, { all_up: false, up: 2, total: 7 })
    const who = { version, environment: 'prod', host: 'lime', address: '127.0.0.1' }
    t.match(rows, [
      { service: 'barn', state: 'stopped', up: false, version: null, latency_ms: null },
      { service: 'cellar', state: 'wrong_identity', up: false, version: null, since_from: 'probe' },
      { service: 'mill', state: 'not_ready', up: false, ...who, since_from: 'service' },
      { service: 'oven', state: 'hanging', up: false, version: null, since_from: 'probe' },
      { service: 'press', state: 'ready', up: true, ...who, latency_ms: Number, since_from: 'service' },
      { service: 'shop', state: 'not_health', up: false, version: null },
      { service: 'still', state: 'degraded', up: true, ...who, since_from: 'service' },
    ])
    t.equal(new Set(rows.map(({ state }: { state: string }) => state)).size, 7)
    t.ok(took < DEADLINE_MS + 10_000, `${Math.round(took)} ms, with the start of three programs`)
    for (const { service, latency_ms } of rows) t.ok(latency_ms === null || latency_ms < DEADLINE_MS, service)
  })

  t.test('are one table', async t => {
    const { code, stdout, stderr } = table!
    t.strictSame([code, stderr], [1, ''])
    const told = stdout
      .replaceAll(/[ \d]{4} ms(?= {2}2)/g, '   N ms')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:]{8}Z/g, 'SINCE')
      .replaceAll(/(?<=lime {2})[ \d]{5}/g, ' PORT')
      .replaceAll(version, 'N.N.N')
    t.equal(
      told,
      `SERVICE  ENVIRONMENT  HOST   PORT  STATE           VERSION  LATENCY  SINCE
barn     prod         lime   PORT  stopped         -              -  SINCE
cellar   prod         lime   PORT  wrong_identity  -           N ms  SINCE
mill     prod         lime   PORT  not_ready       N.N.N       N ms  SINCE
oven     prod         lime   PORT  hanging         -              -  SINCE
press    prod         lime   PORT  ready           N.N.N       N ms  SINCE
shop     prod         lime   PORT  not_health      -           N ms  SINCE
still    prod         lime   PORT  degraded        N.N.N       N ms  SINCE

  barn: connection refused
  cellar: says that its name is "infra-resolver" (want "cellar")
  mill: registry_not_loaded: unready.json: no such file
  oven: no whole answer within 2000 ms
  shop: 200, no health document (text/html; charset=utf-8)

2 of 7 up: 1 ready, 1 degraded, 1 not_ready, 1 wrong_identity, 1 not_health, 1 hanging, 1 stopped
`,
    )
  })

  t.test('are samples that a scraper can read', async t => {
    const { code, stdout } = metrics!
    t.equal(code, 1)
    const on = readExposition(stdout)
      .filter(({ name, value }) => name === 'infra_mesh_service_state' && value === 1)
      .map(({ labels }) => labels.get('state'))
    t.strictSame(on.sort(), [
      ...['degraded', 'hanging', 'not_health', 'not_ready', 'ready', 'stopped', 'wrong_identity'],
    ])
  })

  t.test('and those that are up are all that there is to say of them', async t => {
    const { press, still } = services
    const up = writeMesh(t, { press: press!, still: still! })
    t.match(await startInfra(['mesh', 'probe', '--hosts', up]), { code: 0, stderr: '' })
  })

  t.test('--watch goes on until it is interrupted', async t => {
    const child = startWatch(mesh, '--json')
    const ended = saidBy(child)
    const rounds = createInterface({ input: child.stdout! })
    const first = JSON.parse((await once(rounds, 'line'))[0])
    const second = JSON.parse((await once(rounds, 'line'))[0])
    child.kill('SIGINT')
    const { code, stderr } = await ended
    t.strictSame([code, child.signalCode, stderr], [1, null, ''])
    const hanging = (picture: typeof first) => picture.services[3]
    t.match(hanging(second), { state: 'hanging', since: hanging(first).since }, 'since when is remembered')
    t.ok(second.time > first.time)
  })

  t.test('--watch ends when it is interrupted while it asks, or when nobody reads it', async t => {
    let asked = (): void => {}
    const isAsked = new Promise<void>(resolve => {
      asked = resolve
    })
    const oven = await serveHttp(t, () => asked())
    const asking = startWatch(writeMesh(t, { oven: { port: oven } }), '--deadline', '600000')
    const ended = saidBy(asking)
    await isAsked
    asking.kill('SIGTERM')
    t.match(await ended, { code: 1, stdout: '', stderr: '' })

    const unread = startWatch(mesh, '--json')
    await once(createInterface({ input: unread.stdout! }), 'line')
    unread.stdout!.destroy()
    await once(unread, 'close')
    t.strictSame([unread.exitCode, unread.signalCode], [1, null])
  })
})

function startWatch(mesh: string, ...words: readonly string[]): ChildProcess {
  const args = ['mesh', 'probe', '--hosts', mesh, '--watch', '1', '--deadline', '200', ...words]
  return spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, PROGRAM, ...args], {
    env: { PATH: process.env.PATH },
  })
}
