// The one validator over bytes: all violations together, each with its place, and a whole refusal.

import fc from 'fast-check'
import t from 'tap'
import { renderDiagnostic } from '../../src/core/diagnostic.ts'
import { parseJson, renderCanonical } from '../../src/core/json.ts'
import { locatePointers } from '../../src/core/json-pointer.ts'
import { checkRegistry, parseRegistry, RegistryError, readRegistry } from '../../src/registry/parse.ts'
import { findFrame, readParts } from '../../src/registry/parts.ts'
import { checkRules } from '../../src/registry/rules.ts'
import { bytesOf, entryOf, orgOf, owners, registries, registryOf, runs } from '../fixtures/registry-world.ts'

/** Returns what is wrong with `text`, as `line:column rule code pointer`. */
const faultsOf = (text: string | Uint8Array): string[] =>
  checkRegistry(Buffer.from(text as string), 'r.json').map(({ line, column, rule, code, pointer }) =>
    `${line}:${column} ${rule} ${code} ${pointer}`.trimEnd(),
  )

const good = bytesOf(registryOf()).toString()

t.test('a registry is parsed', async t => {
  t.strictSame(parseRegistry(Buffer.from(good), 'r.json'), registryOf())
  t.strictSame(checkRegistry(Buffer.from(good), 'r.json'), [])
  fc.assert(
    fc.property(registries, document => {
      const bytes = bytesOf(document)
      return bytesOf(parseRegistry(bytes, 'r.json')).equals(bytes)
    }),
    runs(200),
  )
})

t.test('every violation is told with its line and column, in document order', async t => {
  const text = `{
  "schema_version": "2.0",
  "generated_at": "today",
  "orgs": {
    "Acme": {
      "telemetry_repo": "other/t",
      "repos": {
        "app": {
          "state": "on",
          "context": "sandbox",
          "process": "P",
          "note": 1
        },
        "a/b": null,
        "APP": {
          "state": "enabled",
          "context": "sandbox",
          "process": "p",
          "reason": ""
        }
      }
    }
  },
  "__proto__": null
}
`
  t.strictSame(faultsOf(text), [
    '3:3 R3 bad_timestamp /generated_at',
    '6:7 R7 cross_org_telemetry /orgs/Acme/telemetry_repo',
    '8:9 R4 missing_key /orgs/Acme/repos/app',
    '9:11 R4 bad_value /orgs/Acme/repos/app/state',
    '11:11 R10 bad_process /orgs/Acme/repos/app/process',
    '12:11 R4 unknown_key /orgs/Acme/repos/app/note',
    '14:9 R5 bad_repo_name /orgs/Acme/repos/a~1b',
    '14:9 R4 wrong_type /orgs/Acme/repos/a~1b',
    '15:9 R6 case_collision /orgs/Acme/repos/APP',
    '24:3 R3 unknown_key /__proto__',
  ])
})

t.test('what is told does not depend on how a registry is read', async t => {
  const whole = (bytes: Buffer): string[] => {
    const { value } = parseJson(bytes)
    const broken = checkRules(value)
    const places = locatePointers(bytes.toString(), new Set(broken.map(({ pointer }) => pointer)))
    return broken.map(({ rule, code, pointer }) => {
      const { line, column } = places.get(pointer)!
      return `${line}:${column} ${rule} ${code} ${pointer}`
    })
  }
  const entry = fc.constantFrom<object | null>(
    ...[
      entryOf(),
      entryOf({ reason: 'x'.repeat(900) }),
      entryOf({ reason: '\n' }),
      { ...entryOf(), more: [] },
      null,
    ],
  )
  const repos = fc.dictionary(fc.constantFrom('app', 'APP', 'a~b', '__proto__', 'telemetry', '12'), entry)
  const org = fc.record({
    telemetry_repo: fc.constantFrom('a/telemetry', 7),
    repos: fc.oneof(repos, fc.constant([])),
  })
  const name = fc.oneof(fc.constantFrom('a', 'A', '__proto__', 'not/a name', '12', '3'), owners)
  let [broken, parts] = [0, 0]
  fc.assert(
    fc.property(fc.dictionary(name, org, { minKeys: 20, maxKeys: 60 }), orgs => {
      const bytes = Buffer.from(renderCanonical({ schema_version: '2.0', orgs }))
      readParts(bytes, findFrame(bytes)!, () => {
        parts += 1
      })
      const want = whole(bytes)
      broken += want.length
      t.strictSame(faultsOf(bytes), want)
    }),
    runs(100),
  )
  t.ok(broken > 100 && parts > 100, `${broken} violations, ${parts} parts`)
})

t.test('others may have the core between two parts', async t => {
  const reasons = entryOf({ reason: 'x'.repeat(900) })
  const orgs = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`org-${i}`, orgOf(`org-${i}`, { app: reasons })]),
  )
  const taken: string[] = []
  const pauses: number[] = []
  const giveWay = () => pauses.push(taken.length)
  const frame = readRegistry(bytesOf(registryOf(orgs)), {
    file: 'r',
    take: name => taken.push(name),
    giveWay,
  })
  t.strictSame(frame, { ...registryOf({}), orgs: {} })
  t.strictSame(taken, Object.keys(orgs))
  t.ok(pauses.length >= 5, `${pauses} organisations were read at each pause`)
})

t.test('there may be more violations than a call takes arguments', async t => {
  const repos = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`r${i}`, null]))
  const document = registryOf({ acme: orgOf('acme', repos as never) })
  t.equal(checkRegistry(bytesOf(document), 'r.json').length, 200_000)
  t.equal(checkRegistry(bytesOf({ ...document, more: 1 }), 'r.json').length, 200_001)
})

t.test('an organisation behind a broken one is not handed out', async t => {
  const orgs = { a: orgOf('a', {}), b: { ...orgOf('b', {}), more: 1 }, c: orgOf('c', {}) }
  const taken: string[] = []
  const read = () => readRegistry(bytesOf(registryOf(orgs)), { file: 'r', take: name => taken.push(name) })
  t.throws(read, { code: 'REGISTRY_INVALID' })
  t.strictSame(taken, ['a'])
})

t.test('a registry without organisations is one', async t => {
  const read = () => readRegistry(bytesOf(registryOf({})), { file: 'r', take: () => t.fail('there is none') })
  t.strictSame(read(), registryOf({}))
})

t.test('R1 and the other rules are told together', async t => {
  const twice = good.replace('"state": "enabled"', '"state": "on",\n          "state": "off"')
  t.strictSame(faultsOf(twice), [
    '11:11 R1 duplicate_key /orgs/Acme/repos/app/state',
    '11:11 R4 bad_value /orgs/Acme/repos/app/state',
  ])
  t.strictSame(faultsOf(JSON.stringify({ schema_version: '2.0', orgs: [] })), [
    '1:2 R1 not_canonical',
    '1:25 R3 wrong_type /orgs',
  ])
})

t.test('R1 refuses what is not the canonical text', async t => {
  const table = [
    ['CRLF', good.replaceAll('\n', '\r\n'), 'crlf'],
    ['a byte-order mark', `\ufeff${good}`, 'byte_order_mark'],
    ['no newline at the end', good.trimEnd(), 'not_canonical'],
    ['a second document', good + good, 'trailing_text'],
    ['cut off', good.slice(0, -20), 'not_json'],
    ['empty', '', 'not_json'],
    ['minified', JSON.stringify(registryOf()), 'not_canonical'],
    ['four spaces', `${JSON.stringify(registryOf(), null, 4)}\n`, 'not_canonical'],
    ['deep', `${'{"orgs":'.repeat(5000)}1${'}'.repeat(5000)}`, 'too_deep'],
  ] as const
  for (const [name, text, code] of table) {
    const found = checkRegistry(Buffer.from(text), 'r.json')
    t.strictSame(
      found.map(({ rule, code }) => [rule, code]),
      [['R1', code]],
      name,
    )
  }
  const latin = Buffer.from(good.replace('made', 'm\u00e9de'), 'latin1')
  t.match(checkRegistry(latin, 'r.json'), [{ rule: 'R1', code: 'not_utf8', line: 4 }])
})

t.test('every prefix of a registry is refused', async t => {
  const bytes = Buffer.from(good)
  const taken: number[] = []
  for (let length = 0; length < bytes.length; length++) {
    if (checkRegistry(bytes.subarray(0, length), 'r.json').length === 0) taken.push(length)
  }
  t.strictSame(taken, [])
})

t.test('a refusal', async t => {
  t.test('is REGISTRY_INVALID with every violation', async t => {
    const bytes = bytesOf({ ...registryOf(), a: 1, b: 2 })
    t.throws(() => parseRegistry(bytes, 'r.json'), {
      name: 'RegistryError',
      code: 'REGISTRY_INVALID',
      violations: [{ code: 'unknown_key' }, { code: 'unknown_key' }],
    })
  })

  t.test('is REGISTRY_VERSION_UNSUPPORTED when the version is not known, whatever else is wrong', async t => {
    for (const version of ['3.0', '2.1', 2, undefined]) {
      const document = { ...registryOf(), schema_version: version }
      for (const text of [bytesOf(document), Buffer.from(JSON.stringify(document))]) {
        t.throws(() => parseRegistry(text, 'r.json'), { code: 'REGISTRY_VERSION_UNSUPPORTED' })
      }
    }
  })

  t.test('reads as its first violation and the number of the others', async t => {
    const violations = checkRegistry(bytesOf({ ...registryOf(), a: 1, b: 2 }), 'r.json')
    t.equal(
      new RegistryError(violations).message,
      'r.json:41:3 error unknown_key unknown key "a" (want only schema_version, orgs, generated_at, description) (and 1 more)',
    )
    t.equal(new RegistryError(violations.slice(0, 1)).message, renderDiagnostic(violations[0]!))
  })
})

t.test('no bytes make it throw anything else', async t => {
  const bytes = Buffer.from(good)
  const pieces = ['', '{', '}', '"', ',', '\n', '\\', 'null', '[', '\ufeff', '"__proto__": 1,'].map(text =>
    Buffer.from(text),
  )
  let refused = 0
  fc.assert(
    fc.property(
      fc.nat({ max: bytes.length }),
      fc.nat({ max: 6 }),
      fc.constantFrom(...pieces),
      (at, cut, put) => {
        const other = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
        const violations = checkRegistry(other, 'r.json')
        if (violations.length > 0) refused += 1
        return (
          other.equals(bytes) ||
          violations.every(({ line, column, file }) => line > 0 && column > 0 && file === 'r.json')
        )
      },
    ),
    runs(1500),
  )
  t.ok(refused > 1000 || refused > 0.6 * Number(process.env.CHAOS_RUNS), 'and most were refused')
})
