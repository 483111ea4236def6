// `infra status`: the working copy, the pin, whether the two differ, and the last activations. Drift has three
// values: where either side cannot be read or verified, it is unknown, and unknown is not "no".

import { join } from 'node:path'
import type { Command } from 'commander'
import { plain } from '../core/diagnostic.ts'
import { blobSha, sha256 } from '../core/digest.ts'
import { type FileVersion, fileHistory, isShallow } from '../git/tree.ts'
import { CHANGELOG, CHANGELOG_SNAPSHOT, REGISTRY_ID, WORKING_COPY } from '../publish/layout.ts'
import { checkRegistry } from '../registry/parse.ts'
import { type PinnedSeal, verifyPin } from '../seal/pin.ts'
import { checkPointers, POINTER_PATH } from '../seal/pointer.ts'
import type { PointerEntry } from '../seal/pointer-entry.ts'
import { MAX_REGISTRY_BYTES, readFileOnce } from '../seal/read-file.ts'
import { findHome, placeInTree } from './home.ts'
import type { Run, VerbOptions } from './program.ts'
import { faultLines, type Io, type Report } from './report.ts'

const ACTIVATIONS = 5
/** As many versions of the pointer are looked at: it has a pin of every registry, and not each of them moved this one. */
const VERSIONS = 100

interface Source {
  readonly sha256: string | null
  readonly blob_sha: string | null
  readonly faults: readonly string[]
}

/** Adds the verb. */
export function addStatus(program: Command, run: Run, io: Io): Command {
  return program
    .command('status')
    .description('show working copy, pin, drift and the last activations')
    .action((options: VerbOptions) => run(options, () => status(options, io)))
}

async function status(options: VerbOptions, io: Io): Promise<Report> {
  const home = await findHome(io, options.home)
  const working = readSource(home, WORKING_COPY, bytes => checkRegistry(bytes, WORKING_COPY).length)
  const changelog = readSource(home, CHANGELOG, () => 0)
  const pin = readPin(home)
  const drift = {
    registry: differs(working.sha256, pin.sealed === null ? null : pin.sealed.registry),
    changelog: differs(changelog.sha256, pin.sealed === null ? null : pin.sealed.changelog),
  }
  const activations = await readActivations(home)
  const { sealed: _, ...shown } = pin
  const json = { home, working_copy: working, changelog, pin: shown, drift, activations }
  const exit = [working, changelog, pin].every(({ faults }) => faults.length === 0) ? 0 : 1
  return { exit, json, text: render(json) }
}

function readSource(home: string, relpath: string, countViolations: (bytes: Uint8Array) => number): Source {
  const outcome = readFileOnce(join(home, relpath), MAX_REGISTRY_BYTES)
  if (!outcome.ok) return { sha256: null, blob_sha: null, faults: [`${relpath}: ${outcome.detail}`] }
  const violations = countViolations(outcome.bytes)
  const faults = violations === 0 ? [] : [`${relpath}: ${violations} violations of the rules`]
  return { sha256: sha256(outcome.bytes), blob_sha: blobSha(outcome.bytes), faults }
}

function readPin(home: string) {
  const none = {
    run_id: null,
    root_sha256: null,
    serial: null,
    active_asof_utc: null,
    notes: null,
    sealed: null,
  }
  let pinned: PinnedSeal
  try {
    pinned = verifyPin(home, REGISTRY_ID)
  } catch (error) {
    return { ...none, valid: false, faults: faultLines(error) }
  }
  const { pin, seal, payload } = pinned
  const digestOf = (bytes: Uint8Array | null | undefined): string | null => (bytes ? sha256(bytes) : null)
  return {
    run_id: pin.runId,
    root_sha256: pin.root,
    serial: pin.serial ?? null,
    active_asof_utc: pin.asofUtc,
    notes: pin.notes ?? null,
    valid: true,
    faults: [] as string[],
    sealed: { registry: digestOf(payload), changelog: digestOf(seal.files.get(CHANGELOG_SNAPSHOT)) },
  }
}

/** True, false, or `null` where one side is not known. */
function differs(working: string | null, sealed: string | null): boolean | null {
  return working === null || sealed === null ? null : working !== sealed
}

/** The activations that git remembers, newest first; `null` where it cannot tell. */
async function readActivations(home: string) {
  const place = await placeInTree(home)
  if (place === null) return null
  const { top, path } = place
  const versions = (await fileHistory(top, join(path, POINTER_PATH), VERSIONS)).map(pinOf)
  const isWhole = versions.length < VERSIONS && !(await isShallow(top))
  const moved = versions.filter((version, at) => {
    const before = versions[at + 1]
    // Whether the earliest that is known moved the pin, only what came before would tell.
    if (before === undefined) return isWhole
    return version.serial !== before.serial || version.run_id !== before.run_id
  })
  return moved.length === 0 && versions.length > 0 ? null : moved.slice(0, ACTIVATIONS)
}

function pinOf({ commit, committedAt, author, content }: FileVersion) {
  const entry = content === null ? undefined : entryOf(content)
  return {
    commit,
    committed_at: committedAt,
    author,
    serial: entry?.serial ?? null,
    run_id: entry?.active_ref.run_id ?? null,
    notes: entry?.notes ?? null,
  }
}

function entryOf(content: Uint8Array): PointerEntry | undefined {
  return checkPointers(content).pointers?.entries.find(entry => entry.registry_id === REGISTRY_ID)
}

interface Shown {
  readonly home: string
  readonly working_copy: Source
  readonly changelog: Source
  readonly pin: {
    readonly run_id: string | null
    readonly root_sha256: string | null
    readonly serial: number | null
    readonly active_asof_utc: string | null
    readonly notes: string | null
    readonly valid: boolean
    readonly faults: readonly string[]
  }
  readonly drift: { readonly registry: boolean | null; readonly changelog: boolean | null }
  readonly activations: Awaited<ReturnType<typeof readActivations>>
}

const NEXT =
  '  next: infra finalize, or infra seal without git; after a rollback, undo it in the working copy first'

function render({ working_copy, changelog, pin, drift, activations }: Shown): string {
  const word = (value: boolean | null): string => (value === null ? 'unknown' : String(value))
  const lines = [
    `working copy  ${working_copy.faults.length === 0 ? 'valid' : 'INVALID'}  ${working_copy.sha256 ?? ''}`,
    ...[...working_copy.faults, ...changelog.faults].map(fault => `  ${fault}`),
    pin.valid
      ? `pin           ${pin.run_id} (serial ${pin.serial ?? 'none'}), since ${pin.active_asof_utc}`
      : 'pin           NOT USABLE',
    ...pin.faults.map(fault => `  ${fault}`),
    ...(pin.valid ? [`  ROOT_SHA256  ${pin.root_sha256}`, `  ${plain(pin.notes ?? '')}`] : []),
    `drift         registry ${word(drift.registry)}, changelog ${word(drift.changelog)}`,
  ]
  if (drift.registry || drift.changelog) lines.push(NEXT)
  if (activations === null)
    return [...lines, 'activations   unknown (no git repository, no git, or too little history)'].join('\n')
  const rows = activations.map(
    ({ commit, committed_at, serial, run_id, notes }) =>
      `  ${committed_at}  ${commit.slice(0, 8)}  serial ${serial ?? '?'}  ${run_id ?? '(no pin)'}  ${plain(notes ?? '')}`,
  )
  return [...lines, `activations   ${rows.length === 0 ? 'none committed' : ''}`.trimEnd(), ...rows].join(
    '\n',
  )
}
