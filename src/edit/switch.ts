// Enabling and disabling: the entry keeps its place and its context, and gets a new reason; the old one is kept in the
// line. A switch that is already where it is asked to be is refused, so that no line records what did not happen.

import { PROCESS } from '../changelog/change.ts'
import { quote } from '../core/diagnostic.ts'
import type { RegistryDocument, RepoEntry } from '../registry/schema.ts'
import { EditError } from './error.ts'
import { type EditRequest, parseOrgName, parseRepoName } from './request.ts'
import { needRepo, putOrg, putRepo, type Step } from './step.ts'

/** Plans `enable` or `disable`. Throws what the names forbid, `EDIT_ALREADY_ENABLED` or `EDIT_ALREADY_DISABLED`. */
export function planSwitch(
  action: 'enable' | 'disable',
  document: RegistryDocument,
  request: EditRequest,
  reason: string,
): Step {
  const org = parseOrgName(request)
  const repo = parseRepoName(request)
  const [owner, before] = needRepo(document, org, repo)
  const state = action === 'enable' ? 'enabled' : 'disabled'
  if (before.state === state) {
    throw new EditError(
      state === 'enabled' ? 'EDIT_ALREADY_ENABLED' : 'EDIT_ALREADY_DISABLED',
      `${org}/${repo} is already ${state}: ${before.context}, reason ${quote(before.reason)}; nothing was changed`,
      `infra show ${org}/${repo}`,
    )
  }
  const after: RepoEntry = { ...before, state, process: PROCESS, reason }
  return { action, org, repo, before, after, document: putOrg(document, org, putRepo(owner, repo, after)) }
}
