// What a step writes is what rendering the whole registry would have written, whatever the names and reasons in it.

import fc from 'fast-check'
import t from 'tap'
import { renderCanonical } from '../../src/core/json.ts'
import { rewrite } from '../../src/edit/rewrite.ts'
import { putOrg, putRepo, type Step, without } from '../../src/edit/step.ts'
import type { OrgEntry, RegistryDocument, RepoEntry } from '../../src/registry/schema.ts'
import { registries, runs } from '../fixtures/registry-world.ts'

const bytesOf = (document: RegistryDocument): Buffer => Buffer.from(renderCanonical(document))

/** A step to `document` that concerns `org`; what else it would tell does not matter here. */
const stepTo = (org: string, document: RegistryDocument): Step => ({
  action: 'enable',
  org,
  before: null,
  after: null,
  document,
})

const entry: RepoEntry = { state: 'disabled', context: 'sandbox', process: 'x', reason: '},\n    {"é"\u2028' }

t.test('an entry put, an organisation emptied, redirected, added or removed', async t => {
  const property = fc.property(registries, fc.nat(), (before, at) => {
    const orgs = Object.keys(before.orgs)
    const org = orgs[at % Math.max(orgs.length, 1)] ?? 'new-org'
    const owner: OrgEntry = before.orgs[org] ?? { telemetry_repo: `${org}/t`, repos: {} }
    const afters = [
      putOrg(before, org, putRepo(owner, '__proto__', entry)),
      putOrg(before, org, { ...owner, repos: {} }),
      putOrg(before, org, { ...owner, telemetry_repo: `${org}/elsewhere` }),
      { ...before, orgs: without(before.orgs, org) },
    ]
    for (const after of afters) {
      const got = Buffer.from(rewrite(stepTo(org, after), before, bytesOf(before)))
      if (!got.equals(bytesOf(after))) return false
    }
    return true
  })
  t.doesNotThrow(() => fc.assert(property, runs(300)))
})

t.test('the bytes that were given stay as they are', async t => {
  const before: RegistryDocument = {
    schema_version: '2.0',
    orgs: { a: { telemetry_repo: 'a/t', repos: {} } },
  }
  const bytes = bytesOf(before)
  const kept = Buffer.from(bytes)
  const after = putOrg(before, 'a', putRepo(before.orgs.a!, 'r', entry))
  t.notOk(Buffer.from(rewrite(stepTo('a', after), before, bytes)).equals(kept))
  t.ok(bytes.equals(kept))
})
