// What a line has to hold, one break at a time; and that the published schema and these rules say the same.

import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { OwnChange } from '../../src/changelog/change.ts'
import { Change } from '../../src/changelog/change-schema.ts'
import { checkLine, isTimestamp } from '../../src/changelog/line-rules.ts'
import { edit } from '../fixtures/edit-world.ts'
import { prototypeNames, runs } from '../fixtures/registry-world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a line is bent in ways its type forbids
type Loose = any

const legacy = {
  ...{ timestamp: '2026-02-04T02:19:02Z', action: 'disable', owner: 'acme', repo: 'app', context: 'sandbox' },
  ...{ telemetry_repo: 'telemetry', reason: 'so', process: 'infra-cli', schema_version: '2.0' },
}
const own = {
  register: edit().changes[0]!,
  disable: edit({ action: 'disable', repo: 'app' }).changes[0]!,
  unregister: edit({ action: 'unregister', repo: 'app', confirmDelete: true }).changes[0]!,
  'retarget-org': edit({ action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true }).changes[0]!,
  'remove-org': edit({ action: 'remove-org', org: 'hollow', confirmDelete: true }).changes[0]!,
} satisfies Record<string, OwnChange>

function faultsOf(line: unknown): string[] {
  const found: string[] = []
  checkLine(line, (code, path) => found.push([code, ...path].join(' ')))
  return found
}

function check(t: Test, name: string, line: object, bend: (line: Loose) => void, ...want: string[]): void {
  const bent = structuredClone(line)
  bend(bent)
  t.strictSame(faultsOf(bent), want, name)
}

t.test('a good line has no fault', async t => {
  for (const line of [legacy, ...Object.values(own)]) t.strictSame(faultsOf(line), [])
})

t.test('a line is an object with the keys of its action', async t => {
  for (const line of [null, [], 'x', 7]) t.strictSame(faultsOf(line), ['LOG_NOT_OBJECT'])
  for (const name of [...prototypeNames, 'actor']) {
    const bent = JSON.parse(JSON.stringify(own.disable).replace('{', `{${JSON.stringify(name)}:1,`))
    t.strictSame(faultsOf(bent), [`LOG_UNKNOWN_KEY ${name}`])
  }
  check(
    t,
    'context on disable',
    own.disable,
    d => {
      d.context = 'sandbox'
    },
    'LOG_KEY_NOT_ALLOWED context',
    'LOG_KEY_ORDER context',
  )
  check(t, 'no telemetry on register', own.register, d => delete d.telemetry_repo, 'LOG_MISSING_KEY')
  check(t, 'no blob', own.register, d => delete d.registry_after, 'LOG_MISSING_KEY')
  check(t, 'no owner', legacy, d => delete d.owner, 'LOG_MISSING_KEY')
  check(
    t,
    'a repo of an organisation',
    own['remove-org'],
    d => {
      d.repo = 'x'
    },
    'LOG_KEY_NOT_ALLOWED repo',
    'LOG_KEY_ORDER repo',
  )
})

t.test('an action is one of those that are known', async t => {
  for (const line of [legacy, own.disable]) {
    check(t, 'unknown', line, d => Object.assign(d, { action: 'delete' }), 'LOG_UNKNOWN_ACTION action')
    check(t, 'no text', line, d => Object.assign(d, { action: 7 }), 'LOG_WRONG_TYPE action')
    check(t, 'none', line, d => delete d.action, 'LOG_MISSING_KEY')
  }
})

t.test('every value is a string of its kind', async t => {
  const bad: readonly (readonly [string, unknown, string])[] = [
    ['timestamp', 1, 'LOG_WRONG_TYPE'],
    ['timestamp', '2026-02-30T00:00:00Z', 'LOG_BAD_TIMESTAMP'],
    ['owner', true, 'LOG_WRONG_TYPE'],
    ['owner', 'a b', 'LOG_BAD_NAME'],
    ['repo', ['b'], 'LOG_WRONG_TYPE'],
    ['repo', '../../etc', 'LOG_BAD_NAME'],
    ['context', 'staging', 'LOG_BAD_VALUE'],
    ['telemetry_repo', 'other/tel', 'LOG_BAD_NAME'],
    ['telemetry_repo', null, 'LOG_WRONG_TYPE'],
    ['reason', '', 'LOG_BAD_VALUE'],
    ['reason', {}, 'LOG_WRONG_TYPE'],
    ['process', 'by-hand', 'LOG_BAD_VALUE'],
    ['schema_version', '2.1', 'LOG_BAD_VALUE'],
    ['schema_version', 2, 'LOG_WRONG_TYPE'],
  ]
  for (const line of [legacy, own.register]) {
    for (const [key, value, code] of bad) {
      check(
        t,
        `${key} ${JSON.stringify(value)}`,
        line,
        d => Object.assign(d, { [key]: value }),
        `${code} ${key}`,
      )
    }
  }
  check(
    t,
    'a blank reason of ours',
    own.disable,
    d => Object.assign(d, { reason: ' ' }),
    'LOG_BAD_VALUE reason',
  )
  check(
    t,
    'a blob',
    own.disable,
    d => Object.assign(d, { registry_before: 'F'.repeat(40) }),
    'LOG_BAD_VALUE registry_before',
  )
})

t.test('what stood there before is an entry, nothing, or a telemetry repository', async t => {
  const previous = (line: object, value: unknown, ...want: string[]): void =>
    check(t, JSON.stringify(value), line, d => Object.assign(d, { previous: value }), ...want)
  previous(own.register, {}, 'LOG_BAD_VALUE previous')
  previous(own.disable, null, 'LOG_BAD_VALUE previous')
  previous(
    own.disable,
    { state: 'on', context: 'sandbox', process: 'p', reason: '' },
    'LOG_BAD_VALUE previous state',
  )
  previous(own.disable, { state: 'enabled', context: 'sandbox', process: 'p', reason: '' })
  previous(own['remove-org'], null, 'LOG_BAD_VALUE previous')
  previous(own['remove-org'], { telemetry_repo: 'evil/t' }, 'LOG_BAD_VALUE previous telemetry_repo')
  previous(own['retarget-org'], { telemetry_repo: 7 }, 'LOG_BAD_VALUE previous telemetry_repo')
  previous(own['retarget-org'], { telemetry_repo: 'acme/t', x: 1 }, 'LOG_BAD_VALUE previous')
})

t.test('keys stand in their order; the first of the field wrote telemetry before context', async t => {
  const { context, telemetry_repo, reason, process, schema_version, ...head } = legacy
  t.strictSame(faultsOf({ ...head, telemetry_repo, context, reason, process, schema_version }), [])
  t.strictSame(faultsOf({ reason, ...head, process, schema_version }), ['LOG_KEY_ORDER timestamp'])
  const { timestamp, ...rest } = own.disable
  t.strictSame(faultsOf({ ...rest, timestamp }), ['LOG_KEY_ORDER timestamp'])
})

t.test('a time is one that exists, to the second, in UTC', async t => {
  for (const good of ['2026-02-28T23:59:59Z', '2024-02-29T00:00:00Z', '0001-01-01T00:00:00Z'])
    t.ok(isTimestamp(good), good)
  for (const bad of [
    ...['2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:00:60Z'],
    ...[
      '2026-01-01T00:00:00',
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:00:00+00:00',
      '2026-01-01 00:00:00Z',
      '',
    ],
  ]) {
    t.notOk(isTimestamp(bad), bad)
  }
})

t.test('the published schema and these rules take the same lines', async t => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false })
  formats.default(ajv)
  const validate = ajv.compile(JSON.parse(JSON.stringify(Change)))
  const values = fc.constantFrom<unknown>(
    ...[
      null,
      7,
      true,
      [],
      {},
      '',
      ' ',
      'acme',
      'app',
      'a/b',
      'evil/t',
      '..',
      'sandbox',
      'production',
      'staging',
      '2.0',
      '2.1',
    ],
    ...[
      'infra-cli',
      'register',
      'enable',
      'unregister',
      'remove-org',
      'retarget-org',
      'delete',
      'x'.repeat(1001),
    ],
    ...['2026-02-04T02:19:02Z', '2026-02-30T00:00:00Z', 'f'.repeat(40), 'F'.repeat(40)],
    ...[{ telemetry_repo: 'acme/t' }, { state: 'enabled', context: 'sandbox', process: 'p', reason: '' }],
    ...[
      { state: 'on', context: 'sandbox', process: 'p', reason: '' },
      { state: 'enabled', context: 'sandbox' },
    ],
  )
  const keys = fc.constantFrom(
    ...Object.keys(legacy),
    'previous',
    'registry_before',
    'registry_after',
    'actor',
  )
  const bends = fc.array(fc.tuple(keys, fc.oneof(values, fc.constant(undefined))), {
    minLength: 1,
    maxLength: 2,
  })
  let good = 0
  let bad = 0
  fc.assert(
    fc.property(fc.constantFrom<object>(legacy, ...Object.values(own)), bends, (line, changes) => {
      const bent: Record<string, unknown> = { ...line }
      for (const [key, value] of changes) {
        if (value === undefined) delete bent[key]
        else bent[key] = value
      }
      // Order, and that a redirect stays within its organisation, are beyond a schema.
      const beyond = /^LOG_KEY_ORDER|^LOG_BAD_VALUE previous telemetry_repo$/
      const rules = faultsOf(bent).filter(fault => !beyond.test(fault)).length === 0
      if (rules) good += 1
      else bad += 1
      return rules === validate(bent)
    }),
    runs(3000),
  )
  t.ok(good > 100 && bad > 1000, `${good} good, ${bad} bad`)
})
