// Taking a repository out. The organisation stays, with its telemetry repository, even when this was its last entry:
// removing it is a decision of its own (org.ts). A production entry leaves in two steps, never in one.

import { quote } from '../core/diagnostic.ts'
import type { RegistryDocument } from '../registry/schema.ts'
import { EditError, WHY } from './error.ts'
import { type EditRequest, parseOrgName, parseRepoName } from './request.ts'
import { needRepo, putOrg, type Step, without } from './step.ts'

/** Plans `unregister`. Throws what the names forbid, `EDIT_PRODUCTION_ENABLED` or `EDIT_UNCONFIRMED`. */
export function planUnregister(document: RegistryDocument, request: EditRequest): Step {
  const org = parseOrgName(request)
  const repo = parseRepoName(request)
  const [owner, before] = needRepo(document, org, repo)
  if (before.context === 'production' && before.state === 'enabled') {
    throw new EditError(
      'EDIT_PRODUCTION_ENABLED',
      `${org}/${repo} is enabled for production, reason ${quote(before.reason)} (want it disabled first)`,
      `infra disable ${org}/${repo} ${WHY}`,
    )
  }
  if (!request.confirmDelete) {
    throw new EditError(
      'EDIT_UNCONFIRMED',
      `unregister takes ${org}/${repo} out of the registry (want --confirm-delete)`,
      `infra unregister ${org}/${repo} --confirm-delete ${WHY}`,
    )
  }
  const after = putOrg(document, org, { ...owner, repos: without(owner.repos, repo) })
  return { action: 'unregister', org, repo, before, after: null, document: after }
}
