// Which files are members, and which folders have to be walked to find them.

import t from 'tap'
import { findPatternDefect, isMember, mayHoldMembers } from '../../src/layer/member-pattern.ts'

t.test('members', async t => {
  const table: readonly [pattern: string, yes: readonly string[], no: readonly string[]][] = [
    ['*', ['a', '.a'], ['a/b']],
    ['*.json', ['a.json', '.json'], ['a.jsonl', 'x/a.json', 'json']],
    ['a*b*c', ['abc', 'aXbYc', 'abbc'], ['ac', 'acb', 'ab', 'abcd']],
    ['aa*aa', ['aaaa', 'aabaa'], ['aaa', 'aa']],
    ['range_*_days.jsonl', ['range_1_days.jsonl'], ['range_days.jsonl', 'range_1_days.jsonl.bak']],
    ['*/out/**', ['p/out/a', 'p/out/a/b/c'], ['p/out', 'out/a', 'p/q/out/a', 'p/outer/a']],
    ['**', ['a', 'a/b'], []],
  ]
  for (const [pattern, yes, no] of table) {
    for (const path of yes) t.ok(isMember(pattern, path), `${pattern} takes ${path}`)
    for (const path of no) t.notOk(isMember(pattern, path), `${pattern} leaves ${path}`)
    for (const path of yes.filter(one => one.includes('/'))) {
      const parts = path.split('/').slice(0, -1)
      for (let depth = 1; depth <= parts.length; depth += 1)
        t.ok(mayHoldMembers(pattern, parts.slice(0, depth).join('/')), `and ${pattern} leads there`)
    }
  }
})

t.test('folders that cannot hold one are not walked', async t => {
  t.notOk(mayHoldMembers('*.json', 'a'))
  t.notOk(mayHoldMembers('*/out/**', 'p/other'))
  t.notOk(mayHoldMembers('p*/out/x', 'q'))
  t.ok(mayHoldMembers('*/out/**', 'p/out/deep/er'))
})

t.test('what is no pattern', async t => {
  for (const pattern of ['a//b', '/a', 'a/', '**/a', 'a**', 'x/**y'])
    t.ok(findPatternDefect(pattern), pattern)
  for (const pattern of ['*', '**', 'a/*/b*.x', '*/**'])
    t.equal(findPatternDefect(pattern), undefined, pattern)
})

t.test('no pattern is slow', async t => {
  t.notOk(isMember(`${'*a'.repeat(500)}b`, 'a'.repeat(50_000)))
})
