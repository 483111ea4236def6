// Rules R2–R10, one break at a time and all together. The message is pinned once; everywhere else it is the rule,
// the code and the pointer that count.

import fc from 'fast-check'
import t, { type Test } from 'tap'
import { checkRules, isReason, type RuleCode, unsupportedVersion } from '../../src/registry/rules.ts'
import { entryOf, orgOf, prototypeNames, registries, registryOf, runs } from '../fixtures/registry-world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document is bent in ways its type forbids
type Loose = any

/** Returns what is wrong with `document`, as `rule code pointer`. */
const faultsOf = (document: unknown): string[] =>
  checkRules(document).map(({ rule, code, pointer }) => `${rule} ${code} ${pointer}`.trimEnd())

/** Returns what is wrong with a good registry once `bend` has been at it. */
function bent(bend: (document: Loose) => void): string[] {
  const document: Loose = structuredClone(registryOf())
  bend(document)
  return faultsOf(document)
}

const seen = new Set<RuleCode>()
function check(t: Test, name: string, bend: (document: Loose) => void, ...want: string[]): void {
  const got = bent(bend)
  for (const fault of got) seen.add(fault.split(' ')[1] as RuleCode)
  t.strictSame(got, want, name)
}

t.test('a registry that satisfies every rule has no fault', async t => {
  t.strictSame(faultsOf(registryOf()), [])
  t.strictSame(faultsOf({ schema_version: '2.0', orgs: {} }), [], 'the least there can be')
  fc.assert(
    fc.property(registries, document => checkRules(document).length === 0),
    runs(300),
  )
})

t.test('keys may come in any order', async t => {
  const backwards = (value: Loose): Loose =>
    value === null || typeof value !== 'object'
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, inner]) => [key, backwards(inner)]),
        )
  const document = backwards(registryOf())
  t.not(Object.keys(document)[0], 'schema_version')
  t.strictSame(faultsOf(document), [])
})

t.test('R2: the version is one that is supported, or nothing more is said', async t => {
  for (const version of [
    '2.1',
    '3.0',
    '2',
    '2.',
    '2.0 ',
    ' 2.0',
    '02.0',
    '',
    2,
    2.5,
    null,
    true,
    [],
    ['2.0'],
    {},
  ]) {
    check(
      t,
      JSON.stringify(version),
      d => Object.assign(d, { schema_version: version, orgs: 7, extra: 1 }),
      'R2 unsupported_version /schema_version',
    )
  }
  check(t, 'none', d => delete d.schema_version, 'R2 unsupported_version')
  t.strictSame(faultsOf(JSON.parse('{"__proto__":{"schema_version":"2.0"},"orgs":{}}')), [
    'R2 unsupported_version',
  ])
  t.equal(
    unsupportedVersion('3.0'),
    'unsupported schema_version (want one of "2.0"; got "3.0", a string)',
    'the message names the value and the supported set',
  )
})

t.test('R3: the top level', async t => {
  for (const document of [null, true, 7, 'x', [], [registryOf()]]) {
    t.strictSame(faultsOf(document), ['R3 wrong_type'], JSON.stringify(document).slice(0, 20))
  }
  check(t, 'no orgs', d => delete d.orgs, 'R3 missing_key')
  for (const orgs of [null, 7, 'x', []]) {
    check(t, `orgs ${JSON.stringify(orgs)}`, d => Object.assign(d, { orgs }), 'R3 wrong_type /orgs')
  }
  check(t, 'an unknown key', d => Object.assign(d, { rules: {} }), 'R3 unknown_key /rules')
  check(
    t,
    '__proto__',
    d => Object.defineProperty(d, '__proto__', { value: 1, enumerable: true }),
    'R3 unknown_key /__proto__',
  )
  check(t, 'no description', d => delete d.description)
  for (const description of [null, 7, ['x']]) {
    check(t, 'description', d => Object.assign(d, { description }), 'R3 wrong_type /description')
  }
  check(
    t,
    'half a surrogate pair',
    d => Object.assign(d, { description: 'a\ud800' }),
    'R3 bad_value /description',
  )
})

t.test('R3: generated_at is an RFC 3339 time', async t => {
  const good = ['2026-01-21T00:00:00Z', '2026-01-21t00:00:00z', '2026-01-21T23:59:59.123456+05:30']
  good.push(
    '2024-02-29T00:00:00Z',
    '0000-02-29T00:00:00Z',
    '0001-01-01T00:00:00-00:00',
    '2026-12-31T23:59:60Z',
  )
  good.push('2026-12-31T15:59:60-08:00', '2027-01-01T05:29:60+05:30')
  for (const time of good) check(t, time, d => Object.assign(d, { generated_at: time }))
  const bad = ['', '2026-01-21', '2026-01-21 00:00:00Z', '2026-01-21T00:00:00', '2026-1-21T00:00:00Z', 'now']
  bad.push('2026-02-30T00:00:00Z', '2025-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z')
  bad.push('2026-01-00T00:00:00Z', '2026-01-21T24:00:00Z', '2026-01-21T00:60:00Z', '2026-01-21T00:00:61Z')
  bad.push(
    '2026-01-21T00:00:00+24:00',
    '2026-01-21T00:00:00+0000',
    '2026-01-21T00:00:00.Z',
    '2026-01-21T00:00Z',
  )
  bad.push(
    '2026-01-21T12:00:60Z',
    '2026-12-31T23:59:60+01:00',
    ' 2026-01-21T00:00:00Z',
    '2026-01-21T00:00:00Z\n',
  )
  for (const time of [...bad, null, 7, ['2026-01-21T00:00:00Z']]) {
    check(
      t,
      JSON.stringify(time),
      d => Object.assign(d, { generated_at: time }),
      'R3 bad_timestamp /generated_at',
    )
  }
})

t.test('a message says what was wanted and what was got', async t => {
  const orgs = { a: null, b: [], c: 7, d: { repos: {} } }
  t.strictSame(
    checkRules({ schema_version: '2.0', orgs }).map(({ message }) => message),
    [
      '"a" is null (want an object)',
      '"b" is an array (want an object)',
      '"c" is a number (want an object)',
      '"telemetry_repo" is missing',
    ],
  )
})

t.test('R4: entries', async t => {
  for (const value of [null, 7, 'x', [], true]) {
    check(t, 'an organisation', d => (d.orgs.Acme = value), 'R4 wrong_type /orgs/Acme')
    check(t, 'its repositories', d => (d.orgs.Acme.repos = value), 'R4 wrong_type /orgs/Acme/repos')
    check(t, 'a repository', d => (d.orgs.Acme.repos.app = value), 'R4 wrong_type /orgs/Acme/repos/app')
  }
  for (const key of ['telemetry_repo', 'repos']) {
    check(t, `no ${key}`, d => delete d.orgs.Acme[key], 'R4 missing_key /orgs/Acme')
  }
  for (const key of ['state', 'context', 'process', 'reason']) {
    check(t, `no ${key}`, d => delete d.orgs.Acme.repos.app[key], 'R4 missing_key /orgs/Acme/repos/app')
  }
  check(t, 'more', d => (d.orgs.Acme.owner = 1), 'R4 unknown_key /orgs/Acme/owner')
  check(t, 'more', d => (d.orgs.Acme.repos.app['a/b~'] = 1), 'R4 unknown_key /orgs/Acme/repos/app/a~1b~0')
  for (const value of ['', 'Enabled', 'enabled ', 'absent', null, true, 1, ['enabled'], {}]) {
    check(t, 'state', d => (d.orgs.Acme.repos.app.state = value), 'R4 bad_value /orgs/Acme/repos/app/state')
    check(
      t,
      'context',
      d => (d.orgs.Acme.repos.app.context = value),
      'R4 bad_value /orgs/Acme/repos/app/context',
    )
  }
  for (const name of prototypeNames) {
    const bend = (d: Loose) =>
      Object.defineProperty(d.orgs.Acme.repos.app, name, { value: 'x', enumerable: true })
    check(t, name, bend, `R4 unknown_key /orgs/Acme/repos/app/${name}`)
  }
})

t.test('R5: names', async t => {
  for (const [name, pointer] of [
    ['a b', 'a b'],
    ['', ''],
    ['a/b', 'a~1b'],
    ['..', '..'],
    ['a.git', 'a.git'],
    ['é', 'é'],
    ['\u212a', '\u212a'],
  ]) {
    check(
      t,
      `repo ${name}`,
      d => (d.orgs.Acme.repos[name!] = entryOf()),
      `R5 bad_repo_name /orgs/Acme/repos/${pointer}`,
    )
  }
  for (const name of ['a b', '', '-a', 'a.b', 'é', '\u212a', 'a'.repeat(40)]) {
    check(
      t,
      `org ${name}`,
      d => (d.orgs[name] = { telemetry_repo: 'x/y', repos: {} }),
      `R5 bad_owner_name /orgs/${name}`,
      `R7 cross_org_telemetry /orgs/${name}/telemetry_repo`,
    )
  }
})

t.test('R6: two names that differ in case alone', async t => {
  check(t, 'repos', d => (d.orgs.Acme.repos.APP = entryOf()), 'R6 case_collision /orgs/Acme/repos/APP')
  check(t, 'orgs', d => (d.orgs.ACME = orgOf('ACME', {})), 'R6 case_collision /orgs/ACME')
  check(
    t,
    'three',
    d => Object.assign(d.orgs.Acme.repos, { APP: entryOf(), aPP: entryOf() }),
    'R6 case_collision /orgs/Acme/repos/APP',
    'R6 case_collision /orgs/Acme/repos/aPP',
  )
  check(t, 'in two organisations', d => (d.orgs.globex.repos.APP = entryOf()))
})

t.test('R7: telemetry belongs to the organisation, in its own spelling', async t => {
  const at = '/orgs/Acme/telemetry_repo'
  for (const value of [
    '',
    'Acme',
    'Acme/',
    '/t',
    'Acme/t/u',
    'Acme/..',
    'Acme/t.git',
    'Acme/ t',
    'Acme/t\n',
    null,
    7,
    ['Acme/t'],
  ]) {
    check(t, JSON.stringify(value), d => (d.orgs.Acme.telemetry_repo = value), `R7 bad_telemetry_repo ${at}`)
  }
  for (const value of ['globex/telemetry', 'acme/telemetry', 'ACME/telemetry', 'Acme-/telemetry']) {
    check(t, value, d => (d.orgs.Acme.telemetry_repo = value), `R7 cross_org_telemetry ${at}`)
  }
  check(t, 'any name of its own', d => (d.orgs.Acme.telemetry_repo = 'Acme/__proto__'))
})

t.test('R8: the telemetry repository is not registered, in any case', async t => {
  for (const name of ['telemetry', 'Telemetry', 'TELEMETRY']) {
    check(t, name, d => (d.orgs.Acme.repos[name] = entryOf()), `R8 telemetry_self /orgs/Acme/repos/${name}`)
  }
  check(t, 'of another organisation it may', d => (d.orgs.globex.telemetry_repo = 'globex/app'))
})

t.test('R9: names that bite are names', async t => {
  check(t, 'repos', d => {
    for (const name of prototypeNames)
      Object.defineProperty(d.orgs.Acme.repos, name, { value: entryOf(), enumerable: true })
  })
  check(t, 'an organisation', d => (d.orgs.constructor = orgOf('constructor', {})))
})

t.test('R10: process', async t => {
  const put = (value: unknown) => (d: Loose) => (d.orgs.Acme.repos.app.process = value)
  for (const value of ['a', '0', 'infra-cli', 'a-', 'a'.repeat(64)]) check(t, value, put(value))
  for (const value of ['', '-a', 'A', 'a_b', 'a b', 'a\n', 'é', 'a'.repeat(65), null, 7, ['a']]) {
    check(t, JSON.stringify(value), put(value), 'R10 bad_process /orgs/Acme/repos/app/process')
  }
})

t.test('R10: reason', async t => {
  const put = (value: unknown) => (d: Loose) => (d.orgs.Acme.repos.app.reason = value)
  for (const value of ['', ' ', 'é "😀" \\', 'x'.repeat(1000), '😀'.repeat(1000), 'a\u00a0b'])
    check(t, `${value.length} units`, put(value))
  const bad = [
    'a\nb',
    'a\r',
    '\t',
    '\0',
    'a\u0085',
    'a\u2028',
    'a\u2029b',
    '\u007f',
    '\u009b',
    'a\ud800',
    '\udc00',
  ]
  for (const value of [
    ...bad,
    'x'.repeat(1001),
    '😀'.repeat(1001),
    `${'😀'.repeat(1000)}x`,
    null,
    7,
    ['a'],
  ]) {
    check(
      t,
      `not ${JSON.stringify(value).length} of these`,
      put(value),
      'R10 bad_reason /orgs/Acme/repos/app/reason',
    )
  }
  const start = performance.now()
  t.notOk(isReason('x'.repeat(50_000_000)))
  t.ok(performance.now() - start < 2000, 'a huge one is refused without being taken apart')
})

t.test('every violation is reported, in document order', async t => {
  const entry = { state: 'on', context: 'test', process: 'P', reason: 'a\nb', note: 1 }
  const document = {
    schema_version: '2.0',
    generated_at: 'today',
    orgs: {
      Acme: { telemetry_repo: 'other/t', repos: { app: entry, 'b c': null, APP: {} } },
      acme: { telemetry_repo: 'acme/app', repos: { App: entryOf() }, extra: true },
      'x y': 7,
    },
    more: null,
  }
  t.strictSame(faultsOf(document), [
    'R3 unknown_key /more',
    'R3 bad_timestamp /generated_at',
    'R7 cross_org_telemetry /orgs/Acme/telemetry_repo',
    'R4 unknown_key /orgs/Acme/repos/app/note',
    'R4 bad_value /orgs/Acme/repos/app/state',
    'R4 bad_value /orgs/Acme/repos/app/context',
    'R10 bad_process /orgs/Acme/repos/app/process',
    'R10 bad_reason /orgs/Acme/repos/app/reason',
    'R5 bad_repo_name /orgs/Acme/repos/b c',
    'R4 wrong_type /orgs/Acme/repos/b c',
    'R6 case_collision /orgs/Acme/repos/APP',
    'R4 missing_key /orgs/Acme/repos/APP',
    'R4 missing_key /orgs/Acme/repos/APP',
    'R4 missing_key /orgs/Acme/repos/APP',
    'R4 missing_key /orgs/Acme/repos/APP',
    'R6 case_collision /orgs/acme',
    'R4 unknown_key /orgs/acme/extra',
    'R8 telemetry_self /orgs/acme/repos/App',
    'R5 bad_owner_name /orgs/x y',
    'R4 wrong_type /orgs/x y',
  ])
})

t.test('every code of the rules has been seen', async t => {
  const codes: Record<RuleCode, true> = {
    unsupported_version: true,
    wrong_type: true,
    missing_key: true,
    unknown_key: true,
    bad_value: true,
    bad_timestamp: true,
    bad_owner_name: true,
    bad_repo_name: true,
    case_collision: true,
    bad_telemetry_repo: true,
    cross_org_telemetry: true,
    telemetry_self: true,
    bad_process: true,
    bad_reason: true,
  }
  t.strictSame([...seen].sort(), Object.keys(codes).sort())
})

t.test('no document makes it throw', async t => {
  const keys = fc.constantFrom(
    'schema_version',
    'orgs',
    'Acme',
    'repos',
    'telemetry_repo',
    'state',
    '__proto__',
    'x y',
  )
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.constantFrom('2.0', 'Acme/t', 'enabled', null, 7, ''),
      fc.dictionary(keys, tie('value'), { noNullPrototype: true }),
      fc.array(tie('value'), { maxLength: 2 }),
    ),
  }))
  fc.assert(
    fc.property(
      value,
      part =>
        Array.isArray(checkRules({ schema_version: '2.0', orgs: part })) && Array.isArray(checkRules(part)),
    ),
    runs(1000),
  )
  t.pass('held')
})
