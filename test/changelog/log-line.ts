// One line as bytes: what is wrong with the text itself, and the column where a person would look.

import t from 'tap'
import { renderChange } from '../../src/changelog/change.ts'
import { scanLine } from '../../src/changelog/log-line.ts'
import { edit } from '../fixtures/edit-world.ts'

const [change] = edit({ action: 'disable', repo: 'app' }).changes
const good = renderChange(change!).trimEnd()
const scan = (text: string | Uint8Array): string[] =>
  scanLine(Buffer.from(text)).faults.map(({ code, column }) => `${code} ${column}`)

t.test('a good line gives its change', async t => {
  t.strictSame(scanLine(Buffer.from(good)), { change, faults: [] })
})

t.test('a text that is not one compact object is refused for what it is', async t => {
  for (const [name, text, want] of [
    ['nothing', '', ['LOG_NOT_JSON 1']],
    ['no JSON', '{"a":', ['LOG_NOT_JSON 6']],
    ['two objects', `${good}${good}`, [`LOG_TRAILING_TEXT ${good.length + 1}`]],
    ['a byte-order mark', `\ufeff${good}`, ['LOG_BYTE_ORDER_MARK 1']],
    ['a blank', good.replace(',', ', '), ['LOG_NOT_COMPACT 37']],
    ['a blank before', ` ${good}`, ['LOG_NOT_COMPACT 1']],
    ['an escape that is none of ours', good.replace('acme', '\\u0061cme'), ['LOG_NOT_COMPACT 65']],
    ['a duplicate', good.replace('{', '{"owner":"evil",'), ['LOG_KEY_ORDER 17', 'LOG_DUPLICATE_KEY 71']],
    ['no object', '[]', ['LOG_NOT_OBJECT 1']],
    ['a comment', `${good}//x`, [`LOG_TRAILING_TEXT ${good.length + 1}`]],
  ] as const) {
    t.strictSame(scan(text), want, name)
  }
  t.strictSame(scan(Buffer.concat([Buffer.from('{"é'), Buffer.of(0xff), Buffer.from('":1}')])), [
    'LOG_NOT_UTF8 4',
  ])
  t.match(scan('['.repeat(100_000)), [/^LOG_TOO_DEEP/])
  t.strictSame(scan(`${'['.repeat(1000)}${']'.repeat(1000)}`), ['LOG_TOO_DEEP 65'])
  t.strictSame(
    scan(`{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    ['LOG_TOO_DEEP 69'],
    'deeper than can be walked',
  )
})

t.test('a fault of the content stands at its key', async t => {
  t.strictSame(scan(good.replace('"acme"', '"a b"')), ['LOG_BAD_NAME 56'])
  t.strictSame(scan(good.replace('"state":"enabled"', '"state":"on"')), [
    `LOG_BAD_VALUE ${good.indexOf('"state"') + 1}`,
  ])
  t.strictSame(scan(good.replace('"owner"', '"ownr"')), ['LOG_MISSING_KEY 1', 'LOG_UNKNOWN_KEY 56'])
  const { change: none } = scanLine(Buffer.from(good.replace('acme', 'a b')))
  t.equal(none, undefined)
})
