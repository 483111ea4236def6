// The two acts on an organisation as a whole, each with a verb of its own so that neither happens in passing: sending
// its telemetry elsewhere, and removing it once it is empty.

import { foldName } from '../registry/names.ts'
import type { OrgEntry, RegistryDocument } from '../registry/schema.ts'
import { EditError, WHY } from './error.ts'
import { type EditRequest, parseOrgName, parseTelemetry } from './request.ts'
import { needOrg, putOrg, type Step, without } from './step.ts'

/**
 * Plans `retarget-org`: every entry of the organisation reports elsewhere from then on. Throws what the names and the
 * telemetry rules forbid, `EDIT_TELEMETRY_UNCHANGED`, or `EDIT_UNCONFIRMED` while an entry would be redirected.
 */
export function planRetarget(document: RegistryDocument, request: EditRequest): Step {
  const org = parseOrgName(request)
  const owner = needOrg(document, org)
  if (request.telemetryRepo === undefined) {
    const want = `(want --telemetry-repo ${org}/<name>)`
    throw new EditError(
      'EDIT_TELEMETRY_MISSING',
      `retarget-org got no telemetry repository for ${org} ${want}`,
    )
  }
  const telemetry = parseTelemetry(org, request.telemetryRepo)
  const to = `${org}/${telemetry}`
  if (foldName(to) === foldName(owner.telemetry_repo)) {
    const message = `telemetry of ${org} already goes to ${owner.telemetry_repo} (want another, got ${to})`
    throw new EditError('EDIT_TELEMETRY_UNCHANGED', message)
  }
  const itself = Object.keys(owner.repos).find(repo => foldName(repo) === foldName(telemetry))
  if (itself !== undefined) {
    throw new EditError(
      'EDIT_TELEMETRY_SELF',
      `${org}/${itself} is registered itself (want a telemetry repository that is not, got ${to})`,
    )
  }
  const touched = Object.values(owner.repos)
  if (touched.length > 0 && !request.confirmRedirect) {
    const live = touched.filter(entry => entry.state === 'enabled' && entry.context === 'production').length
    throw new EditError(
      'EDIT_UNCONFIRMED',
      `retarget-org redirects ${count(touched.length)} of ${org}, ${live} enabled for production, from ${owner.telemetry_repo} to ${to} (want --confirm-redirect)`,
      `infra retarget-org ${org} --telemetry-repo ${to} --confirm-redirect ${WHY}`,
    )
  }
  const after: OrgEntry = { ...owner, telemetry_repo: to }
  return {
    action: 'retarget-org',
    org,
    telemetry,
    before: { telemetry_repo: owner.telemetry_repo },
    after: { telemetry_repo: to },
    document: putOrg(document, org, after),
  }
}

/** Plans `remove-org`. Throws what the name forbids, `EDIT_ORG_NOT_EMPTY` or `EDIT_UNCONFIRMED`. */
export function planRemoveOrg(document: RegistryDocument, request: EditRequest): Step {
  const org = parseOrgName(request)
  const { telemetry_repo, repos } = needOrg(document, org)
  const names = Object.keys(repos)
  if (names.length > 0) {
    const some = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '')
    throw new EditError(
      'EDIT_ORG_NOT_EMPTY',
      `organisation ${org} still has ${count(names.length)}: ${some} (want none)`,
      `infra unregister ${org}/${names[0]} --confirm-delete ${WHY}`,
    )
  }
  if (!request.confirmDelete) {
    throw new EditError(
      'EDIT_UNCONFIRMED',
      `remove-org takes ${org} and its telemetry repository ${telemetry_repo} out of the registry (want --confirm-delete)`,
      `infra remove-org ${org} --confirm-delete ${WHY}`,
    )
  }
  const after = { ...document, orgs: without(document.orgs, org) }
  return { action: 'remove-org', org, before: { telemetry_repo }, after: null, document: after }
}

function count(entries: number): string {
  return entries === 1 ? '1 entry' : `${entries} entries`
}
