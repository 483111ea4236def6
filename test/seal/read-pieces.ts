import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { piecesOf, readPieces, samePieces } from '../../src/seal/read-pieces.ts'

const MIB = 1024 * 1024
const SIZES = [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3 * MIB]

/** Opens a file of each size, and hands it out with what it holds. */
function eachSize(t: Test, look: (descriptor: number, content: Buffer) => void): void {
  const file = join(t.testdir({}), 'file')
  const all = Buffer.from(Uint32Array.from({ length: (3 * MIB) / 4 }, (_, i) => i).buffer)
  for (const size of SIZES) {
    const content = all.subarray(0, size)
    writeFileSync(file, content)
    const descriptor = openSync(file, 'r')
    look(descriptor, content)
    closeSync(descriptor)
  }
}

t.test('a file of any size is read whole, and no further than there is room', async t => {
  eachSize(t, (fd, content) => {
    const size = content.byteLength
    for (const room of [0, size - 1, size, size + 1].filter(room => room >= 0)) {
      const bytes = Buffer.alloc(room)
      const length = readPieces(fd, bytes)
      t.equal(length, Math.min(size, room), `${size} bytes into ${room}`)
      t.ok(bytes.subarray(0, length).equals(content.subarray(0, length)))
    }
  })
})

t.test('others may have the core between two pieces', async t => {
  const file = join(t.testdir({ file: 'x'.repeat(MIB) }), 'file')
  const fd = openSync(file, 'r')
  let pauses = 0
  readPieces(fd, Buffer.alloc(MIB), () => {
    pauses += 1
  })
  closeSync(fd)
  t.equal(pauses, 4)
})

t.test('a file of any size is compared whole', async t => {
  eachSize(t, (fd, content) => {
    const size = content.byteLength
    t.ok(samePieces(fd, content), `${size} bytes`)
    if (size > 0) t.notOk(samePieces(fd, content.subarray(0, size - 1)), `${size} bytes, against one less`)
    t.notOk(samePieces(fd, Buffer.concat([content, Buffer.of(0)])), `${size} bytes, against one more`)
    for (const at of [0, 256 * 1024 - 1, 256 * 1024, size - 1].filter(at => at >= 0 && at < size)) {
      const bent = Buffer.from(content)
      bent[at]! ^= 1
      t.notOk(samePieces(fd, bent), `${size} bytes, another at ${at}`)
    }
  })
})

t.test('a file of any size is handed out in pieces, and no further than is asked for', async t => {
  eachSize(t, (fd, content) => {
    const size = content.byteLength
    for (const most of [1, size - 1, size, size + 1].filter(most => most > 0)) {
      const places = new Set<ArrayBufferLike>()
      const pieces: Buffer[] = []
      for (const piece of piecesOf(fd, most)) {
        places.add(piece.buffer)
        pieces.push(Buffer.from(piece))
      }
      t.ok(Buffer.concat(pieces).equals(content.subarray(0, Math.min(size, most))), `${most} of ${size}`)
      t.ok(places.size <= 1, 'in one place')
    }
  })
})
