// The schema and the rules are two tellings of one contract: over generated documents, good and bent, they agree on
// everything that a schema can express.

import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fc from 'fast-check'
import t from 'tap'
import { checkRules, type RuleCode } from '../../src/registry/rules.ts'
import { RegistryDocument } from '../../src/registry/schema.ts'
import { prototypeNames, registries, registryOf, runs } from '../fixtures/registry-world.ts'

const ajv = new Ajv2020({ strict: true })
formats.default(ajv)
const validate = ajv.compile(JSON.parse(JSON.stringify(RegistryDocument)))

/** What compares two places of a document, which a schema cannot. */
const beyond: readonly RuleCode[] = ['case_collision', 'cross_org_telemetry', 'telemetry_self']

const agree = (document: unknown): 'good' | 'bad' | undefined => {
  const good = checkRules(document).every(({ code }) => beyond.includes(code))
  if (validate(document) !== good) return undefined
  return good ? 'good' : 'bad'
}

const names = [
  ...prototypeNames,
  'schema_version',
  'orgs',
  'repos',
  'state',
  'reason',
  'x',
  'X',
  'x y',
  '',
  '.',
  '..',
  'a.git',
  'a_b',
  'a_b_c',
  'a_',
  '-a',
  'a-',
  '\u212aick',
  'é',
  'a/b',
  'a\n',
  '7',
  'a'.repeat(39),
  'a'.repeat(40),
  'a'.repeat(100),
  'a'.repeat(101),
  `a_${'b'.repeat(98)}`,
  `a_${'b'.repeat(99)}`,
]
const values: readonly unknown[] = [
  null,
  true,
  0,
  7,
  '',
  'x',
  [],
  {},
  '2.0',
  '2.1',
  'enabled',
  'sandbox',
  'production',
  'Enabled',
  'infra-cli',
  'Infra',
  'a'.repeat(64),
  'a'.repeat(65),
  'a'.repeat(1000),
  'a'.repeat(1001),
  '😀'.repeat(1000),
  '😀'.repeat(1001),
  'a\nb',
  'a\u0085',
  'a\u2028',
  'o/t',
  'o/t/u',
  'o/.git',
  'o/..',
  'o_p/t',
  `${'o'.repeat(40)}/t`,
  '\u212a/t',
  `o_${'p'.repeat(98)}/t`,
  `o_${'p'.repeat(99)}/t`,
  `o/${'t'.repeat(100)}`,
  `o/${'t'.repeat(101)}`,
  '2026-01-21T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-21',
  '2026-12-31T23:59:60Z',
  '2026-01-21T12:00:60Z',
  '2026-01-21T24:00:00Z',
  '2026-01-21T00:00:00',
  '2026-01-21T00:00:00.5+05:30',
  '2026-01-21T00:00:00+24:00',
]

type Bend = { at: number; how: 'drop' | 'put' | 'add' | 'rename'; name: string; value: unknown }
const bends: fc.Arbitrary<Bend> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('drop', 'put', 'add', 'rename'),
  name: fc.constantFrom(...names),
  value: fc.constantFrom(...values),
})

/** Returns a copy of `document` with one thing done to one of its members. */
function bend(document: unknown, { at, how, name, value }: Bend): unknown {
  const copy: unknown = structuredClone(document)
  const members: [holder: Record<string, unknown>, key: string][] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return
    for (const [key, child] of Object.entries(node)) {
      members.push([node as Record<string, unknown>, key])
      visit(child)
    }
  }
  visit(copy)
  if (members.length === 0) return copy
  const [holder, key] = members[at % members.length]!
  const set = (to: string, what: unknown) =>
    Object.defineProperty(holder, to, { value: what, enumerable: true, configurable: true, writable: true })
  if (how === 'put') set(key, structuredClone(value))
  if (how === 'add') set(name, structuredClone(value))
  if (how === 'rename') set(name, Object.getOwnPropertyDescriptor(holder, key)?.value)
  if (how === 'drop' || (how === 'rename' && key !== name)) delete holder[key]
  return copy
}

t.test('the schema and the rules agree', async t => {
  t.test('on registries that satisfy the rules', async t => {
    fc.assert(
      fc.property(registries, document => agree(document) === 'good'),
      runs(500),
    )
    t.pass('held')
  })

  t.test('on registries with up to three things bent', async t => {
    const seen = { good: 0, bad: 0 }
    fc.assert(
      fc.property(registries, fc.array(bends, { minLength: 1, maxLength: 3 }), (document, list) => {
        const said = agree(list.reduce<unknown>(bend, document))
        if (said !== undefined) seen[said] += 1
        return said !== undefined
      }),
      runs(5000),
    )
    const all = seen.good + seen.bad
    t.comment(`${seen.good} of ${all} bent registries were good all the same`)
    t.ok(seen.good > 0.03 * all && seen.bad > 0.2 * all, 'both answers were given')
  })

  t.test('on every name and every value at every member of one registry', async t => {
    const document = registryOf()
    const apart: string[] = []
    let count = 0
    for (const [kind, how] of [
      ['name', 'add'],
      ['name', 'rename'],
      ['value', 'put'],
    ] as const) {
      for (const item of kind === 'name' ? names : values) {
        for (let at = 0; at < 40; at++) {
          const one = { at, how, name: 'x', value: { state: 'enabled' }, [kind]: item } as Bend
          count += 1
          if (agree(bend(document, one)) === undefined) apart.push(JSON.stringify(one))
        }
      }
    }
    t.strictSame(apart, [])
    t.comment(`${count} documents`)
  })
})
