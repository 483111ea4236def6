// Pointers, and the places in a text that they name.

import t from 'tap'
import { jsonPointer, locatePointers } from '../../src/core/json-pointer.ts'

t.test('are joined by RFC 6901', async t => {
  t.equal(jsonPointer([]), '')
  t.equal(jsonPointer(['a/b', 'm~n', 0, '']), '/a~1b/m~0n/0/')
})

t.test('are found at the key of a member and at the value of an item', async t => {
  const text = '{\n  "a": {\n    "b/c": [\n      1,\n      null\n    ]\n  },\n  "__proto__": 1\n}\n'
  const asked = ['', '/a', '/a/b~1c', '/a/b~1c/1', '/__proto__', '/a/x', '/a/b~1c/2']
  const found = locatePointers(text, new Set(asked))
  t.strictSame(Object.fromEntries([...found].map(([at, { line, column }]) => [at, `${line}:${column}`])), {
    '/a': '2:3',
    '/a/b~1c': '3:5',
    '/a/b~1c/1': '5:7',
    '/__proto__': '8:3',
    '': '1:1',
  })
})
