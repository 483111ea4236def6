// Numbers come out as they were put in, in room for all of them or in too little.

import t from 'tap'
import { NumberColumnWriter } from '../../src/registry/number-column.ts'

t.test('numbers, whatever room was asked for', async t => {
  const numbers = Array.from({ length: 5_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 0)
  for (const room of [0, 1, 1_023.5, 4_999, 5_000, 6_000]) {
    const wide = new NumberColumnWriter(Uint32Array, room)
    const narrow = new NumberColumnWriter(Uint8Array, room)
    const lengths: number[] = []
    for (const number of numbers) {
      lengths.push(wide.length)
      wide.push(number)
      narrow.push(number & 0xff)
    }
    t.strictSame(lengths, [...numbers.keys()])
    t.strictSame([...wide.finish()], numbers, `room for ${room}`)
    t.strictSame(
      [...narrow.finish()],
      numbers.map(number => number & 0xff),
    )
  }
})

t.test('none', async t => {
  t.equal(new NumberColumnWriter(Uint32Array, 10).finish().length, 0)
})

t.test('room that is enough is where they stay', async t => {
  const writer = new NumberColumnWriter(Uint32Array, 5_000)
  writer.push(1)
  const { buffer } = writer.finish()
  for (let i = 1; i < 5_000; i++) writer.push(i)
  t.equal(writer.finish().buffer, buffer)
})
