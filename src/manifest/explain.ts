// Why an entry of the services map is as it is: the manifest and the digest that it was derived from, and for each
// value the place that says it, looked up again in the manifest as it is now.

import type { Place } from '../core/diagnostic.ts'
import type { Digest } from '../core/digest.ts'
import { checkManifest, placeInManifest } from './check.ts'
import { MeshService, type Origin } from './mesh-hosts.ts'
import type { Manifest } from './schema.ts'
import { deriveService, serviceName } from './services.ts'

/**
 * `current`: derived from the manifest as it is now. `edited`: the manifest is the same, the entry is not what it comes
 * to. `changed`: the manifest is another now. `invalid`, `gone`: it is not one, or not there. `foreign`: not generated.
 */
export type EntryState = 'current' | 'edited' | 'changed' | 'invalid' | 'gone' | 'foreign'

export interface ExplainedValue {
  readonly key: string
  readonly value: unknown
  /** What the manifest comes to now; `undefined` if it says nothing of it. */
  readonly now: unknown
  /** Where the manifest says it; `null` where it does not, so that it is a default, or somebody's note. */
  readonly place: Place | null
  readonly why: 'manifest' | 'default' | 'note' | 'unknown'
}

export interface Explanation {
  readonly name: string
  readonly state: EntryState
  readonly origin: Origin | null
  /** Of the manifest as it is now. */
  readonly digest: Digest | null
  readonly values: readonly ExplainedValue[]
}

/** Explains the entry `name`, given the manifest that it says it was derived from; `null` where that is gone. */
export function explainService(
  name: string,
  service: MeshService,
  source: { readonly text: string; readonly digest: Digest } | null,
): Explanation {
  const { generated_from: origin } = service
  const told = { name, origin: origin ?? null, digest: source?.digest ?? null }
  if (origin === undefined || source === null) {
    const state = origin === undefined ? 'foreign' : 'gone'
    return { ...told, state, values: valuesOf(service, undefined, '') }
  }
  const { text, digest } = source
  const checked = checkManifest(text, origin.manifest)
  if (!checked.ok) return { ...told, state: 'invalid', values: valuesOf(service, undefined, '') }
  const { manifest } = checked
  const values = valuesOf(service, { manifest, path: origin.manifest, digest }, text)
  if (digest !== origin.sha256) return { ...told, state: 'changed', values }
  const isDerived = manifest.service !== undefined && serviceName(manifest) === name
  const same = values.every(
    ({ value, now, why }) => why === 'note' || JSON.stringify(value) === JSON.stringify(now),
  )
  return { ...told, state: isDerived && same ? 'current' : 'edited', values }
}

interface Source {
  readonly manifest: Manifest
  readonly path: string
  readonly digest: Digest
}

function valuesOf(service: MeshService, source: Source | undefined, text: string): ExplainedValue[] {
  const now: MeshService = source === undefined ? {} : deriveService({ ...source, file: source.path, text })
  const keys = new Set([...Object.keys(now), ...Object.keys(service)])
  keys.delete('generated_from')
  return [...keys].map(key => {
    const value = ownValue(service, key)
    const own = Object.hasOwn(MeshService.properties, key)
    if (!own || source === undefined) {
      return { key, value, now: undefined, place: null, why: own ? 'unknown' : 'note' }
    }
    const path = IN_SERVICE.includes(key) ? ['service', key] : [key]
    const said = isSaid(source.manifest, path)
    const place = said ? placeInManifest(text, path, 'value') : null
    return { key, value, now: ownValue(now, key), place, why: said ? 'manifest' : 'default' }
  })
}

/** Keys of an entry that stand in the section `service` of a manifest. */
const IN_SERVICE: readonly string[] = ['host', 'port', 'runtime', 'systemd_unit']

function isSaid(manifest: Manifest, path: readonly string[]): boolean {
  let value: unknown = manifest
  for (const key of path) value = ownValue(value, key)
  return value !== undefined
}

function ownValue(members: unknown, key: string): unknown {
  const holds = typeof members === 'object' && members !== null && Object.hasOwn(members, key)
  return holds ? (members as Record<string, unknown>)[key] : undefined
}
