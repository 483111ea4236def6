// ARCHITECTURE.md, held to the source: the codes it lists, and the files it sends a reader to.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findCodes, renderPage } from '../scripts/write-codes.ts'
import { LOAD_CODES } from '../src/live/load-result.ts'
import { PUBLISH_CODES } from '../src/publish/error.ts'
import { SEAL_CODES, SEAL_WARNING_CODES } from '../src/seal/fault.ts'
import { POINTER_CODES } from '../src/seal/pointer-fault.ts'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')

t.test('it lists every code, and no other', async t => {
  t.equal(page, renderPage(page), 'mend with npm run generate')
  const codes = findCodes()
  t.strictSame(codes.get('seal'), [...SEAL_CODES, ...SEAL_WARNING_CODES, ...POINTER_CODES].sort())
  t.strictSame(codes.get('live'), [...LOAD_CODES].sort())
  for (const code of Object.keys(PUBLISH_CODES)) t.ok(codes.get('publish')!.includes(code), code)
  for (const code of ['unsupported_version', 'telemetry_self', 'REGISTRY_INVALID']) {
    t.ok(codes.get('registry')!.includes(code), code)
  }
  t.ok(codes.get('core')!.includes('duplicate_key'))
})

t.test('every file it names is there', async t => {
  const named = new Set(page.match(/`(?:[a-z-]+\/)+[a-z-]+\.ts`/g)!.map(word => word.slice(1, -1)))
  t.ok(named.size > 10)
  for (const path of named) {
    t.ok(existsSync(join(root, path)) || existsSync(join(root, 'src', path)), path)
  }
})
