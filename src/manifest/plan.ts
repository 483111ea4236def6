// What the services map of a mesh file comes to, and what that changes. Pure: manifests and a file in, changes and a
// text out, the same bytes in whatever order the manifests were read. Entries without our mark are somebody else's.
//
//   entry in the file │ declared now │ sync   │ upsert-only
//   ──────────────────┼──────────────┼────────┼────────────
//   –                 │ yes          │ add    │ add
//   generated         │ yes          │ change, where it differs
//   generated         │ no           │ remove │ stays
//   not generated     │ no           │ stays  │ stays        (declared too: refused by the rules)

import { memberTexts, replaceMembers } from '../core/json-splice.ts'
import { type MeshFile, MeshService } from './mesh-hosts.ts'
import { compareTexts, deriveServices, type ManifestFile } from './services.ts'

export const PRUNE_POLICIES = ['sync', 'upsert-only'] as const

/** What becomes of a generated entry whose manifest is gone. */
export type Prune = (typeof PRUNE_POLICIES)[number]

export interface ServiceChange {
  readonly name: string
  /** `null`: it is added. */
  readonly before: MeshService | null
  /** `null`: it is removed. */
  readonly after: MeshService | null
}

export interface MeshPlan {
  /** By name. */
  readonly changes: readonly ServiceChange[]
  /** The whole file as it would be; equal to what it is where there is nothing to do. */
  readonly text: string
}

/** Returns what is left of the services map when `files` have a say in it. */
export function keptServices(
  { services }: MeshFile,
  files: readonly ManifestFile[],
  prune: Prune,
): Map<string, MeshService> {
  const declared = deriveServices(files)
  return new Map(
    [...services].filter(
      ([name, { generated_from: origin }]) =>
        origin === undefined || (prune === 'upsert-only' && !declared.has(name)),
    ),
  )
}

/** Returns the services of the mesh that `files`, a part of its manifests, say nothing of: the rest of the world. */
export function otherServices(
  { services }: MeshFile,
  files: readonly ManifestFile[],
): Map<string, MeshService> {
  const declared = deriveServices(files)
  const read = new Set(files.map(({ path }) => path))
  return new Map(
    [...services].filter(
      ([name, { generated_from: origin }]) =>
        origin === undefined || !(declared.has(name) || read.has(origin.manifest)),
    ),
  )
}

/** Plans the services map of `mesh` from `files`, which satisfy the rules. */
export function planMesh(mesh: MeshFile, files: readonly ManifestFile[], prune: Prune): MeshPlan {
  const target = keptServices(mesh, files, prune)
  for (const [name, service] of deriveServices(files)) {
    target.set(name, { ...service, ...foreignKeys(mesh.services.get(name)) })
  }
  const names = [...new Set([...mesh.services.keys(), ...target.keys()])].sort(compareTexts)
  const changes = names
    .map(name => ({ name, before: mesh.services.get(name) ?? null, after: target.get(name) ?? null }))
    .filter(({ before, after }) => before !== after && JSON.stringify(before) !== JSON.stringify(after))
  return { changes, text: renderChanges(mesh, changes) }
}

/**
 * Returns the text of `mesh` with `changes` made: the services map sorted and laid out anew, what is not ours as it
 * was written, and not one byte besides.
 */
export function renderChanges(mesh: MeshFile, changes: readonly ServiceChange[]): string {
  const services = new Map(mesh.services)
  for (const { name, after } of changes) {
    if (after === null) services.delete(name)
    else services.set(name, after)
  }
  if (services.size === 0 && mesh.services.size === 0) return mesh.text
  const written = memberTexts(mesh.text, ['services']) ?? new Map<string, string>()
  const members = [...services]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([name, service]) => [name, renderer(service, written.get(name))] as const)
  return replaceMembers(mesh.text, 'services', members)
}

type Renderer = (newline: string, unit: string) => string

function renderer(service: MeshService, written: string | undefined): Renderer {
  if (service.generated_from === undefined && written !== undefined) return () => written
  const texts = written === undefined ? undefined : memberTexts(written, [])
  return (newline, unit) => {
    const members = Object.entries(service).map(([key, value]) => {
      const own = Object.hasOwn(MeshService.properties, key)
      const text = own ? undefined : texts?.get(key)
      const rendered = text ?? JSON.stringify(value, null, unit).replaceAll('\n', newline + unit)
      return `${newline}${unit}${JSON.stringify(key)}: ${rendered}`
    })
    return `{${members.join(',')}${newline}}`
  }
}

/** What somebody noted in an entry of ours stays there. */
function foreignKeys(service: MeshService | undefined): object {
  const members = Object.entries(service ?? {})
  return Object.fromEntries(members.filter(([key]) => !Object.hasOwn(MeshService.properties, key)))
}
