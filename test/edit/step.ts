// What every step is made of: looking a name up without being taken in by it, and putting an entry where it belongs.

import t from 'tap'
import {
  findOrg,
  findRepo,
  needOrg,
  needRepo,
  putOrg,
  putRepo,
  telemetryName,
  without,
} from '../../src/edit/step.ts'
import { editWorld, refusalOf } from '../fixtures/edit-world.ts'
import { entryOf, orgOf, prototypeNames } from '../fixtures/registry-world.ts'

t.test('a name is found in its own spelling, and another spelling is refused', async t => {
  const world = editWorld()
  t.equal(findOrg(world, 'acme'), world.orgs.acme)
  t.equal(findOrg(world, 'unknown'), undefined)
  t.match(
    refusalOf(() => findOrg(world, 'globex')),
    { code: 'EDIT_CASE_COLLISION', message: /want Globex, got globex/ },
  )
  t.equal(refusalOf(() => findRepo(world.orgs.acme!, 'APP')).code, 'EDIT_CASE_COLLISION')
})

t.test('the names that every object answers to are absent until they are there', async t => {
  const org = orgOf('acme', {})
  for (const name of prototypeNames) {
    t.equal(findRepo(org, name), undefined, name)
    const put = putRepo(org, name, entryOf())
    t.strictSame(Object.keys(put.repos), [name])
    t.strictSame(findRepo(put, name), entryOf())
    t.strictSame(Object.keys(without(put.repos, name)), [])
  }
  t.equal(findOrg(editWorld(), 'constructor'), undefined)
})

t.test('what has to be there and is not is refused', async t => {
  t.equal(refusalOf(() => needOrg(editWorld(), 'nobody')).code, 'EDIT_ORG_NOT_REGISTERED')
  t.equal(refusalOf(() => needRepo(editWorld(), 'nobody', 'app')).code, 'EDIT_ORG_NOT_REGISTERED')
  t.equal(refusalOf(() => needRepo(editWorld(), 'acme', 'nothing')).code, 'EDIT_REPO_NOT_REGISTERED')
  t.equal(needRepo(editWorld(), 'acme', 'app')[1].reason, 'the first')
})

t.test('an entry keeps its place, a new one goes last, and nothing else moves', async t => {
  const world = editWorld()
  const again = putOrg(world, 'acme', putRepo(world.orgs.acme!, 'app', entryOf({ reason: 'other' })))
  t.strictSame(Object.keys(again.orgs.acme!.repos), Object.keys(world.orgs.acme!.repos))
  const more = putRepo(world.orgs.acme!, 'zz', entryOf())
  t.equal(Object.keys(more.repos).at(-1), 'zz')
  t.equal(again.orgs.Globex, world.orgs.Globex, 'what was not touched is the very same')
  t.strictSame(world, editWorld())
})

t.test('the name of a telemetry repository is what follows its owner', async t => {
  t.equal(telemetryName({ telemetry_repo: 'acme/tele.metry' }), 'tele.metry')
})
