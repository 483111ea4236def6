import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { piecesOf, readPieces, samePieces } from '../../src/seal/read-pieces.ts'

const MIB = 1024 * 1024

t.test('a file of any size is read whole, and no further than there is room', async t => {
  const file = join(t.testdir({}), 'file')
  const content = Buffer.from(Uint32Array.from({ length: (3 * MIB) / 4 }, (_, i) => i).buffer)
  for (const size of [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3 * MIB]) {
    writeFileSync(file, content.subarray(0, size))
    const fd = openSync(file, 'r')
    for (const room of [0, size - 1, size, size + 1].filter(room => room >= 0)) {
      const bytes = Buffer.alloc(room)
      const length = readPieces(fd, bytes)
      t.equal(length, Math.min(size, room), `${size} bytes into ${room}`)
      t.ok(bytes.subarray(0, length).equals(content.subarray(0, length)))
    }
    closeSync(fd)
  }
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
  const file = join(t.testdir({}), 'file')
  const content = Buffer.from(Uint32Array.from({ length: MIB / 4 }, (_, i) => i).buffer)
  for (const size of [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, MIB]) {
    writeFileSync(file, content.subarray(0, size))
    const fd = openSync(file, 'r')
    t.ok(samePieces(fd, content.subarray(0, size)), `${size} bytes`)
    for (const other of [size - 1, size + 1].filter(other => other >= 0 && other <= MIB)) {
      t.notOk(samePieces(fd, content.subarray(0, other)), `${size} bytes, against ${other}`)
    }
    for (const at of [0, 256 * 1024 - 1, 256 * 1024, size - 1].filter(at => at >= 0 && at < size)) {
      const bent = Buffer.from(content.subarray(0, size))
      bent[at]! ^= 1
      t.notOk(samePieces(fd, bent), `${size} bytes, another at ${at}`)
    }
    closeSync(fd)
  }
})

t.test('a file of any size is handed out in pieces, and no further than is asked for', async t => {
  const file = join(t.testdir({}), 'file')
  const content = Buffer.from(Uint32Array.from({ length: MIB / 4 }, (_, i) => i).buffer)
  for (const size of [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, MIB]) {
    writeFileSync(file, content.subarray(0, size))
    const fd = openSync(file, 'r')
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
    closeSync(fd)
  }
})
