// The service seen from outside: a real process, real files, HTTP, signals, exit codes and the log on stdout.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { readStartScript } from '../../scripts/start-script.ts'
import { sha256 } from '../../src/core/digest.ts'
import { registryText, runProgram, type Service, startService } from '../fixtures/service.ts'

const text = registryText(1)
const version3 = text.replace('"schema_version": "2.0"', '"schema_version": "3.0"')
const violation = text.replace('"state": "enabled"', '"state": "maybe"')

/** Every route that answers from a registry. */
const REGISTRY_ROUTES = [
  '/resolve/acme/api',
  '/resolve/nobody/nothing',
  '/telemetry-target/acme/api',
  '/telemetry-target?repo=acme/api',
  '/telemetry-target/acme',
  '/infra-resolution/acme/api',
  '/repos',
  '/orgs',
  '/orgs/acme',
  '/telemetry-repos',
  '/registry',
]

interface Fault {
  /** What lies on disk; `null` for nothing at all. */
  readonly content: string | null
  readonly pin?: string
  /** The code that `/status` gives. */
  readonly code: string
  /** The code of the 503, when nothing was ever loaded. */
  readonly wire: string
}

const faults: Readonly<Record<string, Fault>> = {
  missing: { content: null, code: 'registry_missing', wire: 'registry_not_loaded' },
  empty: { content: '', code: 'registry_invalid', wire: 'registry_invalid' },
  truncated: { content: text.slice(0, 300), code: 'registry_invalid', wire: 'registry_invalid' },
  'of version 3.0': {
    content: version3,
    code: 'registry_version_unsupported',
    wire: 'registry_version_unsupported',
  },
  'in breach of a rule': { content: violation, code: 'registry_invalid', wire: 'registry_invalid' },
  'not the pinned one': {
    content: registryText(2),
    pin: sha256(text),
    code: 'seal_invalid',
    wire: 'seal_invalid',
  },
}

t.setTimeout(0)
t.jobs = 3

const buffered = { buffered: true }

for (const [name, { content, pin, code, wire }] of Object.entries(faults)) {
  t.test(`a registry that is ${name}`, buffered, async t => {
    const file = place(t, content)
    const env = { INFRA_REGISTRY_FILE: file, ...(pin !== undefined && { INFRA_REGISTRY_SHA256: pin }) }
    const service = await startService(t, { env })

    await t.test('at the start: nothing is known of any repository, and every route says so', async t => {
      await service.until('/status', ({ json }) => json.last_error !== null)
      for (const route of [...REGISTRY_ROUTES, '/readyz', '/healthz']) {
        const { status, json, headers } = await service.get(route)
        t.equal(status, 503, route)
        if (route === '/healthz') continue
        t.equal(json.code, wire, route)
        t.match(headers['retry-after'], /^\d+$/)
        t.equal(headers['infra-registry-revision'], undefined)
        t.notOk('items' in json || 'repos' in json || 'orgs' in json, 'not even an empty list')
      }
      t.equal((await service.get('/livez')).status, 200)
      const { json } = await service.get('/status')
      t.match(json, { state: 'unavailable', active: null, last_error: { code } })
    })

    await t.test('recovers without a restart', async t => {
      write(file, text)
      const answer = await service.serves(text)
      t.equal(answer.headers['infra-registry-state'], undefined)
      t.equal((await service.get('/readyz')).status, 200)
      t.match((await service.get('/status')).json, { state: 'ok', last_error: null })
    })

    await t.test('after a good load: the last good answers, and the status says what is wrong', async t => {
      if (content === null) rmSync(file)
      else write(file, content)
      const { json } = await service.until('/status', answer => answer.json.state === 'degraded')
      t.match(json, {
        active: { revision: sha256(text) },
        disk: content === null ? null : sha256(content),
        last_error: { code, count: Number },
      })
      for (const route of REGISTRY_ROUTES) {
        const { status, headers } = await service.get(route)
        t.equal(status, route.startsWith('/resolve/nobody') ? 404 : 200, route)
        t.match(headers, {
          'infra-registry-revision': sha256(text),
          'infra-registry-state': 'degraded',
          age: /^\d+$/,
        })
      }
      t.match(await service.get('/readyz'), { status: 200, json: { state: 'degraded' } })
      t.match(await service.get('/healthz'), { status: 200, json: { status: 'warn' } })
      await service.until('/status', answer => answer.json.refusals[code] > json.refusals[code], 3_000)
      t.pass('and it goes on looking')
      await service.until('/repos', answer => Number(answer.headers.age) >= 1, 3_000)
      t.pass('and the age rises')
    })

    await t.test('recovers again, with the same content, and stops cleanly', async t => {
      write(file, text)
      await service.until('/status', answer => answer.json.state === 'ok')
      t.equal((await service.get('/repos')).headers['infra-registry-state'], undefined)
      t.strictSame(await service.stop(), { code: 0, signal: null })
      const told = service.logs.filter(({ msg }) => msg.startsWith('registry '))
      t.strictSame(
        told.map(({ msg }) => msg),
        [
          'registry refused',
          'registry is good again',
          'registry swapped',
          'registry refused',
          'registry is good again',
        ],
        'each turn is told once',
      )
    })
  })
}

t.test(
  'a configuration that is wrong is refused: code 2, a line for each fault, and nothing on stdout',
  buffered,
  async t => {
    const rows: [env: Record<string, string>, names: string[]][] = [
      [{ INFRA_REGISTRY_FIEL: 'x' }, ['INFRA_REGISTRY_FIEL']],
      [{ INFRA_X: '1', PORT: 'x', LOG_LEVEL: 'loud' }, ['INFRA_X', 'PORT', 'LOG_LEVEL']],
      [{ PORT: '' }, ['PORT']],
      [{ INFRA_REGISTRY_SHA256: 'A'.repeat(64) }, ['INFRA_REGISTRY_SHA256']],
      [{ INFRA_REGISTRY_FILE: '', HOST: ' ' }, ['INFRA_REGISTRY_FILE', 'HOST']],
      [{ INFRA_POLL_MS: '0', INFRA_DRAIN_MS: '99999' }, ['INFRA_POLL_MS', 'INFRA_DRAIN_MS']],
    ]
    await inTurns(rows, 2, async ([env, names]) => {
      const run = runProgram(t, { env })
      const { code } = await run.ended
      const label = JSON.stringify(env)
      t.equal(code, 2, label)
      t.strictSame(run.lines, [], label)
      const lines = run.stderr.trimEnd().split('\n')
      t.equal(lines.length, names.length, label)
      t.ok(
        names.every(name => lines.some(line => line.startsWith(`infra-resolver: ${name}: `))),
        run.stderr,
      )
    })
  },
)

t.test('a port in use ends the process with code 3, and says which', buffered, async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const run = runProgram(t, { env: { PORT: String(port), INFRA_REGISTRY_FILE: place(t, text) } })
  t.strictSame(await run.ended, { code: 3, signal: null })
  t.match(run.logs.at(-1), { level: 60, msg: 'cannot listen', port, err: { code: 'EADDRINUSE' } })
})

t.test(
  'the log: a line for each refused request, answered ones at debug, all of them JSON and bounded',
  async t => {
    const hostile = [
      '/resolve/acme/%0a%7b%22level%22:50,%22msg%22:%22forged%22%7d',
      '/resolve/acme/%1b[2J%1b[31mred',
      '/resolve/acme/%e2%80%a8%e2%80%a9',
      `/resolve/acme/${'x'.repeat(101)}`,
      `/${'y'.repeat(7_000)}`,
      '/resolve/__proto__/constructor',
      '/resolve/acme/%ff%fe',
      '/%',
      '/resolve/acme/%00',
      '/resolve/acme/"},{"',
    ]
    const file = place(t, text)
    for (const LOG_LEVEL of ['info', 'debug']) {
      const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, LOG_LEVEL } })
      await service.serves(text)
      const before = service.lines.length
      for (const path of hostile) t.ok((await rawGet(service, path)) >= 400, path.slice(0, 60))
      t.equal((await service.get('/resolve/acme/unknown?secret=hunter2')).status, 400)
      t.equal((await service.get('/resolve/acme/unknown')).status, 404)
      t.equal((await service.get('/resolve/acme/api')).status, 200)
      t.strictSame(await service.stop(), { code: 0, signal: null })
      const lines = service.lines.slice(before)
      const logs = service.logs.slice(before)
      const refused = logs.filter(({ msg }) => msg === 'request refused')
      t.equal(refused.length, hostile.length + 2, 'one line each')
      t.ok(refused.every(line => line.level === 30 && typeof line.code === 'string' && 'revision' in line))
      t.match(refused.at(-1), {
        code: 'repo_not_registered',
        revision: sha256(text),
        status: 404,
        method: 'GET',
      })
      t.ok(
        lines.every(line => Buffer.byteLength(line) <= 2_048),
        'bounded',
      )
      t.notMatch(lines.join('\n'), /hunter2/)
      t.notOk(logs.some(({ msg }) => msg === 'forged'))
      const answered = logs.filter(({ msg }) => msg === 'request answered')
      if (LOG_LEVEL === 'info') t.strictSame(answered, [])
      else t.match(answered.at(-1), { level: 20, method: 'GET', path: '/resolve/acme/api', status: 200 })
    }
  },
)

t.test('signals', buffered, async t => {
  const file = place(t, text)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    await t.test(`${signal} stops it with code 0 within 5 s`, async t => {
      const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file } })
      await service.serves(text)
      const began = performance.now()
      t.strictSame(await service.stop(signal), { code: 0, signal: null })
      t.ok(performance.now() - began < 5_000)
      t.equal(service.logs.at(-1)?.msg, 'stopped')
    })
  }

  await t.test('while it leaves, it answers, is not ready, and keeps no connection', async t => {
    const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, INFRA_DRAIN_MS: '1500' } })
    await service.serves(text)
    service.child.kill('SIGTERM')
    await service.logged(({ msg }) => msg === 'stopping')
    const ready = await service.get('/readyz')
    t.match(ready, { status: 503, json: { code: 'shutting_down' }, headers: { connection: 'close' } })
    t.match(await service.get('/resolve/acme/api'), { status: 200, headers: { connection: 'close' } })
    t.equal((await service.get('/livez')).status, 200)
    t.strictSame(await service.ended, { code: 0, signal: null })
  })

  await t.test('a second one ends it at once', async t => {
    const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, INFRA_DRAIN_MS: '4000' } })
    service.child.kill('SIGTERM')
    await service.logged(({ msg }) => msg === 'stopping')
    const began = performance.now()
    t.strictSame(await service.stop(), { code: 1, signal: null })
    t.ok(performance.now() - began < 3_000, 'before the drain of the first is over')
  })
})

t.test('a reader of the log that goes away takes nothing with it', buffered, async t => {
  const file = place(t, text)
  const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file } })
  await service.serves(text)
  service.child.stdout!.destroy()
  for (let i = 0; i < 200; i++) t.equal((await service.get(`/resolve/acme/unknown-${i}`)).status, 404)
  write(file, registryText(2))
  await service.serves(registryText(2))
  t.strictSame(await service.stop(), { code: 0, signal: null })
})

t.test('hostile CHOKIDAR_* variables change nothing', buffered, async t => {
  for (const [usePolling, interval] of [
    ['1', '600000'],
    ['true', 'not a number'],
    ['yes', '-1'],
  ] as const) {
    const file = place(t, text)
    // A poll of our own that is far away: only the watcher can be as fast as this.
    const env = {
      INFRA_REGISTRY_FILE: file,
      INFRA_POLL_MS: '60000',
      CHOKIDAR_USEPOLLING: usePolling,
      CHOKIDAR_INTERVAL: interval,
    }
    const service = await startService(t, { env })
    await service.serves(text)
    for (let round = 2; round < 5; round++) {
      // The watcher says when it is there by looking once more.
      await service.until('/status', ({ json }) => json.loads.unchanged > 0)
      write(file, registryText(round))
      await service.serves(registryText(round), 20_000)
    }
    t.match((await service.get('/status')).json, { watch: 'ok', state: 'ok' })
    await service.kill()
  }
})

t.test(
  "under Node's permission model, without any right to write, it serves and reloads",
  buffered,
  async t => {
    const file = place(t, text)
    const service = await startService(t, {
      env: { INFRA_REGISTRY_FILE: file },
      execArgv: ['--permission', '--allow-fs-read=*', '--allow-net', '--allow-worker'],
    })
    await service.serves(text)
    for (const round of [2, 3]) {
      write(file, registryText(round))
      await service.serves(registryText(round), 20_000)
    }
    t.match((await service.get('/status')).json, { watch: 'ok', state: 'ok' })
    t.strictSame(await service.stop(), { code: 0, signal: null })

    // The same flags do deny writing and starting programs: else the above would prove nothing.
    const probe = spawnSync(
      '/usr/bin/env',
      [
        '-u',
        'NODE_OPTIONS',
        process.execPath,
        '--permission',
        '--allow-fs-read=*',
        '--allow-net',
        '--allow-worker',
        '-e',
        `for (const act of [
        () => require('node:fs').writeFileSync(${JSON.stringify(`${file}.probe`)}, ''),
        () => require('node:child_process').execFileSync('true'),
      ]) try { act(); console.log('allowed') } catch (error) { console.log(error.code) }`,
      ],
      { env: {}, encoding: 'utf8' },
    )
    t.strictSame(probe.stdout.trim().split('\n'), ['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED'])
  },
)

t.test('it opens no file for writing', buffered, async t => {
  if (
    spawnSync('strace', ['-V']).status !== 0 ||
    spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0
  ) {
    return t.pass('NOT TESTED: strace is not here, or may not trace')
  }
  const file = place(t, text)
  const trace = join(dirname(dirname(file)), 'trace')
  const calls =
    'open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,symlink,link,truncate,ftruncate,chmod,fchmod'
  const service = await startService(t, {
    env: { INFRA_REGISTRY_FILE: file },
    under: ['strace', '-f', '-qq', '-o', trace, '-e', `trace=${calls}`],
  })
  await service.serves(text, 20_000)
  const after = registryText(2)
  write(file, after)
  await service.serves(after, 20_000)
  write(file, 'bad')
  await service.until('/status', ({ json }) => json.state === 'degraded', 20_000)
  await service.get('/resolve/acme/unknown')
  const program = (await service.logged(({ msg }) => msg === 'listening')).pid as number
  process.kill(program, 'SIGTERM')
  await service.ended
  const lines = readFileSync(trace, 'utf8').split('\n')
  t.ok(
    lines.some(line => line.includes('registry.json')),
    'the trace saw it read',
  )
  const opened = lines.filter(line => /^\d+ +open(at)?\(/.test(line))
  t.ok(opened.length > 100, 'and everything else it opened')
  const writes = lines.filter(line =>
    /^\d+ +open/.test(line) ? /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b/.test(line) : /^\d+ +\w+\(/.test(line),
  )
  // Terminals and the kernel's own devices are not files of anybody.
  t.strictSame(
    writes.filter(line => !/"\/(dev|proc|sys)\//.test(line)),
    [],
  )
})

/** A registry file of its own folder, so that no two tests are neighbours. */
function place(t: Test, content: string | null): string {
  const file = join(t.testdir({}), 'home', 'registry.json')
  mkdirSync(dirname(file))
  if (content !== null) writeFileSync(file, content)
  return file
}

/** Replaces the file, so that nobody ever sees half of it. */
function write(file: string, content: string): void {
  writeFileSync(`${file}.new`, content)
  renameSync(`${file}.new`, file)
}

/** A request whose path no client library has touched; returns the status. */
async function rawGet({ port }: Service, path: string): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  socket.end(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])
}

/** Runs `act` for each item, at most `width` at a time. */
async function inTurns<Item>(
  items: readonly Item[],
  width: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items]
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item)
    }),
  )
}

/** Whether whoever asks for large pages gets them: from this C library, and a kernel that gives them not to all, or to nobody. */
function hugePagesOnRequest(): boolean {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  const [major = 0, minor = 0] = (header.glibcVersionRuntime ?? '').split('.').map(Number)
  if (major < 2 || (major === 2 && minor < 35)) return false
  try {
    return readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8').includes('[madvise]')
  } catch {
    return false
  }
}

t.test(
  'as npm start runs it, it asks for large pages',
  { skip: !hugePagesOnRequest() && 'NOT TESTED: large pages are given to all, or to nobody' },
  async t => {
    const file = place(t, text)
    const { env, execArgv } = readStartScript()
    const hugeKb = async (given: Readonly<Record<string, string>>): Promise<number> => {
      const service = await startService(t, { env: { INFRA_REGISTRY_FILE: file, ...given }, execArgv })
      await service.serves(text)
      const rollup = readFileSync(`/proc/${service.child.pid}/smaps_rollup`, 'utf8')
      return Number(/^AnonHugePages: +(\d+) kB$/m.exec(rollup)![1])
    }
    t.equal(await hugeKb({}), 0)
    t.ok((await hugeKb(env)) > 0)
  },
)
