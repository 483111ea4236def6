import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { LOAD_CODES, refused, refusedByRules } from '../../src/live/load-result.ts'
import { parseRegistry, RegistryError } from '../../src/registry/parse.ts'

t.test('the codes are a set', async t => {
  t.equal(new Set(LOAD_CODES).size, LOAD_CODES.length)
  t.strictSame(refused('load_failed', 'why', null), {
    kind: 'refused',
    code: 'load_failed',
    detail: 'why',
    disk: null,
    final: null,
  })
})

t.test('a document that breaks the rules is invalid, and one of another version is unsupported', async t => {
  const cases = { registry_invalid: '{}', registry_version_unsupported: '{\n  "schema_version": "3.0"\n}\n' }
  for (const [code, text] of Object.entries({ ...cases, registry_invalid: '{' })) {
    try {
      parseRegistry(Buffer.from(text), 'registry.json')
      t.fail('not refused')
    } catch (error) {
      const final = sha256(text)
      t.match(refusedByRules(error as RegistryError, null, final), { kind: 'refused', code, final })
      t.ok(error instanceof RegistryError)
    }
  }
})
