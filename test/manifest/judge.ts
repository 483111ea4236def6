// One answer, judged: a good one, and then one thing changed in it.

import fc from 'fast-check'
import t from 'tap'
import { judgeAnswer } from '../../src/manifest/judge.ts'

const declared = { name: 'press', environment: 'prod' }
const good = {
  status: 'pass',
  name: 'press',
  version: '1.4.0',
  environment: 'prod',
  since: '2026-03-02T09:00:00Z',
}

function judge(document: unknown, status = 200, who: Parameters<typeof judgeAnswer>[0] = declared) {
  const text = typeof document === 'string' ? document : JSON.stringify(document)
  return judgeAnswer(who, { status, contentType: 'application/health+json', body: Buffer.from(text) })
}

t.test('a good answer', async t => {
  t.strictSame(judge(good), {
    state: 'ready',
    version: '1.4.0',
    since: '2026-03-02T09:00:00.000Z',
    detail: null,
  })
})

t.test('the status says the state, in every word that the draft knows', async t => {
  const table: readonly (readonly [status: string, state: string])[] = [
    ['pass', 'ready'],
    ['PASS', 'ready'],
    ['ok', 'ready'],
    ['up', 'ready'],
    ['warn', 'degraded'],
    ['fail', 'not_ready'],
    ['error', 'not_ready'],
    ['Down', 'not_ready'],
  ]
  for (const [status, state] of table) t.equal(judge({ ...good, status }).state, state, status)
})

t.test('a status code that refuses is believed, whatever the document says', async t => {
  t.match(judge({ ...good, status: 'fail', output: 'pin_invalid: no pin' }, 503), {
    state: 'not_ready',
    detail: 'pin_invalid: no pin',
  })
  t.match(judge(good, 503), { state: 'not_ready', detail: '"pass" with status 503' })
  t.match(judge(good, 404), { state: 'not_ready' })
  t.match(judge({ ...good, status: 'warn' }, 299), { state: 'degraded' })
})

t.test('somebody else is somebody else, however well', async t => {
  for (const status of [200, 503]) {
    t.match(judge({ ...good, name: 'mill' }, status), {
      state: 'wrong_identity',
      detail: 'says that its name is "mill" (want "press")',
      version: null,
      since: null,
    })
    t.match(judge({ ...good, environment: 'dev' }, status), {
      state: 'wrong_identity',
      detail: 'says that its environment is "dev" (want "prod")',
    })
  }
  t.equal(judge({ ...good, name: 'Press' }).state, 'wrong_identity', 'names have a case')
  t.equal(judge({ ...good, name: null }).state, 'wrong_identity')
})

t.test('who says nothing, or of whom nothing is declared, contradicts nothing', async t => {
  const { name: _, environment: __, ...silent } = good
  t.equal(judge(silent).state, 'ready')
  t.equal(judge(good, 200, { name: null, environment: null }).state, 'ready')
})

t.test('what is no health document', async t => {
  const html = '<!doctype html><title>Welcome</title>'
  const answer = { status: 200, contentType: 'text/html', body: Buffer.from(html) }
  t.strictSame(judgeAnswer(declared, answer), {
    state: 'not_health',
    version: null,
    since: null,
    detail: '200, no health document (text/html)',
  })
  t.match(judgeAnswer(declared, { ...answer, contentType: null }), {
    detail: '200, no health document (no content type)',
  })
  t.match(judgeAnswer(declared, { ...answer, status: 302 }), {
    state: 'not_health',
    detail: '302, a redirect, which is not followed',
  })
  for (const document of [
    ...['', 'null', '[]', '"pass"', '{"status":', '{}'],
    ...[
      '{"status":"well"}',
      '{"status":1}',
      '{"status":["pass"]}',
      '{"__proto__":{"status":"pass"}}',
      '{"status":"constructor"}',
    ],
  ]) {
    t.equal(judge(document).state, 'not_health', document)
  }
  const body = Buffer.concat([Buffer.from('{"status":"pass","x":"'), Buffer.of(0xff), Buffer.from('"}')])
  t.equal(judgeAnswer(declared, { ...answer, body }).state, 'not_health', 'not UTF-8')
})

t.test('since when is taken in its one form only', async t => {
  const table: readonly (readonly [since: unknown, taken: string | null])[] = [
    ['2026-03-02T10:00:00.5+01:00', '2026-03-02T09:00:00.500Z'],
    ['2026-02-31T25:00:00Z', null],
    ['yesterday', null],
    ['2026-03-02', null],
    [1_772_442_000_000, null],
    [undefined, null],
  ]
  for (const [since, taken] of table) t.equal(judge({ ...good, since }).since, taken, String(since))
})

t.test('nothing of an answer can be obeyed by a terminal, or is long', async t => {
  const evil = '\u001b[2J\u009b31m\r\n\u202e'
  const shown = [
    judge({ ...good, version: evil + 'x'.repeat(500) }).version,
    judge({ ...good, status: 'fail', output: evil }, 503).detail,
    judge({ ...good, name: evil + 'x'.repeat(5_000) }).detail,
    judgeAnswer(declared, { status: 200, contentType: evil, body: Buffer.of() }).detail,
  ]
  for (const text of shown) {
    t.ok(text !== null && text !== '')
    t.notMatch(text, /[\p{C}]/u)
    t.ok(text!.length < 500)
  }
  t.equal(judge({ ...good, version: 7 }).version, null)
})

t.test('no answer makes it fail', async t => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  for (const [key, state] of [
    ['status', 'not_health'],
    ['name', 'wrong_identity'],
    ['version', 'ready'],
  ] as const) {
    for (const value of [deep, '{"toString":false}', '{"toJSON":1}', 'null', '1e999']) {
      const { [key]: _, ...rest } = good
      t.equal(judge(`{"${key}":${value},${JSON.stringify(rest).slice(1)}`).state, state, key)
    }
  }
  const anything = fc.record(
    { status: fc.anything(), name: fc.anything(), version: fc.anything(), since: fc.anything() },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(anything, fc.integer({ min: 100, max: 999 }), (document, status) => {
      let text: string
      try {
        text = JSON.stringify(document)
      } catch {
        return true // a cycle or a big integer: no JSON text says it
      }
      return typeof judge(text, status).state === 'string'
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), body => {
      return judgeAnswer(declared, { status: 200, contentType: null, body }).state === 'not_health'
    }),
  )
})
