// A content is what was there for as long as it was read; load-file.ts has what is told of files that cannot be read.

import { appendFileSync, closeSync, openSync, statSync, truncateSync, utimesSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { stampFile } from '../../src/live/look.ts'
import { hashPlain, readPlain } from '../../src/live/plain-file.ts'
import { MAX_REGISTRY_BYTES } from '../../src/seal/read-file.ts'

const PIECE = 256 * 1024

/** What is done once, as soon as the first piece was read. */
function afterFirst(act: () => void): () => void {
  let pending = true
  return () => {
    if (pending) act()
    pending = false
  }
}

t.test('a file is hashed as it is read', async t => {
  for (const size of [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE]) {
    const text = 'x'.repeat(size)
    const file = join(t.testdir({ file: text }), 'file')
    const { bytes, ...content } = readPlain(file)
    t.equal(Buffer.from(bytes).toString(), text)
    t.strictSame(content, { disk: sha256(text), stamp: stampFile(file)! }, `${size} bytes`)
    t.strictSame(hashPlain(file), content, `${size} bytes, hashed`)
  }
})

t.test('what changes while it is hashed has no digest', async t => {
  const file = join(t.testdir({ file: 'x'.repeat(4 * PIECE) }), 'file')
  const changes: Record<string, () => void> = {
    'it grows': () => appendFileSync(file, 'x'),
    'it shrinks': () => truncateSync(file, 3 * PIECE),
    'its times are set': () => utimesSync(file, 1, 1),
    'something else is written': () => {
      const fd = openSync(file, 'r+')
      writeSync(fd, 'y')
      closeSync(fd)
    },
  }
  for (const [name, act] of Object.entries(changes)) {
    t.equal(hashPlain(file, afterFirst(act)), undefined, name)
    t.not(hashPlain(file), undefined, 'and when it is still again, it has')
  }
})

t.test('what changes while it is read is read again', async t => {
  const file = join(t.testdir({ file: 'x'.repeat(2 * PIECE) }), 'file')
  const { disk } = readPlain(
    file,
    afterFirst(() => appendFileSync(file, 'x')),
  )
  t.equal(disk, sha256('x'.repeat(2 * PIECE + 1)))
})

t.test('a file that grows for as long as it is hashed is left in the end', async t => {
  const file = join(t.testdir({ file: 'x'.repeat(PIECE) }), 'file')
  t.equal(
    hashPlain(file, () => appendFileSync(file, 'x'.repeat(PIECE))),
    undefined,
  )
  t.equal(statSync(file).size, 3 * PIECE, 'after one byte more than it had')
})

t.test('a file above the cap is not even opened to be hashed', async t => {
  const file = join(t.testdir({ file: '' }), 'file')
  truncateSync(file, MAX_REGISTRY_BYTES + 1)
  t.throws(() => hashPlain(file), { code: 'registry_too_large' })
  t.throws(() => readPlain(file), { code: 'registry_too_large' })
})
