// The hint about line ends: given when they explain every difference, and never otherwise.

import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { findLineEndingChange } from '../../src/seal/line-endings.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { codesOf, folderOf, PAYLOAD, sealFiles } from '../fixtures/seal-world.ts'

const mismatch = (listed: string, found: string) => ({
  relpath: 'a',
  bytes: Buffer.from(found),
  want: sha256(listed),
})

t.test('both directions, and no other difference', async t => {
  t.match(findLineEndingChange([mismatch('a\r\nb\r\n', 'a\nb\n')]), { code: 'SEAL_LINE_ENDINGS_CHANGED' })
  t.match(findLineEndingChange([mismatch('ä\nb\n', 'ä\r\nb\r\n')]), { code: 'SEAL_LINE_ENDINGS_CHANGED' })
  t.equal(findLineEndingChange([mismatch('a\nb\n', 'a\nc\n')]), undefined)
  t.equal(
    findLineEndingChange([mismatch('a\n', 'a\r\n'), mismatch('b\n', 'c\r\n')]),
    undefined,
    'all or none',
  )
  t.equal(findLineEndingChange([]), undefined)
})

t.test('a checkout that converts everything is recognised, and refused', async t => {
  const files = sealFiles()
  for (const [name, bytes] of files) files.set(name, Buffer.from(bytes.toString().replaceAll('\n', '\r\n')))
  const { seal, faults, warnings } = checkSeal(folderOf(files))
  t.equal(seal, undefined)
  t.strictSame(codesOf(faults), ['SEAL_DIGEST_MISMATCH', 'SEAL_SIZE_MISMATCH'])
  t.strictSame(codesOf(warnings), ['SEAL_LINE_ENDINGS_CHANGED', 'SEAL_LIST_CRLF'])
  t.notMatch(
    JSON.stringify(warnings),
    /re-?seal|seal (?:it|them) again/i,
    'nobody is told to hide the damage',
  )
})

t.test('other damage beside it is not explained away', async t => {
  const files = sealFiles()
  files.set(PAYLOAD, Buffer.from('{}\r\n'))
  t.strictSame(checkSeal(folderOf(files)).warnings, [])
})
