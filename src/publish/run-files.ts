// From payload to sealed run, in memory: the envelope, the manifest and the hash list of S2–S5, as bytes. Nothing
// here touches the disk, so the same payload, time and commit always give the same ROOT.

import { type Digest, sha256 } from '../core/digest.ts'
import { renderCanonical } from '../core/json.ts'
import { compareCodePoints } from '../seal/grammar.ts'
import { computeRoot } from '../seal/hash-list.ts'
import { HASH_LIST, MANIFEST } from '../seal/manifest.ts'
import { CONTROL_FILES } from '../seal/run-folder.ts'
import { RUN_JSON } from '../seal/run-json.ts'

/** What a run says of its making, besides what it holds. */
export interface Provenance {
  readonly git_commit: string | null
  readonly working_tree_state: 'clean' | 'dirty' | null
}

export interface Envelope extends Provenance {
  readonly run_id: string
  readonly created_utc: string
  readonly run_type: string
  readonly option: string
  readonly operation_id: string
  readonly inputs: Readonly<Record<string, unknown>>
  /** Further members of the run's own kind. */
  readonly extra?: Readonly<Record<string, unknown>>
}

export interface RunFiles {
  readonly runId: string
  readonly root: Digest
  /** Every file of the folder by relative path, in the order in which it is written. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Returns the id of a run made at `now`: `YYYY-MM-DD__HHMMSS__<tag>`, UTC. */
export function runIdAt(now: Date, tag: string): string {
  const [date, time] = now.toISOString().slice(0, 19).split('T') as [string, string]
  return `${date}__${time.replaceAll(':', '')}__${tag}`
}

/** Renders a time as the layer writes it: UTC, whole seconds. */
export function utcSeconds(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`
}

/** Builds the files of a sealed run that holds `payload` (relative path to bytes). */
export function buildRun(envelope: Envelope, payload: ReadonlyMap<string, Uint8Array>): RunFiles {
  const { extra = {}, ...members } = envelope
  const outputs = [...payload.keys(), ...CONTROL_FILES].sort(compareCodePoints)
  const all: Record<string, unknown> = { ...members, ...extra, outputs }
  const run = Object.fromEntries(
    Object.keys(all)
      .sort(compareCodePoints)
      .map(key => [key, all[key]]),
  )

  return sealFiles(envelope.run_id, new Map([...payload, [RUN_JSON, Buffer.from(renderCanonical(run))]]))
}

/** Seals `listed`, all that a run is to hold besides the seal itself, run.json among it (S3–S5). */
export function sealFiles(runId: string, listed: ReadonlyMap<string, Uint8Array>): RunFiles {
  const entries = [...listed]
    .map(([relpath, bytes]) => ({ relpath, bytes: bytes.byteLength, sha256: sha256(bytes) }))
    .sort((a, b) => compareCodePoints(a.relpath, b.relpath))
  const manifest = Buffer.from(renderCanonical(entries)) // S3

  const hashed = [...entries, { relpath: MANIFEST, sha256: sha256(manifest) }]
  const lines = hashed
    .sort((a, b) => compareCodePoints(a.relpath, b.relpath))
    .map(entry => `${entry.sha256}  ${entry.relpath}`)
  const root = computeRoot(lines) // S5
  const list = Buffer.from(`${lines.join('\n')}\nROOT_SHA256  ${root}\n`) // S4

  const files = new Map([...listed, [MANIFEST, manifest], [HASH_LIST, list]])
  return { runId, root, files }
}
