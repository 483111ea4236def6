// Every bit of every byte of a sealed folder and of its pointer, flipped one at a time. A flip in the folder is
// refused, always; a flip in the pointer is refused, or it changed words that select nothing.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SealError } from '../../src/seal/fault.ts'
import { verifyPin, verifyPointerBytes } from '../../src/seal/pin.ts'
import { PointerError } from '../../src/seal/pointer-fault.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import {
  type Files,
  folderOf,
  PAYLOAD,
  REGISTRY,
  RUN_ID,
  sealFiles,
  sealWorld,
} from '../fixtures/seal-world.ts'

function* flips(bytes: Buffer): Generator<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    yield flipped
  }
}

const bitsOf = (files: Files): number => [...files.values()].reduce((sum, bytes) => sum + bytes.length * 8, 0)

t.test('every bit of a sealed folder', async t => {
  for (const [form, files] of [
    ['LF', sealFiles()],
    ['CRLF', sealFiles({ list: text => text.replaceAll('\n', '\r\n') })],
  ] as const) {
    t.strictSame(checkSeal(folderOf(files)).faults, [], `${form}: valid before`)
    let flipped = 0
    let accepted = 0
    for (const [name, bytes] of files) {
      for (const broken of flips(bytes)) {
        flipped += 1
        const { seal, faults } = checkSeal(folderOf(new Map(files).set(name, broken)))
        if (seal !== undefined || faults.length === 0) accepted += 1
      }
    }
    t.equal(flipped, bitsOf(files))
    t.equal(accepted, 0, `${form}: refused, each one`)
    t.comment(`${form}: ${flipped} bits flipped, ${accepted} accepted`)
  }
})

t.test('one bit of every byte of a sealed folder, on disk', async t => {
  const { home, folder, files } = sealWorld(t)
  let flipped = 0
  let refused = 0
  for (const [name, bytes] of files) {
    const path = join(folder, name)
    for (let at = 0; at < bytes.length; at += 1) {
      const broken = Buffer.from(bytes)
      broken[at]! ^= 1 << (at & 7)
      writeFileSync(path, broken)
      flipped += 1
      try {
        verifyPin(home, REGISTRY)
      } catch (error) {
        if (error instanceof SealError) refused += 1
        else t.fail(`${name}, byte ${at}: ${error}`)
      }
    }
    writeFileSync(path, bytes)
  }
  t.equal(flipped, bitsOf(files) / 8)
  t.equal(refused, flipped)
  t.equal(verifyPin(home, REGISTRY).seal.runId, RUN_ID, 'whole again, it is served again')
})

t.test('every bit of a pointer', async t => {
  const { home, files, root, pointerPath } = sealWorld(t)
  const bytes = readFileSync(pointerPath)
  let flipped = 0
  let refused = 0
  let without = 0
  for (const broken of flips(bytes)) {
    flipped += 1
    try {
      const { pin, seal, payload } = verifyPointerBytes(home, broken, REGISTRY)
      const same = pin.runId === RUN_ID && seal.root === root && files.get(PAYLOAD)!.equals(payload!)
      if (same) without += 1
      else t.fail(`bit ${flipped - 1} changed what is served`)
    } catch (error) {
      if (error instanceof SealError || error instanceof PointerError) refused += 1
      else t.fail(`bit ${flipped - 1}: ${error}`)
    }
  }
  t.equal(flipped, bytes.length * 8)
  t.equal(refused + without, flipped)
  t.ok(refused > flipped / 2 && without > 0, 'both outcomes were met')
  t.comment(`${flipped} bits flipped, ${refused} refused, ${without} without effect`)
})
