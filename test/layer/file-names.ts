// Names on disk as texts: no two names become one, and a name that is no UTF-8 still opens its file.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { decodeName, listNames, pathIn } from '../../src/layer/file-names.ts'
import { fuzzRuns, thrownCode } from '../fixtures/seal-world.ts'

t.test('a name that is UTF-8 is that text', async t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => decodeName(Buffer.from(text)) === text.toWellFormed()),
    { numRuns: fuzzRuns },
  )
  t.equal(decodeName(Buffer.from('😀é')), '😀é')
})

t.test('of other bytes each has a code unit of its own', async t => {
  t.equal(decodeName(Buffer.of(0x61, 0xff, 0x62)), 'a\udcffb')
  t.equal(decodeName(Buffer.of(0xe2, 0x82)), '\udce2\udc82', 'a character that is cut')
  t.equal(decodeName(Buffer.of(0xed, 0xa0, 0x80)), '\udced\udca0\udc80', 'half a pair is none')
  t.equal(decodeName(Buffer.of(0xc0, 0xaf)), '\udcc0\udcaf', 'a longer spelling than needed')
  const bytes = fc.uint8Array({ maxLength: 6 })
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const same = Buffer.from(a).equals(Buffer.from(b))
      return (decodeName(a) === decodeName(b)) === same
    }),
    { numRuns: fuzzRuns },
  )
})

t.test('a folder is listed whatever is in it', async t => {
  const home = t.testdir()
  writeFileSync(join(home, 'plain'), '1')
  writeFileSync(join(home, 'a\ufffdb'), '2')
  const raw = Buffer.concat([Buffer.from(`${home}/`), Buffer.of(0xff)])
  mkdirSync(raw)
  writeFileSync(Buffer.concat([raw, Buffer.from('/run.json')]), '3')
  const names = listNames(home).sort((a, b) => (a.name < b.name ? -1 : 1))
  t.strictSame(
    names.map(({ name }) => name),
    ['plain', 'a\ufffdb', '\udcff'].sort(),
  )
  const content = Object.fromEntries(
    names.map(({ name, path }) => [
      name,
      String(readFileSync(statSync(path).isDirectory() ? pathIn(path, 'run.json') : path)),
    ]),
  )
  t.strictSame(content, { plain: '1', 'a\ufffdb': '2', '\udcff': '3' })
  t.strictSame(
    listNames(raw).map(({ name }) => name),
    ['run.json'],
  )
  t.equal(
    thrownCode(() => listNames(join(home, 'nothing'))),
    'ENOENT',
  )
})
