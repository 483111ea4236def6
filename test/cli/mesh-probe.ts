// `infra mesh probe`: whom it asks, how the picture is told, and with which exit code.

import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { readExposition } from '../fixtures/exposition.ts'
import { freePort, healthOf, sendHealth, serveHttp, serveSilence } from '../fixtures/health-world.ts'
import { infraHere, type Said } from '../fixtures/home-world.ts'
import { writeMesh } from '../fixtures/mesh-file.ts'

const NOW = new Date('2026-03-02T09:30:00.250Z')
const SINCE = '2026-03-02T08:00:00.000Z'
const ESC = '\u001b'

type Over = Parameters<typeof infraHere>[1]

function probe(mesh: string, words: readonly string[] = [], over: Over = {}): Promise<Said> {
  return infraHere(['mesh', 'probe', '--hosts', mesh, ...words], { now: () => NOW, ...over })
}

/** A service that answers as `document` says at the time. */
async function serve(t: Parameters<typeof serveHttp>[0], document: { current: object }): Promise<number> {
  return serveHttp(t, (_request, response) => sendHealth(response, document.current))
}

t.test('all up', async t => {
  const port = await serve(t, { current: healthOf('press', { since: SINCE }) })
  const mesh = writeMesh(t, { press: { port } })
  const { code, stdout, stderr } = await probe(mesh)
  t.strictSame([code, stderr], [0, ''])
  const told = stdout.replace(String(port), 'PORT').replace(/ +\d+ ms/, '  N ms')
  t.equal(
    told,
    `SERVICE  ENVIRONMENT  HOST   PORT  STATE  VERSION  LATENCY  SINCE
press    prod         lime  PORT  ready  1.4.0  N ms  2026-03-02T08:00:00Z

1 of 1 up: 1 ready
`,
  )
  t.test('as JSON', async t => {
    for (const words of [['--json'], ['--format', 'json']]) {
      const said = await probe(mesh, words)
      t.equal(said.code, 0)
      const { services, ...sum } = JSON.parse(said.stdout)
      t.strictSame(sum, { time: NOW.toISOString(), all_up: true, up: 1, total: 1, unasked: [] })
      t.match(services, [
        { service: 'press', address: '127.0.0.1', port, state: 'ready', latency_ms: Number },
      ])
    }
  })
  t.test('as an exposition', async t => {
    const said = await probe(mesh, ['--format', 'prometheus'])
    const samples = readExposition(said.stdout)
    t.strictSame([said.code, said.stderr], [0, ''])
    t.match(samples[0], { name: 'infra_mesh_service_up', value: 1 })
    t.equal(samples[0]!.labels.get('port'), String(port))
  })
})

t.test('one that is not up is told, and the exit code is 1', async t => {
  const port = await serve(t, { current: healthOf('press', { status: 'warn', output: 'disk nearly full' }) })
  t.match(await probe(writeMesh(t, { press: { port } })), { code: 0 }, 'degraded is up')
  const mesh = writeMesh(t, { press: { port }, mill: { port: await freePort() }, batch: { host: 'lime' } })
  for (const words of [[], ['--json'], ['--format', 'prometheus']]) {
    t.match(await probe(mesh, words), { code: 1, stderr: '' }, words.join(' '))
  }
  const { stdout } = await probe(mesh)
  t.match(
    stdout,
    '  mill: connection refused\n  press: disk nearly full\n\n1 of 2 up: 1 degraded, 1 stopped\n',
  )
  t.match(stdout, 'not asked, for want of a host or a port: batch\n')
  t.match(JSON.parse((await probe(mesh, ['--json'])).stdout), { all_up: false, unasked: ['batch'] })
})

t.test('the deadline is kept', async t => {
  const mesh = writeMesh(t, { oven: { port: await serveSilence(t) } })
  const begun = performance.now()
  t.match(await probe(mesh, ['--deadline', '200']), { code: 1, stdout: /no whole answer within 200 ms/ })
  const took = performance.now() - begun
  t.ok(took >= 199 && took < 3_000, `${took} ms`)
})

t.test('the manifests below a folder say whom to ask', async t => {
  const port = await serve(t, { current: healthOf('press') })
  const mesh = writeMesh(t, { other: { port: await freePort() } })
  const root = dirname(mesh)
  const manifest = (host: string, more = '') =>
    `apiVersion: infra/v1\nproject: press\nprovider: mac\nservice:\n  host: ${host}\n  port: ${port}\n${more}`
  writeFileSync(join(root, '.infra.yaml'), manifest('lime'))
  writeFileSync(join(root, '.infra.dev.yaml'), manifest('fennel', 'environment: dev\n'))
  const { code, stdout } = await probe(mesh, ['--root', root, '--json'])
  t.equal(code, 1)
  t.match(JSON.parse(stdout), {
    total: 2,
    services: [
      { service: 'press', environment: 'prod', state: 'ready' },
      { service: 'press.dev', environment: 'dev', host: 'fennel', address: null, state: 'no_address' },
    ],
  })
  t.test('unless one of them is wrong: the picture would have a hole', async t => {
    writeFileSync(join(root, '.infra.dev.yaml'), manifest('fennel', 'colour: red\n'))
    t.match(await probe(mesh, ['--root', root]), { code: 1, stdout: '', stderr: /colour/ })
    writeFileSync(join(root, '.infra.dev.yaml'), manifest('fennel'))
    t.match(await probe(mesh, ['--root', root]), { code: 1, stdout: '', stderr: /RULE_DUPLICATE_SERVICE/ })
  })
})

t.test('nobody to ask is no mesh that is well', async t => {
  const mesh = writeMesh(t, { batch: {} })
  t.match(await probe(mesh), { code: 1, stdout: '', stderr: /^infra: PROBE_NOTHING .*infra mesh apply/ })
  const said = await probe(mesh, ['--json'])
  t.match(JSON.parse(said.stdout), { error: { code: 'PROBE_NOTHING' } })
  t.match(await probe(join(dirname(mesh), 'no.json')), { code: 1, stderr: /PUBLISH_SOURCE_MISSING/ })
  writeFileSync(mesh, '{')
  t.match(await probe(mesh), { code: 1, stderr: /MESH_NOT_JSON/ })
})

t.test('its help lists every option, and writes nothing about a home', async t => {
  const { code, stdout } = await infraHere(['mesh', 'probe', '--help'])
  const listed = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name)
  t.strictSame(
    [code, ...listed.sort()],
    [0, '--concurrency', '--deadline', '--format', '--help', '--hosts', '--json', '--root', '--watch'],
  )
})

t.test('words that mean nothing', async t => {
  const mesh = writeMesh(t, { press: { port: 1 } })
  const table: readonly (readonly [words: string[], said: RegExp])[] = [
    [['--format', 'xml'], /Allowed choices are text, json, prometheus/],
    [['--deadline', '9'], /Want a whole number from 10 to 600000/],
    [['--deadline', '1e3'], /Want a whole number/],
    [['--concurrency', '0'], /Want a whole number from 1 to 256/],
    [['--watch', '0'], /Want a whole number from 1 to 86400/],
    [['--watch', '--format', 'prometheus'], /USAGE_CONTRADICTION/],
    [['extra'], /too many arguments/],
  ]
  for (const [words, said] of table) {
    t.match(await probe(mesh, words), { code: 2, stdout: '', stderr: said }, words.join(' '))
  }
  t.match(await infraHere(['mesh', 'probe']), { code: 2, stderr: /required option '--hosts <file>'/ })
})

t.test('on a terminal', async t => {
  const port = await serve(t, { current: healthOf('press') })
  const mesh = writeMesh(t, { press: { port }, mill: { port: await freePort() } })
  const both = { terminal: { out: true, err: true } }
  t.test('states have colours, and progress is told on the other output and taken away', async t => {
    const { stdout, stderr } = await probe(mesh, [], both)
    t.match(stdout, `${ESC}[32mready`)
    t.match(stdout, `${ESC}[31mstopped`)
    t.equal(stderr, `\r${ESC}[Kasked 1 of 2\r${ESC}[Kasked 2 of 2\r${ESC}[K`)
  })
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    t.test(`there is no colour with ${Object.keys(env)}`, async t => {
      t.notMatch((await probe(mesh, [], { ...both, env })).stdout, ESC)
    })
  }
  t.match(
    (await probe(mesh, [], { ...both, env: { NO_COLOR: '' } })).stdout,
    ESC,
    'an empty NO_COLOR is none',
  )
  t.test('programs get neither', async t => {
    for (const words of [['--json'], ['--format', 'prometheus']]) {
      const { stdout, stderr } = await probe(mesh, words, both)
      t.notMatch(stdout, ESC)
      t.equal(stderr, '')
    }
  })
})

t.test('--watch', async t => {
  const document = { current: healthOf('press') }
  const port = await serve(t, document)
  const mesh = writeMesh(t, { press: { port } })

  /** Watches until `rounds` were printed; `after` is told of each. */
  async function watch(
    words: readonly string[],
    rounds: number,
    after: (round: number) => void,
    over: Over = {},
  ) {
    const controller = new AbortController()
    const printed: string[] = []
    let clock = NOW.getTime()
    const said = await probe(mesh, ['--watch', '1', ...words], {
      interrupt: () => controller.signal,
      now: () => {
        clock += 1_000
        return new Date(clock)
      },
      out: text => {
        printed.push(text)
        after(printed.length)
        if (printed.length === rounds) controller.abort()
      },
      ...over,
    })
    return { ...said, printed }
  }

  t.test('looks again, and remembers since when', async t => {
    const { code, printed } = await watch(['--json'], 3, round => {
      if (round === 2) document.current = healthOf('press', { status: 'fail' })
    })
    t.equal(code, 1, 'as the last picture says')
    t.ok(
      printed.every(text => text.indexOf('\n') === text.length - 1),
      'one document on each line',
    )
    const seen = printed.map(text => JSON.parse(text).services[0])
    const at = (s: number) => new Date(NOW.getTime() + s * 1_000).toISOString()
    t.match(seen, [
      { state: 'ready', since: at(1) },
      { state: 'ready', since: at(1) },
      { state: 'not_ready', since: at(3) },
    ])
  })

  t.test('redraws a terminal, and no file', async t => {
    document.current = healthOf('press')
    const drawn = await watch([], 1, () => {}, { terminal: { out: true, err: false } })
    t.equal(drawn.code, 0)
    t.equal(drawn.printed[0]!.indexOf(`${ESC}[H${ESC}[J2026-03-02T09:30:01.250Z\n\nSERVICE`), 0)
    const written = await watch([], 1, () => {})
    t.notMatch(written.printed[0], ESC)
    t.match(written.printed[0], /^2026-03-02T09:30:01\.250Z\n\nSERVICE[\s\S]*1 of 1 up: 1 ready\n\n$/)
  })

  t.test('an interrupt before there was a picture says that not all is well', async t => {
    const silent = writeMesh(t, { oven: { port: await serveSilence(t) } })
    const controller = new AbortController()
    const watching = probe(silent, ['--watch', '--deadline', '60000'], { interrupt: () => controller.signal })
    setImmediate(() => controller.abort())
    t.match(await watching, { code: 1, stdout: '', stderr: '' })
  })
})
