import t from 'tap'
import { evaluate } from '../../src/server/conditional.ts'

const TAG = '"abc"'

const ifNoneMatch: readonly (readonly [field: string, outcome: 200 | 304, why: string])[] = [
  ['"abc"', 304, 'the tag itself'],
  ['W/"abc"', 304, 'a weak form of it, for the comparison is weak'],
  ['"x", "abc"', 304, 'a list that holds it'],
  ['"x","abc","y"', 304, 'a list without blanks'],
  ['"x" ,\t"abc"', 304, 'a list with blanks'],
  [', "abc"', 304, 'a list with an empty element first'],
  ['"x", , "abc",', 304, 'a list with empty elements'],
  ['*', 304, 'any tag'],
  [' * ', 304, 'any tag, with blanks'],
  ['"a,b", "abc"', 304, 'a list with a comma inside a tag'],
  ['"x"', 200, 'another tag'],
  ['"ABC"', 200, 'a tag in another case'],
  ['W/"x", "y"', 200, 'a list without it'],
  ['""', 200, 'the empty tag'],
  ['abc', 200, 'no quotes: not a condition'],
  ['"abc', 200, 'an open quote: not a condition'],
  ['w/"abc"', 200, 'a lower-case weak mark: not a condition'],
  ['W/ "abc"', 200, 'a blank in the mark: not a condition'],
  ['"abc" "x"', 200, 'two tags without a comma: not a condition'],
  ['"x"; "abc"', 200, 'a semicolon: not a condition'],
  ['*, "abc"', 200, 'a star in a list: not a condition'],
  ['', 200, 'nothing: not a condition'],
  [',', 200, 'a list of nothing: not a condition'],
  ['"a b", "abc"', 200, 'a blank inside a tag: not a condition'],
  ['"a\u007fb", "abc"', 200, 'a DEL inside a tag: not a condition'],
  ['"\u00e9", "abc"', 304, 'obs-text inside another tag'],
]

const ifMatch: readonly (readonly [field: string, outcome: 200 | 412, why: string])[] = [
  ['"abc"', 200, 'the tag itself'],
  ['"x", "abc"', 200, 'a list that holds it'],
  ['*', 200, 'any tag'],
  ['W/"abc"', 412, 'a weak form of it, for the comparison is strong'],
  ['"x"', 412, 'another tag'],
  ['abc', 200, 'no quotes: not a condition'],
]

t.test('If-None-Match', async t => {
  for (const [field, outcome, why] of ifNoneMatch) {
    t.equal(evaluate({ ifMatch: undefined, ifNoneMatch: field }, TAG), outcome, `${outcome}: ${why}`)
  }
})

t.test('If-Match', async t => {
  for (const [field, outcome, why] of ifMatch) {
    t.equal(evaluate({ ifMatch: field, ifNoneMatch: undefined }, TAG), outcome, `${outcome}: ${why}`)
  }
})

t.test('both', async t => {
  t.equal(evaluate({ ifMatch: '"x"', ifNoneMatch: TAG }, TAG), 412, 'If-Match is evaluated first')
  t.equal(evaluate({ ifMatch: TAG, ifNoneMatch: TAG }, TAG), 304, 'then If-None-Match')
  t.equal(evaluate({ ifMatch: TAG, ifNoneMatch: '"x"' }, TAG), 200)
  t.equal(evaluate({ ifMatch: undefined, ifNoneMatch: undefined }, TAG), 200, 'neither is no condition')
})

t.test('a field of 8 KiB that almost follows the grammar is judged at once', async t => {
  for (const field of [`${'"a",'.repeat(2_000)}x`, `${', '.repeat(4_000)}x`, `"${'a'.repeat(8_000)}`]) {
    const began = performance.now()
    t.equal(evaluate({ ifMatch: undefined, ifNoneMatch: field }, TAG), 200)
    t.ok(performance.now() - began < 50, 'in less than 50 ms')
  }
})
