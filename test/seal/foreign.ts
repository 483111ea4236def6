// Folders that hold hashes and are no registry seal.

import t from 'tap'
import { findForeignKind } from '../../src/seal/foreign.ts'

const kindOf = (files: Record<string, string>): string | undefined => {
  const map = new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]))
  return findForeignKind(map, name => map.has(name))?.kind
}
const hashes = `${'0'.repeat(64)}  a.txt\n`

t.test('each is named for what it is', async t => {
  t.equal(kindOf({}), 'unsealed')
  t.equal(kindOf({ 'run.json': '{}', 'a.txt': '' }), 'unsealed')
  t.equal(kindOf({ 'MANIFEST.sha256': hashes, 'a.txt': '' }), 'bare_hash_list')
  t.equal(kindOf({ 'MANIFEST.json': '{}', 'MANIFEST.sha256': hashes, 'SEAL.json': '{}' }), 'other_scheme')
})

t.test('a seal that lost a file is a damaged seal', async t => {
  t.equal(kindOf({ 'manifest.json': '[]' }), undefined)
  t.equal(kindOf({ 'run.json': '{}', 'MANIFEST.sha256': hashes }), undefined)
  t.equal(kindOf({ 'MANIFEST.sha256': `${hashes}ROOT_SHA256  ${'0'.repeat(64)}\n` }), undefined)
})
