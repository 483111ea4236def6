// Every code has one kind, and so one exit code, and is thrown somewhere.

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { kindOfVerdict, PUBLISH_CODES, type PublishCode, PublishError } from '../../src/publish/error.ts'
import { SealError, sealFault } from '../../src/seal/fault.ts'
import { PointerError, pointerFault } from '../../src/seal/pointer-fault.ts'

t.test('a publish error knows its kind', async t => {
  for (const [code, kind] of Object.entries(PUBLISH_CODES)) {
    const error = new PublishError(code as PublishCode, 'a message')
    t.match(error, { name: 'PublishError', code, kind, message: 'a message' })
  }
})

t.test('no code is dead', async t => {
  const folder = new URL('../../src/publish/', import.meta.url)
  const thrown = readdirSync(folder)
    .filter(name => name !== 'error.ts')
    .map(name => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n')
  for (const code of Object.keys(PUBLISH_CODES)) t.ok(thrown.includes(`'${code}'`), code)
})

t.test('a verdict', async t => {
  const seal = (...codes: Parameters<typeof sealFault>[0][]) =>
    kindOfVerdict(
      new SealError(
        'run',
        codes.map(code => sealFault(code, 'x', 'y')),
      ),
    )
  const pointer = (code: Parameters<typeof pointerFault>[0]) =>
    kindOfVerdict(new PointerError([pointerFault(code, 'x', 'y')]))
  t.test('on the bytes refuses', async t => {
    t.equal(seal('SEAL_DIGEST_MISMATCH', 'SEAL_MISSING_FILE'), 'refused')
    t.equal(pointer('POINTER_UNKNOWN'), 'refused')
  })
  t.test('that could not be reached is about the world', async t => {
    t.equal(seal('SEAL_MISSING_FILE', 'SEAL_UNREADABLE'), 'world')
    t.equal(pointer('POINTER_UNREADABLE'), 'world')
  })
  t.test('on bytes that were moving is a conflict', async t => {
    t.equal(seal('SEAL_CHANGED_WHILE_READ'), 'conflict')
    t.equal(pointer('POINTER_CHANGED_WHILE_READ'), 'conflict')
  })
})
