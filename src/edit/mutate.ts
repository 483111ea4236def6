// The one way to change a registry: a request goes in, and the whole new document comes out together with the lines
// that record it, or nothing does. Pure: what is written, and when, is for the caller; the input is never touched.

import { type OrgTarget, type OwnChange, PROCESS, renderChange } from '../changelog/change.ts'
import { type BlobSha, blobSha } from '../core/digest.ts'
import { unreachable } from '../core/error.ts'
import { renderCanonical } from '../core/json.ts'
import type { RegistryDocument, RepoEntry } from '../registry/schema.ts'
import { SUPPORTED_VERSIONS } from '../registry/vocabulary.ts'
import { planRemoveOrg, planRetarget } from './org.ts'
import { planRegister } from './register.ts'
import { type EditRequest, parseNow, parseReason, verifyApplicable } from './request.ts'
import { rewrite } from './rewrite.ts'
import type { Step } from './step.ts'
import { planSwitch } from './switch.ts'
import { planUnregister } from './unregister.ts'

/** A change that may be written: registry and log together, or not at all. */
export interface Mutation {
  readonly document: RegistryDocument
  /** The document's canonical bytes: what `registry_after` of the last change is the blob of. */
  readonly bytes: Uint8Array
  /** One change, or two for a reset. */
  readonly changes: readonly OwnChange[]
  /** `changes` as they are appended to the log. */
  readonly lines: string
  /** The entry, or for an act on an organisation its telemetry repository, before; `null` if it was not there. */
  readonly before: RepoEntry | OrgTarget | null
  /** The same after. */
  readonly after: RepoEntry | OrgTarget | null
  /** The organisation came with this registration. */
  readonly orgCreated: boolean
  /** The organisation has no repository left; it stays, with its telemetry repository, until `remove-org`. */
  readonly orgEmptied: boolean
}

/** A registry's canonical bytes, and the name that git gives to them. */
export interface Written {
  readonly bytes: Uint8Array
  readonly blob: BlobSha
}

/**
 * Plans the change that `request` asks for on a registry that satisfies R1–R10; `was` are its bytes and their name, where
 * they are at hand. Throws an `EditError`, changing nothing.
 */
export function planMutation(
  document: RegistryDocument,
  request: EditRequest,
  was: Written = write(document),
): Mutation {
  verifyApplicable(request)
  const reason = parseReason(request)
  const timestamp = parseNow(request)
  const steps = planSteps(document, request, reason)

  const last = steps.at(-1)!
  const changes: OwnChange[] = []
  let { bytes, blob: registry_before } = was
  let before = document
  for (const step of steps) {
    bytes = rewrite(step, before, bytes)
    const registry_after = blobSha(bytes)
    changes.push(buildChange(step, { timestamp, reason, registry_before, registry_after }))
    registry_before = registry_after
    before = step.document
  }
  return {
    document: last.document,
    bytes,
    changes,
    lines: changes.map(renderChange).join(''),
    before: steps[0]!.before,
    after: last.after,
    orgCreated: !Object.hasOwn(document.orgs, last.org),
    orgEmptied: last.action === 'unregister' && Object.keys(last.document.orgs[last.org]!.repos).length === 0,
  }
}

function planSteps(document: RegistryDocument, request: EditRequest, reason: string): readonly Step[] {
  const { action } = request
  switch (action) {
    case 'register':
      return planRegister(document, request, reason)
    case 'enable':
    case 'disable':
      return [planSwitch(action, document, request, reason)]
    case 'unregister':
      return [planUnregister(document, request)]
    case 'retarget-org':
      return [planRetarget(document, request)]
    case 'remove-org':
      return [planRemoveOrg(document, request)]
    default:
      return unreachable(action)
  }
}

type Audit = Pick<OwnChange, 'timestamp' | 'reason' | 'registry_before' | 'registry_after'>

function buildChange(step: Step, { timestamp, reason, registry_before, registry_after }: Audit): OwnChange {
  const { action, org, repo, context, telemetry, before } = step
  // Which keys go with which action is the schema's to say; each step gives those of its own.
  return {
    timestamp,
    action,
    owner: org,
    ...(repo === undefined ? {} : { repo }),
    ...(context === undefined ? {} : { context }),
    ...(telemetry === undefined ? {} : { telemetry_repo: telemetry }),
    reason,
    process: PROCESS,
    schema_version: SUPPORTED_VERSIONS[0],
    previous: before,
    registry_before,
    registry_after,
  } as OwnChange
}

function write(document: RegistryDocument): Written {
  const bytes = Buffer.from(renderCanonical(document))
  return { bytes, blob: blobSha(bytes) }
}
