// The pointer file: read strictly where it selects, leniently where it is prose, and its three answers kept apart.

import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { checkPointers, findEntry, findPin, parsePointers, resolvePin } from '../../src/seal/pointer.ts'
import { PointerError } from '../../src/seal/pointer-fault.ts'
import {
  codesOf,
  fuzzRuns,
  pointerBytes,
  pointerFile,
  REGISTRY,
  RUN_ID,
  sealWorld,
  thrownCode,
} from '../fixtures/seal-world.ts'

const ROOT = 'a'.repeat(64)
type Entry = ReturnType<typeof pointerFile>['pointers'][number]
const bent = (bend: (file: ReturnType<typeof pointerFile>, entry: Entry) => void): string[] => {
  const file = pointerFile(ROOT)
  bend(file, file.pointers[0]!)
  return codesOf(checkPointers(pointerBytes(file)).faults)
}
const ofText = (change: (text: string) => string): string[] =>
  codesOf(checkPointers(Buffer.from(change(pointerBytes(pointerFile(ROOT)).toString()))).faults)

t.test('a whole file', async t => {
  const pointers = parsePointers(pointerBytes(pointerFile(ROOT)))
  t.equal(pointers.entries.length, 2)
  t.equal(findEntry(pointers, 'system_health_report')?.active_ref_known, 'unknown')
  t.equal(findEntry(pointers, '__proto__'), undefined)
  t.match(findPin(pointers, REGISTRY), { runId: RUN_ID, runRoot: '.codex/RUNS', root: ROOT, serial: 7 })
  t.ok(Object.isFrozen(pointers.entries) && Object.isFrozen(pointers.entries[0]!.active_ref))
})

t.test('unknown, false and invalid are three answers', async t => {
  const file = pointerFile(ROOT)
  const code = () => thrownCode(() => findPin(parsePointers(pointerBytes(file)), REGISTRY))
  t.equal(code(), undefined)
  file.pointers[0]!.active_ref_known = false
  t.equal(code(), 'POINTER_FALSE')
  file.pointers[0]!.active_ref = { run_id: null, run_root: null, relpath: null, manifest_sha256: null }
  t.equal(code(), 'POINTER_FALSE', 'what is known to be invalid need not be named')
  file.pointers[0]!.active_ref_known = 'unknown'
  t.equal(code(), 'POINTER_UNKNOWN', 'with a time, or with none')
  file.pointers.shift()
  t.equal(code(), 'POINTER_NOT_PINNED')
})

t.test('prose of any name is let pass', async t => {
  t.strictSame(
    bent(file =>
      Object.assign(file, { last_updated_phase: 'x', pointer_schema: { a: { b: 1 } }, authority: '…' }),
    ),
    [],
  )
})

const broken: Record<string, [readonly string[], readonly string[]]> = {
  'an empty file': [ofText(() => ''), ['POINTER_NOT_JSON']],
  'a byte-order mark': [ofText(text => `\ufeff${text}`), ['POINTER_NOT_JSON']],
  'two documents': [ofText(text => text + text), ['POINTER_NOT_JSON']],
  'a key twice': [ofText(text => text.replace('"notes"', '"serial": 9, "notes"')), ['POINTER_DUPLICATE_KEY']],
  'an array': [ofText(() => '[]'), ['POINTER_NOT_OBJECT']],
  null: [ofText(() => 'null'), ['POINTER_NOT_OBJECT']],
  'more than 64 KiB': [ofText(text => text + ' '.repeat(65_536)), ['POINTER_TOO_LARGE']],
  'deep nesting': [ofText(() => '['.repeat(32_000)), ['POINTER_NOT_JSON']],
  'no version': [bent(file => delete file.pointer_contract_version), ['POINTER_BAD_VERSION']],
  'another version': [
    bent(file => Object.assign(file, { pointer_contract_version: '0.2' })),
    ['POINTER_BAD_VERSION'],
  ],
  'a version that is a number': [
    bent(file => Object.assign(file, { pointer_contract_version: 0.1 })),
    ['POINTER_BAD_VERSION'],
  ],
  'a structure of an unknown name': [
    bent(file => Object.assign(file, { more: [] })),
    ['POINTER_UNKNOWN_KEY'],
  ],
  'no list': [bent(file => delete (file as Record<string, unknown>).pointers), ['POINTER_BAD_LIST']],
  'a list that is an object': [bent(file => Object.assign(file, { pointers: {} })), ['POINTER_BAD_LIST']],
  'an entry that is null': [
    bent(file => file.pointers.push(null as unknown as Entry)),
    ['POINTER_BAD_ENTRY'],
  ],
  'an entry without its id': [
    bent((_, entry) => delete (entry as Record<string, unknown>).registry_id),
    ['POINTER_BAD_ENTRY'],
  ],
  'an entry without a time': [bent((_, entry) => delete entry.active_asof_utc), ['POINTER_BAD_ENTRY']],
  'an entry that does not say': [bent((_, entry) => delete entry.active_ref_known), ['POINTER_BAD_ENTRY']],
  'an unknown key': [bent((_, entry) => Object.assign(entry, { zzz: 1 })), ['POINTER_UNKNOWN_KEY']],
  'an unknown key in the reference': [
    bent((_, entry) => Object.assign(entry.active_ref, { path: 'x' })),
    ['POINTER_UNKNOWN_KEY'],
  ],
  'an id in upper case': [
    bent((_, entry) => Object.assign(entry, { registry_id: 'Telemetry' })),
    ['POINTER_BAD_REGISTRY_ID'],
  ],
  'an id twice': [bent(file => file.pointers.push(file.pointers[0]!)), ['POINTER_DUPLICATE_REGISTRY_ID']],
  'a reference that is null': [
    bent((_, entry) => Object.assign(entry, { active_ref: null })),
    ['POINTER_BAD_REF'],
  ],
  'a reference that is a list': [
    bent((_, entry) => Object.assign(entry, { active_ref: [] })),
    ['POINTER_BAD_REF'],
  ],
  'a reference without a relpath': [bent((_, entry) => delete entry.active_ref.relpath), ['POINTER_BAD_REF']],
  'a run id that climbs': [
    bent((_, { active_ref }) => Object.assign(active_ref, { run_id: '..' })),
    ['POINTER_BAD_RUN_ID'],
  ],
  'a run id with a slash': [
    bent((_, { active_ref }) => Object.assign(active_ref, { run_id: 'a/b' })),
    ['POINTER_BAD_RUN_ID'],
  ],
  'an empty run id': [
    bent((_, { active_ref }) => Object.assign(active_ref, { run_id: '' })),
    ['POINTER_BAD_RUN_ID'],
  ],
  'a run root elsewhere': [
    bent((_, { active_ref }) => Object.assign(active_ref, { run_root: '../RUNS' })),
    ['POINTER_BAD_RUN_ROOT'],
  ],
  'a run root with a slash': [
    bent((_, { active_ref }) => Object.assign(active_ref, { run_root: '.codex/RUNS/' })),
    ['POINTER_BAD_RUN_ROOT'],
  ],
  'a relpath that climbs': [
    bent((_, { active_ref }) => Object.assign(active_ref, { relpath: '../../x' })),
    ['POINTER_BAD_RELPATH'],
  ],
  'a relpath of one dot': [
    bent((_, { active_ref }) => Object.assign(active_ref, { relpath: '.' })),
    ['POINTER_BAD_RELPATH'],
  ],
  'an absolute relpath': [
    bent((_, { active_ref }) => Object.assign(active_ref, { relpath: '/x' })),
    ['POINTER_BAD_RELPATH'],
  ],
  'a digest in upper case': [
    bent((_, { active_ref }) => Object.assign(active_ref, { manifest_sha256: 'A'.repeat(64) })),
    ['POINTER_BAD_DIGEST'],
  ],
  'a digest that is short': [
    bent((_, { active_ref }) => Object.assign(active_ref, { manifest_sha256: 'a' })),
    ['POINTER_BAD_DIGEST'],
  ],
  'known is null': [
    bent((_, entry) => Object.assign(entry, { active_ref_known: null })),
    ['POINTER_BAD_KNOWN'],
  ],
  'known is 1': [bent((_, entry) => Object.assign(entry, { active_ref_known: 1 })), ['POINTER_BAD_KNOWN']],
  'known is "true"': [
    bent((_, entry) => Object.assign(entry, { active_ref_known: 'true' })),
    ['POINTER_BAD_KNOWN'],
  ],
  'known without a run': [
    bent((_, { active_ref }) => Object.assign(active_ref, { run_id: null })),
    ['POINTER_TRUE_WITHOUT_REF'],
  ],
  'known without a digest': [
    bent((_, { active_ref }) => Object.assign(active_ref, { manifest_sha256: null })),
    ['POINTER_TRUE_WITHOUT_REF'],
  ],
  'unknown with a run': [
    bent((_, entry) => Object.assign(entry, { active_ref_known: 'unknown' })),
    ['POINTER_UNKNOWN_WITH_REF'],
  ],
  'known since an unknown time': [
    bent((_, entry) => Object.assign(entry, { active_asof_utc: 'unknown' })),
    ['POINTER_BAD_TIME'],
  ],
  'a time that is none': [
    bent((_, entry) => Object.assign(entry, { active_asof_utc: '2026-13-01T00:00:00Z' })),
    ['POINTER_BAD_TIME'],
  ],
  'notes that are a list': [bent((_, entry) => Object.assign(entry, { notes: [] })), ['POINTER_BAD_NOTES']],
  'serial zero': [bent((_, entry) => Object.assign(entry, { serial: 0 })), ['POINTER_BAD_SERIAL']],
  'a serial that is a string': [
    bent((_, entry) => Object.assign(entry, { serial: '7' })),
    ['POINTER_BAD_SERIAL'],
  ],
  'a serial that is null': [
    bent((_, entry) => Object.assign(entry, { serial: null })),
    ['POINTER_BAD_SERIAL'],
  ],
  'a serial as a float': [
    ofText(text => text.replace('"serial": 7', '"serial": 7.0')),
    ['POINTER_BAD_SERIAL'],
  ],
  'a serial beyond 2^53': [
    ofText(text => text.replace('"serial": 7', '"serial": 9007199254740993')),
    ['POINTER_BAD_SERIAL'],
  ],
  'a fault in another entry': [
    bent(file => Object.assign(file.pointers[1]!, { notes: 1 })),
    ['POINTER_BAD_NOTES'],
  ],
}

t.test('a broken file is refused whole', async t => {
  for (const [name, [codes, want]] of Object.entries(broken)) t.strictSame(codes, want, name)
  t.comment(`${Object.keys(broken).length} broken pointers`)
})

t.test('all faults of a file are reported', async t => {
  const file = pointerFile(ROOT)
  Object.assign(file.pointers[0]!.active_ref, {
    run_id: '',
    run_root: '/',
    relpath: '/x',
    manifest_sha256: 'x',
  })
  Object.assign(file.pointers[0]!, { notes: 1, serial: -1 })
  const refused = t.throws(() => parsePointers(pointerBytes(file))) as unknown as PointerError
  t.equal(refused.faults.length, 6)
  t.ok(refused.faults.every(fault => fault.path.startsWith('#/pointers/0/')))
})

t.test('a pin resolves inside the home', async t => {
  const { home, folder } = sealWorld(t)
  t.equal(resolvePin(home, { runRoot: '.codex/RUNS', runId: RUN_ID }), folder)
  const code = (path: string, runId: string) =>
    thrownCode(() => resolvePin(path, { runRoot: '.codex/RUNS', runId }))
  t.equal(code(home, 'other'), 'POINTER_RUN_MISSING')
  t.equal(code(join(home, 'nowhere'), RUN_ID), 'POINTER_HOME_MISSING')
})

t.test('no bytes make the reader throw anything else', async t => {
  const good = pointerBytes(pointerFile(ROOT))
  const mutated = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map(changes => changes.reduce((bytes, [at, value]) => bytes.fill(value, at, at + 1), Buffer.from(good)))
  const inputs = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    mutated,
    fc.json().map(text => Buffer.from(text)),
  )
  const property = fc.property(inputs, bytes => {
    try {
      findPin(parsePointers(bytes), REGISTRY)
    } catch (error) {
      return error instanceof PointerError && error.faults.length > 0
    }
    return true
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: fuzzRuns }), `${fuzzRuns} runs`)
  const shaped = fc.record({
    pointer_contract_version: fc.constant('0.1'),
    pointers: fc.array(
      fc.object({
        key: fc.constantFrom('registry_id', 'active_ref', 'active_ref_known', 'serial', 'notes', 'run_id'),
      }),
    ),
  })
  fc.assert(
    fc.property(shaped, value => checkPointers(pointerBytes(value)).faults.length >= 0),
    { numRuns: fuzzRuns },
  )
  t.pass(`${fuzzRuns} runs, twice`)
})
