// Digests, against values known from outside this code.

import { createHash } from 'node:crypto'
import t from 'tap'
import { blobSha, isDigest, sha256, sha256OfPieces } from '../../src/core/digest.ts'

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

t.test('sha256', async t => {
  t.equal(sha256(''), EMPTY)
  t.equal(sha256(new Uint8Array()), EMPTY)
  t.equal(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  t.equal(sha256('é'), sha256(Buffer.from([0xc3, 0xa9])), 'text is hashed as UTF-8')
})

t.test('a blob has the name that git gives it', async t => {
  t.equal(blobSha(new Uint8Array()), 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391')
  t.equal(blobSha(Buffer.from('hello\n')), 'ce013625030ba8dba906f756967f9e9ca394464a')
  t.equal(blobSha(Buffer.from('x').subarray(0, 0)), 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391')
})

t.test('long bytes are hashed a piece at a time', async t => {
  const bytes = Buffer.alloc(1_000_000, 'abc')
  let pauses = 0
  const giveWay = () => {
    pauses += 1
  }
  t.equal(sha256(bytes, giveWay), createHash('sha256').update(bytes).digest('hex'))
  t.equal(pauses, 4)
  const blob = Buffer.concat([Buffer.from('blob 1000000\0'), bytes])
  t.equal(blobSha(bytes, giveWay), createHash('sha1').update(blob).digest('hex'))
  t.equal(pauses, 8)
})

t.test('a digest has one spelling', async t => {
  t.ok(isDigest(EMPTY))
  for (const other of [
    EMPTY.toUpperCase(),
    ` ${EMPTY}`,
    `${EMPTY}\n`,
    EMPTY.slice(1),
    `${EMPTY}0`,
    '',
    7,
    null,
  ]) {
    t.notOk(isDigest(other), JSON.stringify(other))
  }
})

t.test('pieces are hashed as what they are together', async t => {
  let pauses = 0
  const giveWay = () => {
    pauses += 1
  }
  t.equal(sha256OfPieces([]), EMPTY)
  const pieces = ['a', '', 'bc'].map(text => Buffer.from(text))
  t.equal(sha256OfPieces(pieces, giveWay), sha256('abc'))
  t.equal(pauses, pieces.length)
})
