// The words and bounds of the rules, each at its edge (R2, R10).

import t from 'tap'
import {
  MAX_REASON_LENGTH,
  PROCESS_PATTERN,
  REASON_PATTERN,
  SUPPORTED_VERSIONS,
} from '../../src/registry/vocabulary.ts'

t.test('one version is supported', async t => {
  t.strictSame(SUPPORTED_VERSIONS, ['2.0'])
})

t.test('R10: a process is a short lower-case word', async t => {
  const pattern = new RegExp(PROCESS_PATTERN)
  for (const text of ['a', '7', 'infra-cli', `a${'-'.repeat(63)}`]) t.ok(pattern.test(text), text)
  for (const text of ['', '-a', 'A', 'a_b', 'a\n', 'é', `a${'b'.repeat(64)}`])
    t.notOk(pattern.test(text), text)
})

t.test('R10: a reason is one line', async t => {
  const pattern = new RegExp(REASON_PATTERN)
  for (const text of ['', 'a b', 'é 🦊', ' ']) t.ok(pattern.test(text), text)
  for (const code of [0x00, 0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x85, 0x9f, 0x2028, 0x2029])
    t.notOk(pattern.test(`a${String.fromCharCode(code)}b`), code.toString(16))
  t.equal(MAX_REASON_LENGTH, 1000)
})
