// Registering a repository, and resetting a sandbox. What is already there is never overwritten: an entry is shown
// and refused, and an organisation's telemetry repository does not change because somebody typed another.

import { PROCESS } from '../changelog/change.ts'
import { quote } from '../core/diagnostic.ts'
import { foldName } from '../registry/names.ts'
import type { Context, OrgEntry, RegistryDocument, RepoEntry } from '../registry/schema.ts'
import { EditError, WHY } from './error.ts'
import {
  collision,
  type EditRequest,
  parseContext,
  parseOrgName,
  parseRepoName,
  parseTelemetry,
} from './request.ts'
import { findOrg, findRepo, putOrg, putRepo, type Step, telemetryName, without } from './step.ts'

/**
 * Plans a registration: one step, or with `reset` two (`unregister`, then `register`), which a log that knows nothing
 * of resets replays too. Throws what the request, the names, the telemetry rules or the entry that is there forbid.
 */
export function planRegister(document: RegistryDocument, request: EditRequest, reason: string): Step[] {
  const org = parseOrgName(request)
  const repo = parseRepoName(request)
  const context = parseContext(request)
  const known = findOrg(document, org)
  const asked = request.telemetryRepo === undefined ? undefined : parseTelemetry(org, request.telemetryRepo)
  const there = known === undefined ? undefined : findRepo(known, repo)

  if (there !== undefined && !request.reset) throw alreadyRegistered(org, repo, there)
  if (there === undefined && request.reset) {
    const remedy = `infra register ${org}/${repo} --context ${context} ${WHY}`
    throw new EditError(
      'EDIT_REPO_NOT_REGISTERED',
      `${org}/${repo} is not registered: nothing to reset`,
      remedy,
    )
  }
  if (there?.context === 'production') {
    throw new EditError(
      'EDIT_PRODUCTION_IMMUTABLE',
      `${org}/${repo} is a production registration (${shown(there)}): it is disabled, then unregistered, and never reset`,
      there.state === 'enabled' ? `infra disable ${org}/${repo} ${WHY}` : unregisterLine(org, repo),
    )
  }

  const telemetry = chooseTelemetry(org, known, asked)
  if (foldName(repo) === foldName(telemetry)) {
    throw new EditError(
      'EDIT_TELEMETRY_SELF',
      `${org}/${repo} is where the telemetry of ${org} goes: a telemetry repository is never registered itself`,
    )
  }
  if (known === undefined || there === undefined) {
    return [addStep(document, { org, repo, context, telemetry, reason }, known)]
  }
  const cleared = { ...known, repos: without(known.repos, repo) }
  const out = putOrg(document, org, cleared)
  return [
    { action: 'unregister', org, repo, before: there, after: null, document: out },
    addStep(out, { org, repo, context, telemetry, reason }, cleared),
  ]
}

interface Addition {
  readonly org: string
  readonly repo: string
  readonly context: Context
  readonly telemetry: string
  readonly reason: string
}

function addStep(document: RegistryDocument, addition: Addition, known: OrgEntry | undefined): Step {
  const { org, repo, context, telemetry, reason } = addition
  const entry: RepoEntry = { state: 'enabled', context, process: PROCESS, reason }
  const owner = known ?? { telemetry_repo: `${org}/${telemetry}`, repos: {} }
  const after = putOrg(document, org, putRepo(owner, repo, entry))
  return { action: 'register', org, repo, context, telemetry, before: null, after: entry, document: after }
}

/** Returns the telemetry repository of the organisation: the one it has, or for a new one the one asked for. */
function chooseTelemetry(org: string, known: OrgEntry | undefined, asked: string | undefined): string {
  if (known === undefined) {
    if (asked !== undefined) return asked
    throw new EditError(
      'EDIT_TELEMETRY_MISSING',
      `organisation ${org} is new, and no telemetry repository is given (want --telemetry-repo ${org}/<name>)`,
    )
  }
  const own = telemetryName(known)
  if (asked === undefined || asked === own) return own
  if (foldName(asked) === foldName(own)) throw collision('telemetry repository', asked, own)
  throw new EditError(
    'EDIT_TELEMETRY_MISMATCH',
    `telemetry of ${org} goes to ${known.telemetry_repo} (want that or none, got ${org}/${asked}); to redirect all of ${org}`,
    `infra retarget-org ${org} --telemetry-repo ${org}/${asked} --confirm-redirect ${WHY}`,
  )
}

function alreadyRegistered(org: string, repo: string, entry: RepoEntry): EditError {
  const name = `${org}/${repo}`
  // Nothing that takes a working entry out is offered in passing, but a sandbox is there to be reset.
  const remedy =
    entry.state === 'disabled'
      ? `infra enable ${name} ${WHY}`
      : entry.context === 'sandbox'
        ? `infra register ${name} --reset --context sandbox ${WHY}`
        : `infra show ${name}`
  return new EditError('EDIT_ALREADY_REGISTERED', `${name} is already registered: ${shown(entry)}`, remedy)
}

function shown({ state, context, reason }: RepoEntry): string {
  return `${state}, ${context}, reason ${quote(reason)}`
}

function unregisterLine(org: string, repo: string): string {
  return `infra unregister ${org}/${repo} --confirm-delete ${WHY}`
}
