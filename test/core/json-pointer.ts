// Pointers, and the places in a text that they name.

import fc from 'fast-check'
import t from 'tap'
import { renderCanonical } from '../../src/core/json.ts'
import { jsonPointer, locateInCanonical, locatePointers } from '../../src/core/json-pointer.ts'
import { runs } from '../fixtures/registry-world.ts'

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

/** Every pointer into `value`, that of the whole first. */
function* pointersInto(value: unknown, path: readonly string[] = []): Generator<string> {
  yield jsonPointer(path)
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) yield* pointersInto(member, [...path, key])
}

t.test('in a canonical text they are found without reading it', async t => {
  let found = 0
  fc.assert(
    fc.property(fc.json({ maxDepth: 4, stringUnit: 'binary' }), fc.nat(3), (json, every) => {
      const value = JSON.parse(json)
      const all = [...pointersInto(value)]
      const some = new Set([...all.filter((_, i) => i % (every + 1) === every % 2), '/not/there', '/a~2'])
      const places = locateInCanonical(value, some)
      found += places.size
      const read = locatePointers(renderCanonical(value), some)
      t.strictSame([...places].toSorted(), [...read].toSorted())
    }),
    runs(500),
  )
  t.ok(found > 500)
})
