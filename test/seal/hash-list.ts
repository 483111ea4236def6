// MANIFEST.sha256 from bytes, and the root over its lines.

import fc from 'fast-check'
import t from 'tap'
import { checkHashList, computeRoot } from '../../src/seal/hash-list.ts'
import { codesOf, fuzzRuns, sealFiles, statedRoot } from '../fixtures/seal-world.ts'

const files = sealFiles()
const good = files.get('MANIFEST.sha256')!
const lines = good.toString().trimEnd().split('\n').slice(0, -1)

t.test('a list', async t => {
  const { list, faults, warnings } = checkHashList(good)
  t.strictSame([faults, warnings], [[], []])
  t.equal(list!.root, statedRoot(files))
  t.strictSame(
    [...list!.digests].map(([path, digest]) => `${digest}  ${path}`),
    lines,
  )
})

t.test('the root is over whole lines, whatever their order', async t => {
  t.equal(computeRoot(lines), statedRoot(files))
  t.equal(computeRoot(lines.toReversed()), statedRoot(files))
  t.equal(
    computeRoot([]),
    '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
    'one line feed',
  )
  const [a, b] = ['f'.repeat(64), '0'.repeat(64)].map((digest, index) => `${digest}  ${index}`)
  t.equal(computeRoot([a!, b!]), computeRoot([b!, a!]), 'by hash first, not by path')
})

t.test('any order of the lines is the same list', async t => {
  const turned = [...lines.toReversed(), `ROOT_SHA256  ${statedRoot(files)}`, ''].join('\n')
  t.strictSame(checkHashList(Buffer.from(turned)).faults, [])
})

t.test('CRLF is the same list with a warning, unless it is mixed with LF', async t => {
  const crlf = checkHashList(Buffer.from(good.toString().replaceAll('\n', '\r\n')))
  t.strictSame(
    [crlf.faults, codesOf(crlf.warnings), crlf.list!.root],
    [[], ['SEAL_LIST_CRLF'], statedRoot(files)],
  )
  const last = checkHashList(Buffer.from(`${good.toString().trimEnd()}\r\n`))
  t.strictSame(codesOf(last.faults), ['SEAL_ROOT_BAD'])
})

t.test('a file may bear the name of the root line', async t => {
  const named = [`${'0'.repeat(64)}  ROOT_SHA256`]
  t.strictSame(checkHashList(Buffer.from(`${named[0]}\nROOT_SHA256  ${computeRoot(named)}\n`)).faults, [])
})

t.test('no bytes make the reader throw', async t => {
  const mutated = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255))
    .map(([at, value]) => Buffer.from(good).fill(value, at, at + 1))
  const piece = fc.constantFrom(...lines, 'ROOT_SHA256', '  ', '\n', '\r\n', 'a'.repeat(64), 'x', ' ')
  const pieces = fc.array(piece).map(all => Buffer.from(all.join('')))
  const property = fc.property(fc.oneof(fc.uint8Array(), mutated, pieces), bytes => {
    const { list, faults } = checkHashList(bytes)
    return list?.root !== undefined || faults.length > 0
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: fuzzRuns }), `${fuzzRuns} runs`)
})
