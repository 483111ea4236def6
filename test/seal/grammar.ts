// The spellings of a sealed set.

import { join, relative } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import {
  compareCodePoints,
  findRelpathDefect,
  foldPath,
  isRelpath,
  isRunId,
  isUtcTime,
} from '../../src/seal/grammar.ts'
import { fuzzRuns } from '../fixtures/seal-world.ts'

t.test('run ids', async t => {
  for (const id of ['2026-08-09__101500__tag', 'p1_20260204_001', 'a', '0'.repeat(128)]) t.ok(isRunId(id), id)
  for (const id of [
    '',
    '.',
    '..',
    '.a',
    '_a',
    '-a',
    'a/b',
    'a\\b',
    'a b',
    'a\n',
    'ä',
    '0'.repeat(129),
    7,
    null,
  ]) {
    t.notOk(isRunId(id), JSON.stringify(id))
  }
})

t.test('times', async t => {
  for (const time of [
    '2026-02-28T23:59:59Z',
    '2024-02-29T00:00:00Z',
    '2026-01-01T00:00:00.123Z',
    '0001-01-01T00:00:00Z',
  ]) {
    t.ok(isUtcTime(time), time)
  }
  const bad = [
    '',
    '2026-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01 00:00:00Z',
  ]
  for (const time of [
    ...bad,
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+00:00',
    '2026-00-01T00:00:00Z',
    'unknown',
    0,
    null,
  ]) {
    t.notOk(isUtcTime(time), String(time))
  }
})

t.test('relative paths', async t => {
  const good = [
    'a',
    'a/b/c.json',
    '.hidden',
    '...',
    'a b',
    'ä/\u{1f600}',
    'ROOT_SHA256',
    'ab:c',
    'a'.repeat(1024),
  ]
  t.strictSame(
    good.filter(path => !isRelpath(path)),
    [],
  )
  const climbing = ['', '.', '..', '/a', 'a/', 'a//b', './a', 'a/./b', 'a/../b']
  const foreign = [
    'a\\b',
    'C:',
    'c:/a',
    'a\nb',
    'a\u0000',
    'a\u007f',
    'a\u0085',
    'a\u2028b',
    '\udc00',
    'a'.repeat(1025),
  ]
  t.strictSame(
    [...climbing, ...foreign].filter(path => findRelpathDefect(path) === undefined),
    [],
  )
  t.notOk(isRelpath(7))
})

t.test('a legal path never leaves its folder', async t => {
  const parts = fc.array(fc.constantFrom('..', '.', '', 'a', '/', '\\', 'b/..', '..a', 'C:', '\u0000'), {
    maxLength: 6,
  })
  const property = fc.property(parts, pieces => {
    const path = pieces.join('/')
    return !isRelpath(path) || !relative('/top', join('/top', path)).startsWith('../')
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: fuzzRuns }), `${fuzzRuns} runs`)
})

t.test('order is that of code points', async t => {
  t.ok(compareCodePoints('\ue000', '\u{1f600}') < 0, 'unlike UTF-16')
  t.strictSame(['manifest.json', 'MANIFEST.sha256', 'a', 'a/b', 'a.b'].sort(compareCodePoints), [
    'MANIFEST.sha256',
    'a',
    'a.b',
    'a/b',
    'manifest.json',
  ])
  t.equal(foldPath('Ä'), foldPath('a\u0308'), 'one name on a disk that composes')
})
