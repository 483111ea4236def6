// One digest over the tracked files, or none.

import { createHash } from 'node:crypto'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { hashTree } from '../../src/layer/tree-hash.ts'
import { miniChain, putFile } from '../fixtures/layer-world.ts'

const bytesOf = (...paths: string[]): Buffer[] => paths.map(path => Buffer.from(path))
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

t.test('the golden tree', async t => {
  const chain = miniChain(t)
  if (chain === undefined) return
  const { hash } = hashTree({ top: chain.home, paths: bytesOf(...chain.tracked) })
  t.equal(hash, JSON.parse(String(chain.golden('03', 'DRIFT_SIGNALS_v0_1.json'))).canon_tree_hash)
})

t.test('is over the lines in order, whatever the order of the paths', async t => {
  const top = t.testdir({ a: '1', '\ue000': '2', '😀': '2' })
  const raw = Buffer.of(0x66, 0xff)
  writeFileSync(Buffer.concat([Buffer.from(`${top}/`), raw]), '3')
  symlinkSync('a', join(top, 'link'))
  const paths = [...bytesOf('a', '\ue000', '😀', 'link'), raw]
  const { hash } = hashTree({ top, paths })
  t.match(hash, /^[0-9a-f]{64}$/)
  t.equal(hashTree({ top, paths: paths.toReversed() }).hash, hash)
  const small = hashTree({ top, paths: bytesOf('😀', '\ue000') })
  t.equal(small.hash, sha256(`${sha256('2')} \ue000\n${sha256('2')} 😀\n`), 'of equal content, by code point')
  t.equal(hashTree({ top, paths: [] }).hash, sha256('\n'))
})

t.test('of half a tree there is none', async t => {
  const top = t.testdir({ a: '1', folder: {} })
  t.strictSame(hashTree({ top, paths: bytesOf('a', 'gone') }), { hash: null, unreadable: 'gone' })
  t.strictSame(hashTree({ top, paths: bytesOf('folder') }), { hash: null, unreadable: 'folder' })
  putFile(top, 'gone', '')
  t.match(hashTree({ top, paths: bytesOf('a', 'gone') }).hash, /^[0-9a-f]{64}$/)
})
