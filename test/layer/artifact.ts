// The place of a fault: its line and column in JSON, its line in JSON Lines and CSV, and of what is missing, the place of
// what should hold it.

import { Type } from '@sinclair/typebox'
import t from 'tap'
import { checkArtifact, placed } from '../../src/layer/artifact.ts'
import { closed } from '../../src/layer/schemas/words.ts'

const schema = closed({
  list: Type.Array(closed({ a: Type.Integer() })),
  'x/y': Type.Optional(Type.String()),
})

const places = (form: 'json' | 'jsonl', text: string) =>
  checkArtifact(form, schema, Buffer.from(text), 'f').map(
    ({ code, pointer, line, column }) => `${line}:${column} ${code} ${pointer}`,
  )

t.test('in JSON', async t => {
  t.strictSame(places('json', '{"list":[]}'), [])
  t.strictSame(places('json', '{\n "list": [\n  {"a": 1},\n  {}\n ],\n "x/y": 1}'), [
    '4:3 missing_key /list/1/a',
    '6:2 wrong_type /x~1y',
  ])
  t.strictSame(places('json', '{\n}'), ['1:1 missing_key /list'])
  t.strictSame(places('json', '{"list":\n[\n7]}'), ['3:1 wrong_type /list/0'])
  t.strictSame(places('json', '{"list":\n[\n[]]}'), ['3:1 wrong_type /list/0'])
})

t.test('in JSON Lines', async t => {
  const good = '{"list":[]}\n'
  t.strictSame(places('jsonl', good.repeat(3)), [])
  t.strictSame(places('jsonl', `${good}{"list":[{}]}\n`), ['2:10 missing_key /list/0/a'])
  t.strictSame(places('jsonl', `${good}\n{"list": 1}`), [
    '2:1 blank_line ',
    '3:2 wrong_type /list',
    '3:1 no_line_end ',
  ])
  t.strictSame(places('jsonl', `${good}{"list":[],"list":[]}\n`), ['2:12 duplicate_key /list'])
})

t.test('no more than a hundred of one file, and none is repeated without end', async t => {
  t.equal(checkArtifact('jsonl', schema, Buffer.from('{}\n'.repeat(10_000)), 'f').length, 100)
  t.equal(checkArtifact('json', schema, Buffer.from(`{"list":[${'1,'.repeat(10_000)}1]}`), 'f').length, 100)
})

t.test('faults are told in the order of the file', async t => {
  const faults = placed('{\n"b": 1,\n"a": [2]\n}', [
    { pointer: '/a/0' },
    { pointer: '/b' },
    { pointer: '/c/d' },
  ])
  t.strictSame(
    faults.map(({ pointer, line }) => `${line} ${pointer}`),
    ['1 /c/d', '2 /b', '3 /a/0'],
  )
})
