// What the published schema of a line takes and refuses.

import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t from 'tap'
import { Change } from '../../src/changelog/change-schema.ts'
import { edit, vectorsOf } from '../fixtures/edit-world.ts'

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true })
formats.default(ajv)
const validate = ajv.compile(JSON.parse(JSON.stringify(Change)))

const changes = [
  edit(),
  edit({ action: 'disable', repo: 'app' }),
  edit({ action: 'enable', repo: 'old' }),
  edit({ action: 'unregister', repo: 'app', confirmDelete: true }),
  edit({ action: 'retarget-org', telemetryRepo: 't2', confirmRedirect: true }),
  edit({ action: 'remove-org', org: 'hollow', confirmDelete: true }),
].flatMap(mutation => mutation.changes)

t.test('the schema takes a line of each action', async t => {
  for (const change of changes) t.ok(validate(change), `${change.action} ${ajv.errorsText(validate.errors)}`)
})

t.test('the schema takes every line of the field', async t => {
  const logs = vectorsOf('changelog-history')
  if (logs === undefined) {
    t.comment('THE REAL CHANGELOGS ARE NOT BESIDE THIS CHECKOUT')
    return
  }
  for (const name of ['05', '08', '10']) {
    for (const line of logs.get(name)!.toString().trimEnd().split('\n'))
      t.ok(validate(JSON.parse(line)), line)
  }
})

t.test('the schema refuses a line with a key too many or too few', async t => {
  for (const change of changes) {
    t.notOk(validate({ ...change, actor: 'me' }), `${change.action}: unknown key`)
    for (const key of Object.keys(change)) {
      // Without all three of ours it would be a line of the field; without one of them it is nothing.
      const { [key]: _, ...rest } = change as Record<string, unknown>
      t.notOk(validate(rest), `${change.action} without ${key}`)
    }
  }
})
