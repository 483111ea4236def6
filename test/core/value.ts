import t from 'tap'
import { isMembers, kindOf, memberOf } from '../../src/core/value.ts'

t.test('only an object has members, and only its own', async t => {
  for (const value of [null, undefined, [], 'a', 1, true]) t.notOk(isMembers(value), String(value))
  const members: unknown = JSON.parse('{"__proto__":1,"a":null}')
  if (!isMembers(members)) return t.fail('an object')
  t.equal(memberOf(members, '__proto__'), 1)
  t.equal(memberOf(members, 'a'), null)
  for (const key of ['constructor', 'toString', 'b']) t.equal(memberOf(members, key), undefined, key)
})

t.test('each type has its name', async t => {
  const named = [null, undefined, [], {}, 'a', 1, true].map(kindOf)
  t.strictSame(named, ['null', 'nothing', 'an array', 'an object', 'a string', 'a number', 'a boolean'])
})
