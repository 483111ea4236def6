// Where a text goes too deep: the first bracket or list mark beyond the bound, and none that is quoted.

import t from 'tap'
import { deepestOffset, MAX_DEPTH } from '../../src/manifest/yaml-depth.ts'

t.test('finds the first bracket beyond the bound', async t => {
  for (const bracket of ['[', '{']) {
    t.equal(deepestOffset(`a: ${bracket.repeat(MAX_DEPTH)}`), -1)
    t.equal(deepestOffset(`a: ${bracket.repeat(MAX_DEPTH + 5)}`), 3 + MAX_DEPTH)
  }
  t.equal(deepestOffset('[] {} '.repeat(100)), -1, 'what is closed again')
  t.equal(deepestOffset(']'.repeat(100) + '['.repeat(MAX_DEPTH)), -1)
})

t.test('finds a run of list marks', async t => {
  t.equal(deepestOffset(`a:\n  ${'- '.repeat(MAX_DEPTH + 1)}x`), 5)
  t.equal(deepestOffset(`a:\n  ${'- '.repeat(MAX_DEPTH)}x`), -1)
})

t.test('leaves quotes and comments alone', async t => {
  const many = '['.repeat(100)
  for (const text of [`a: "${many}"`, `a: '${many}'`, `# ${many}`, `a: 1 # ${many}\n`, `a: "\\"${many}"`]) {
    t.equal(deepestOffset(text), -1, text.slice(0, 8))
  }
  t.equal(deepestOffset(`# x\n${many}`), 4 + MAX_DEPTH)
  t.equal(deepestOffset(`it's ${many}`), 5 + MAX_DEPTH, 'an apostrophe opens nothing')
})
