// The two halves of the hash, by the values that their authors give.

import t from 'tap'
import { addToHash, HASH_BASIS, mixHash } from '../../src/core/hash.ts'

const hashOf = (text: string): number =>
  [...text].reduce((hash, unit) => addToHash(hash, unit.charCodeAt(0)), HASH_BASIS) >>> 0

t.test('codes are added as FNV-1a does', async t => {
  t.equal(hashOf(''), 0x811c9dc5)
  t.equal(hashOf('a'), 0xe40c292c)
  t.equal(hashOf('foobar'), 0xbf9cf968)
})

t.test('and mixed as MurmurHash3 does', async t => {
  t.equal(mixHash(0), 0)
  t.equal(mixHash(1), 0x514e28b7)
  t.equal(mixHash(-1), 0x81f16f39)
})
