// manifest.json from bytes; what a whole folder makes of its faults is in corpus.ts.

import fc from 'fast-check'
import t from 'tap'
import { checkManifest } from '../../src/seal/manifest.ts'
import { codesOf, fuzzRuns, sealFiles } from '../fixtures/seal-world.ts'

const good = sealFiles().get('manifest.json')!

t.test('a manifest', async t => {
  const { manifest, faults } = checkManifest(good)
  t.strictSame(faults, [])
  t.equal(JSON.stringify(manifest!.entries), JSON.stringify(JSON.parse(good.toString())))
  t.ok(Object.isFrozen(manifest!.entries) && Object.isFrozen(manifest!.entries[0]))
})

t.test('keys in any order, any layout and CRLF are the same manifest', async t => {
  const entries = JSON.parse(good.toString()) as { relpath: string; bytes: number; sha256: string }[]
  const turned = entries.map(({ relpath, bytes, sha256 }) => ({ sha256, bytes, relpath }))
  for (const text of [JSON.stringify(turned), good.toString().replaceAll('\n', '\r\n')]) {
    t.strictSame(checkManifest(Buffer.from(text)).manifest!.entries, entries)
  }
})

t.test('every fault of every entry is reported, with its place', async t => {
  const bad = [
    { relpath: '../x', bytes: -1, sha256: 'x' },
    7,
    { relpath: 'a', bytes: 1.5, sha256: null, more: 1 },
  ]
  const { faults } = checkManifest(Buffer.from(JSON.stringify(bad)))
  t.strictSame(
    faults.map(({ code, message }) => `${code} ${message.split(/[ :(]/)[0]}`),
    [
      'SEAL_MANIFEST_BAD_RELPATH /0/relpath',
      'SEAL_MANIFEST_BAD_BYTES /0/bytes',
      'SEAL_MANIFEST_BAD_DIGEST /0/sha256',
      'SEAL_MANIFEST_BAD_ENTRY /1',
      'SEAL_MANIFEST_UNKNOWN_KEY /2',
      'SEAL_MANIFEST_BAD_BYTES /2/bytes',
      'SEAL_MANIFEST_BAD_DIGEST /2/sha256',
    ],
  )
})

t.test('an entry at fault still names its file', async t => {
  const { manifest } = checkManifest(Buffer.from('[{"relpath": "a", "bytes": 1.0, "sha256": ""}]'))
  t.strictSame([manifest!.entries, [...manifest!.named]], [[], ['a']])
})

t.test('order is that of code points', async t => {
  const entry = (relpath: string) => ({ relpath, bytes: 0, sha256: '0'.repeat(64) })
  const codes = (...names: string[]) =>
    codesOf(checkManifest(Buffer.from(JSON.stringify(names.map(entry)))).faults)
  t.strictSame(codes('\ue000', '\u{1f600}'), [])
  t.strictSame(codes('\u{1f600}', '\ue000'), ['SEAL_MANIFEST_UNSORTED'])
})

t.test('no bytes make the reader throw', async t => {
  const mutated = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255))
    .map(([at, value]) => Buffer.from(good).fill(value, at, at + 1))
  const entries = fc.array(
    fc.record({ relpath: fc.anything(), bytes: fc.anything(), sha256: fc.anything() }, { requiredKeys: [] }),
  )
  const shaped = entries.map(value =>
    Buffer.from(JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? Number(one) : one))),
  )
  const inputs = fc.oneof(
    fc.uint8Array(),
    mutated,
    fc.json().map(text => Buffer.from(text)),
    shaped,
  )
  const property = fc.property(inputs, bytes => {
    const { manifest, faults } = checkManifest(bytes)
    return manifest !== undefined || faults.length > 0
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: fuzzRuns }), `${fuzzRuns} runs`)
})
