// How a verb ends: one table from failures to exit codes, every fault on a line, nothing that a terminal obeys.

import t from 'tap'
import { HomeError } from '../../src/cli/home.ts'
import { exitOf, faultLines, type Io, printFailure, printReport } from '../../src/cli/report.ts'
import { plain, renderViolation } from '../../src/core/diagnostic.ts'
import { GitError } from '../../src/git/exec.ts'
import { CatalogError } from '../../src/layer/catalog.ts'
import { LayerError } from '../../src/layer/error.ts'
import { PromotionError } from '../../src/layer/promotion-error.ts'
import { PublishError } from '../../src/publish/error.ts'
import { checkRegistry, RegistryError } from '../../src/registry/parse.ts'
import { SealError, sealFault } from '../../src/seal/fault.ts'
import { PointerError, pointerFault } from '../../src/seal/pointer-fault.ts'

function paper(): { io: Io; out: string[]; err: string[] } {
  const out: string[] = []
  const err: string[] = []
  const io: Io = {
    out: text => out.push(text),
    err: text => err.push(text),
    env: {},
    cwd: '/',
    now: () => new Date(0),
  }
  return { io, out, err }
}

const seal = new SealError(
  'run-1',
  [
    sealFault('SEAL_SIZE_MISMATCH', 'a.json', 'size', { want: '2 bytes', got: '3' }),
    sealFault('SEAL_MISSING_FILE', 'b.json', 'is listed and is not there'),
  ],
  [{ code: 'SEAL_LIST_CRLF', path: 'MANIFEST.sha256', message: 'a remark' }],
)
const pointer = new PointerError([pointerFault('POINTER_UNKNOWN', '#/pointers', 'is unknown')])
const registry = new RegistryError(checkRegistry(Buffer.from('{}\n'), 'x.json'))

t.test('printReport', async t => {
  t.test('prints the text, or the document', async t => {
    const { io, out, err } = paper()
    t.equal(printReport(io, false, { exit: 1, json: { a: 1 }, text: 'text' }), 1)
    t.equal(printReport(io, true, { exit: 0, json: { a: 1 }, text: 'text' }), 0)
    t.strictSame([out, err], [['text\n', '{\n  "a": 1\n}\n'], []])
  })
  t.test('prints no empty line', async t => {
    const { io, out } = paper()
    printReport(io, false, { exit: 0, json: null, text: '' })
    t.strictSame(out, [])
  })
})

t.test('faultLines is every fault of a failure, and every remark', async t => {
  t.strictSame(faultLines(seal), [
    'run-1/a.json: SEAL_SIZE_MISMATCH size (want 2 bytes, got 3)',
    'run-1/b.json: SEAL_MISSING_FILE is listed and is not there',
    'run-1/MANIFEST.sha256: SEAL_LIST_CRLF a remark',
  ])
  t.strictSame(faultLines(pointer), [
    'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json#/pointers: POINTER_UNKNOWN is unknown',
  ])
  t.equal(faultLines(registry).length, registry.violations.length)
  t.match(faultLines(registry)[0], /^x\.json:1:1 error /)
  t.strictSame(faultLines(new GitError('GIT_FAILED', 'no')), ['GIT_FAILED no'])
  t.match(faultLines(new TypeError('oops'))[0], /^INTERNAL TypeError: oops\n {4}at /)
  const bare = new Error('no stack')
  delete bare.stack
  t.strictSame(faultLines(bare), ['INTERNAL no stack'])
  t.strictSame(faultLines('thrown'), ['INTERNAL thrown'])
})

t.test('printFailure', async t => {
  t.test('says it on stderr', async t => {
    const { io, out, err } = paper()
    t.equal(printFailure(io, false, pointer), 1)
    t.strictSame(
      [out, err],
      [[], ['infra: registry/ACTIVE_REGISTRY_POINTERS_v0_1.json#/pointers: POINTER_UNKNOWN is unknown\n']],
    )
  })
  t.test('and as one document with --json', async t => {
    const { io, out, err } = paper()
    t.equal(printFailure(io, true, seal), 1)
    t.equal(err.length, 3)
    t.strictSame(JSON.parse(out.join('')), {
      error: { code: 'SEAL_SIZE_MISMATCH', message: seal.message, faults: faultLines(seal) },
    })
  })
  t.test('calls what has no code internal', async t => {
    const { io, out } = paper()
    t.equal(printFailure(io, true, new TypeError('oops')), 3)
    t.match(JSON.parse(out.join('')), { error: { code: 'INTERNAL', message: 'oops' } })
  })
})

t.test('exitOf', async t => {
  const table: [unknown, number][] = [
    [new PublishError('PUBLISH_MASS_CHANGE', ''), 1],
    [new PublishError('PUBLISH_WRITE_FAILED', ''), 3],
    [new PublishError('PUBLISH_NOT_DURABLE', ''), 3],
    [new PublishError('PUBLISH_CONFLICT', ''), 4],
    [new PublishError('PUBLISH_LOCKED', ''), 4],
    [seal, 1],
    [pointer, 1],
    [registry, 1],
    [new HomeError('HOME_MISSING', ''), 1],
    [new SealError('run', [sealFault('SEAL_UNREADABLE', 'x', 'EIO')]), 3],
    [new PointerError([pointerFault('POINTER_UNREADABLE', 'x', 'EIO')]), 3],
    [new PointerError([pointerFault('POINTER_CHANGED_WHILE_READ', 'x', 'grew')]), 4],
    [new GitError('GIT_MISSING', ''), 3],
    [new LayerError('LAYER_RUNS_UNREADABLE', ''), 3],
    [new LayerError('LAYER_INPUT_INVALID', ''), 1],
    [new Error(''), 3],
    ['thrown', 3],
  ]
  for (const [error, exit] of table) t.equal(exitOf(error), exit, String(error))
})

t.test('plain', async t => {
  for (const text of ['', 'why not', 'Grüße, 東京', '"quoted"']) t.equal(plain(text), text)
  t.equal(plain('a\u001b[31mb'), '"a\\u001b[31mb"')
  t.equal(plain('a\nb'), '"a\\nb"')
  t.equal(plain('a\u202eb'), '"a\\u202eb"', 'marks that turn the text around')
})

t.test('a violation of a schema is one line, with its pointer', async t => {
  const violation = {
    severity: 'error',
    code: 'wrong_type',
    message: 'want a number',
    ...{ file: 'a.json', pointer: '/a', line: 2, column: 3 },
  } as const
  const line = 'a.json:2:3 error wrong_type /a: want a number'
  t.strictSame(faultLines(new CatalogError('CATALOG_INVALID', 'm', [violation])), [line])
  t.strictSame(faultLines(new CatalogError('CATALOG_MISSING', 'm')), ['CATALOG_MISSING m'])
  t.strictSame(faultLines(new PromotionError('PROMOTE_SOURCE_INVALID', 'm', [violation])), [
    'PROMOTE_SOURCE_INVALID m',
    `  ${line}`,
  ])
  const hostile = { ...violation, file: 'a\u202eb', pointer: '/\u001b[31m' }
  t.notMatch(renderViolation(hostile), /[\p{Cc}\p{Cf}]/u)
  t.equal(renderViolation({ ...violation, pointer: '' }), 'a.json:2:3 error wrong_type want a number')
})

t.test('a source that cannot be read is the world, one that changes is a conflict', async t => {
  t.equal(exitOf(new PromotionError('PROMOTE_SOURCE_MISSING', '')), 1)
  t.equal(exitOf(new PromotionError('PROMOTE_SOURCE_UNREADABLE', '')), 3)
  t.equal(exitOf(new PromotionError('PROMOTE_SOURCE_CHANGED', '')), 4)
  t.equal(exitOf(new CatalogError('CATALOG_INVALID', '')), 1)
  t.equal(exitOf(new CatalogError('CATALOG_UNREADABLE', '')), 3)
})
