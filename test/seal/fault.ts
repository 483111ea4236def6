// Faults as people and programs see them: a code, a place, what was wanted and what was got.

import t from 'tap'
import {
  renderFault,
  renderPath,
  SEAL_CODES,
  SEAL_WARNING_CODES,
  SealError,
  sealFault,
} from '../../src/seal/fault.ts'

t.test('the codes are distinct, and of one spelling', async t => {
  const codes = [...SEAL_CODES, ...SEAL_WARNING_CODES]
  t.equal(new Set(codes).size, codes.length)
  t.ok(codes.every(code => /^SEAL_[A-Z0-9_]+$/.test(code)))
})

t.test('a fault renders as one line', async t => {
  const fault = sealFault('SEAL_SIZE_MISMATCH', 'a.txt', 'size', { want: '6 bytes', got: '7' })
  t.equal(renderFault(fault), 'a.txt: SEAL_SIZE_MISMATCH size (want 6 bytes, got 7)')
  t.match(fault, { want: '6 bytes', got: '7' })
  t.notOk('want' in sealFault('SEAL_LIST_MISSING', 'x', 'gone'), 'what was not given is not there')
})

t.test('a path from outside cannot speak to a terminal', async t => {
  t.equal(renderPath('a/b.json'), 'a/b.json')
  t.equal(renderPath('a\n\u001b[2J'), '"a\\n\\u001b[2J"')
})

t.test('an error carries every fault and names the first', async t => {
  const faults = [
    sealFault('SEAL_LIST_MISSING', 'MANIFEST.sha256', 'gone'),
    sealFault('SEAL_SYMLINK', 'x', 'a link'),
  ]
  const hint = { code: 'SEAL_LINE_ENDINGS_CHANGED', path: '.', message: 'line endings changed' } as const
  const error = new SealError('run', faults, [hint])
  t.match(error, { code: 'SEAL_LIST_MISSING', name: 'SealError', runId: 'run', faults, warnings: [hint] })
  t.equal(error.message, 'run: MANIFEST.sha256: SEAL_LIST_MISSING gone (and 1 more); line endings changed')
})

t.test('an error knows what kept the verdict from being reached', async t => {
  const kindOf = (...codes: Parameters<typeof sealFault>[0][]) =>
    new SealError(
      'run',
      codes.map(code => sealFault(code, 'x', 'y')),
    ).kind
  t.equal(kindOf('SEAL_DIGEST_MISMATCH', 'SEAL_MISSING_FILE'), 'refused', 'nothing: the bytes are refused')
  t.equal(kindOf('SEAL_MISSING_FILE', 'SEAL_UNREADABLE'), 'world', 'the disk')
  t.equal(kindOf('SEAL_CHANGED_WHILE_READ'), 'conflict', 'somebody who wrote')
})
