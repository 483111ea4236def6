// The file: its lines, its order in time, and its torn end.

import t from 'tap'
import { renderChange } from '../../src/changelog/change.ts'
import { checkChangelog, parseChangelog, scanChangelog } from '../../src/changelog/changelog.ts'
import { LogError } from '../../src/changelog/log-fault.ts'
import { editAll, logOf } from '../fixtures/edit-world.ts'

const { changes } = editAll([
  { action: 'disable', repo: 'app' },
  { action: 'enable', repo: 'app' },
  { reason: 'é 🦊' },
])
const [one, two, three] = changes.map(renderChange) as [string, string, string]
const legacy =
  '{"timestamp":"2026-02-04T02:19:02Z","action":"disable","owner":"a","repo":"b","process":"infra-cli","schema_version":"2.0"}\n'
const faultsOf = (text: string | Uint8Array): string[] =>
  checkChangelog(Buffer.from(text), 'log').map(({ line, column, code }) => `${line}:${column} ${code}`)

t.test('a log is its lines, and an empty file is a log', async t => {
  t.strictSame(
    parseChangelog(logOf(changes), 'log'),
    changes.map((change, at) => ({ line: at + 1, change })),
  )
  t.strictSame(parseChangelog(Buffer.alloc(0), 'log'), [])
  t.equal(parseChangelog(Buffer.from(legacy + one), 'log').length, 2)
})

t.test('line ends are LF, one to a line, and no line is blank', async t => {
  t.strictSame(faultsOf(one.replace('\n', '\r\n')), [`1:${one.length} LOG_CRLF`])
  t.strictSame(faultsOf(`${one}\n${two}`), ['2:1 LOG_BLANK_LINE'])
  t.strictSame(faultsOf(`${one} \t\n`), ['2:1 LOG_BLANK_LINE'])
  t.strictSame(faultsOf(`${one}\r\n`), ['2:1 LOG_CRLF', '2:1 LOG_BLANK_LINE'])
  t.strictSame(faultsOf('\n'), ['1:1 LOG_BLANK_LINE'])
  t.strictSame(faultsOf(one.trimEnd() + two), [`1:${one.length} LOG_TRAILING_TEXT`], 'glued')
})

t.test('every fault is told, with its line, and the good lines are still read', async t => {
  const text = `${one}nonsense\n${two.replace('acme', 'a b')}\n${three}`
  t.strictSame(faultsOf(text), ['2:1 LOG_NOT_JSON', '3:55 LOG_BAD_NAME', '4:1 LOG_BLANK_LINE'])
  t.strictSame(
    scanChangelog(Buffer.from(text), 'log').lines.map(({ line }) => line),
    [1, 5],
  )
})

t.test('time stands still or goes on', async t => {
  t.strictSame(faultsOf(one + two), [], 'the same second')
  const early = two.replace('2026-03-05', '2026-03-04')
  t.strictSame(faultsOf(one + early + three), ['2:1 LOG_BACKWARD_TIMESTAMP'])
})

t.test('lines of the field stand before ours', async t => {
  t.strictSame(faultsOf(one + legacy.replace('2026-02', '2026-04')), ['2:1 LOG_LEGACY_AFTER_OWN'])
})

t.test('a last line without its end is torn, and where to cut is told', async t => {
  const cut = one + two.slice(0, 40)
  t.match(scanChangelog(Buffer.from(cut), 'log'), {
    lines: [{ line: 1 }],
    faults: [{ code: 'LOG_TORN', line: 2 }],
    torn: { line: 2, offset: Buffer.byteLength(one), change: undefined },
  })
  t.strictSame(
    scanChangelog(Buffer.from(one + two.trimEnd()), 'log').torn?.change,
    changes[1],
    'only its end is missing',
  )
  const half = Buffer.from(one + three)
  t.strictSame(faultsOf(half.subarray(0, half.indexOf('🦊') + 2)), ['2:1 LOG_TORN'], 'within a character')
  t.strictSame(faultsOf(Buffer.concat([Buffer.from(one), Buffer.alloc(20)])), ['2:1 LOG_TORN'], 'zeros')
  t.strictSame(faultsOf('x'), ['1:1 LOG_TORN'])
})

t.test('parsing throws everything at once, and tells a torn log from a wrong one', async t => {
  const thrown = (text: string): LogError => {
    try {
      parseChangelog(Buffer.from(text), 'log')
    } catch (error) {
      if (error instanceof LogError) return error
    }
    throw new Error('was not refused')
  }
  t.equal(thrown(one + two.slice(0, 9)).code, 'LOG_TORN')
  t.match(thrown(`\n${two.slice(0, 9)}`), {
    code: 'LOG_INVALID',
    faults: [{ code: 'LOG_BLANK_LINE' }, { code: 'LOG_TORN' }],
  })
})
