// Cursors: what this code made comes back, anything else does not.

import fc from 'fast-check'
import t from 'tap'
import { cursorScope, parseCursor, renderCursor } from '../../src/registry/cursor.ts'
import { runs } from '../fixtures/registry-world.ts'

const revision = 'ab'.repeat(32)
const scope = cursorScope(revision, '/repos', {})

t.test('a cursor comes back as it was', async t => {
  fc.assert(
    fc.property(fc.nat({ max: 9_999_999_999 }), from => {
      const text = renderCursor({ ...scope, from })
      const read = parseCursor(text)
      return (
        /^[A-Za-z0-9_-]{1,64}$/.test(text) &&
        read?.from === from &&
        read.revision === scope.revision &&
        read.filter === scope.filter
      )
    }),
    runs(500),
  )
  t.pass('held')
})

t.test('a cursor belongs to one revision, one list and one filter', async t => {
  const others = [
    cursorScope('cd'.repeat(32), '/repos', {}),
    cursorScope(revision, '/orgs', {}),
    cursorScope(revision, '/repos', { org: 'acme' }),
    cursorScope(revision, '/repos', { q: 'acme' }),
    cursorScope(revision, '/repos', { state: 'enabled' }),
    cursorScope(revision, '/repos', { context: 'sandbox' }),
  ]
  t.equal(new Set([scope, ...others].map(one => JSON.stringify(one))).size, 7, 'all differ')
  t.strictSame(
    cursorScope(revision, '/repos', { org: 'ACME', q: 'Ab' }),
    cursorScope(revision, '/repos', { org: 'acme', q: 'aB' }),
    'case is no difference',
  )
})

t.test('what this code did not make is no cursor', async t => {
  const own = renderCursor({ ...scope, from: 7 })
  const of = (text: string) => Buffer.from(text).toString('base64url')
  const { revision: r, filter: f } = scope
  const others = ['', 'x', '0', own.slice(1), own.slice(0, -1), `${own}=`, `${own}A`, ` ${own}`, `${own}\n`]
  others.push(
    of(`${r}.${f}.`),
    of(`${r}.${f}.-1`),
    of(`${r}.${f}.07`),
    of(`${r}.${f}.1e3`),
    of(`${r}.${f}.7.7`),
  )
  others.push(
    of(`${r}.${f}.10000000000`),
    of(`${r.toUpperCase()}.${f}.7`),
    of(`${r}.${f}.7\n`),
    of(`${r}.${f}.٧`),
  )
  for (const text of others) t.equal(parseCursor(text), undefined, JSON.stringify(text))

  t.test('nor is any other spelling of one that it made', async t => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.string({ maxLength: 2 }), fc.nat({ max: 2 }), (at, put, cut) => {
        const text = own.slice(0, at) + put + own.slice(at + cut)
        const read = parseCursor(text)
        return read === undefined || renderCursor(read) === text
      }),
      runs(3000),
    )
    t.pass('held')
  })
})
