// The compiled form: one buffer that holds every section where the header says, whole and in registry order.

import t from 'tap'
import { compileRegistry } from '../../src/registry/compile.ts'
import {
  ASCII,
  COUNTS,
  DISABLED,
  entryNamed,
  kindOf,
  openCompiled,
  PRODUCTION,
} from '../../src/registry/compiled.ts'
import { entryOf, orgOf, registryOf } from '../fixtures/registry-world.ts'

const document = registryOf({
  Beta: orgOf('Beta', { one: entryOf({ state: 'disabled', context: 'production', reason: 'é' }) }),
  Empty: orgOf('Empty', {}),
  Acme: orgOf('Acme', {
    Two: entryOf({ state: 'enabled', context: 'sandbox', reason: 'plain' }),
    three: entryOf({ state: 'enabled', context: 'production', reason: 'plain' }),
  }),
})

t.test('entries and organisations keep their order', async t => {
  const all = openCompiled(compileRegistry(document))
  t.strictSame(
    [0, 1, 2].map(i => all.entryNames.at(i)),
    ['beta/one', 'acme/two', 'acme/three'],
  )
  t.strictSame(
    [0, 1, 2].map(i => all.orgNames.at(i)),
    ['beta', 'empty', 'acme'],
  )
  t.strictSame([...all.orgFirsts], [0, 1, 1, 3])
  t.equal(all.orgTargets.at(2), 'acme/telemetry')
  t.strictSame(JSON.parse(`{${all.entryTexts.at(0)}}`), {
    org: 'Beta',
    repo: 'one',
    telemetry_repo: 'Beta/telemetry',
    ...document.orgs.Beta!.repos.one,
  })
})

t.test('an entry is known by its text, and by its two names alone', async t => {
  const { entryTexts } = openCompiled(compileRegistry(document))
  const isName = entryNamed(entryTexts)
  const names = [
    ['Beta', 'one'],
    ['acme', 'TWO'],
    ['ACME', 'three'],
  ]
  for (const [position, name] of names.entries()) {
    t.strictSame(
      names.map((_, other) => isName(other, name)),
      names.map((_, other) => other === position),
    )
  }
  const text = entryTexts.at(1)
  const longer = text.slice('"org":"Acme","repo":"'.length, text.indexOf(',"context"') - 1)
  const whole = `${text.slice('"org":"'.length)}\n"org":"Acme`
  for (const name of [
    ['acme', longer],
    [whole, 'three'],
    ['acme', ''],
    ['acme', 'tw'],
    ['acme', 'two', ''],
    ['acme/two'],
    [],
  ]) {
    t.notOk(isName(1, name), JSON.stringify(name))
  }
})

t.test('flags say state, context and whether the text is ASCII', async t => {
  const all = openCompiled(compileRegistry(document))
  t.strictSame([...all.entryFlags], [DISABLED | PRODUCTION, ASCII, PRODUCTION | ASCII])
  t.equal(all.orgCounts.length, 3 * COUNTS)
  t.equal(all.orgCounts[2 * COUNTS + kindOf({ state: 'enabled', context: 'sandbox' })], 1)
  t.equal(all.orgCounts[2 * COUNTS + kindOf({ state: 'enabled', context: 'production' })], 1)
  t.equal(all.orgCounts[kindOf({ state: 'disabled', context: 'production' })], 1)
})
