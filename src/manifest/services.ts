// From manifests to services: what each is called, and what the mesh file says of it. A project with two environments
// is two services; a manifest without a `service` section declares none.

import type { Digest } from '../core/digest.ts'
import type { MeshService } from './mesh-hosts.ts'
import { DEFAULT_ENVIRONMENT, type Environment, type Manifest } from './schema.ts'

/** A manifest that was read and is right by itself. */
export interface ManifestFile {
  /** As it is called in messages. */
  readonly file: string
  /** As the mesh file calls it: relative to the folder of that file, with `/`. */
  readonly path: string
  readonly text: string
  /** Of its bytes. */
  readonly digest: Digest
  readonly manifest: Manifest
}

/** A file by its place, whatever the order in which files were read. */
export function sortManifests(files: readonly ManifestFile[]): ManifestFile[] {
  return [...files].sort((a, b) => compareTexts(a.path, b.path))
}

/** Orders texts by UTF-16 unit: the same on every machine, whatever its language. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** Returns the environment that a manifest is for. */
export function environmentOf({ environment }: Manifest): Environment {
  return environment ?? DEFAULT_ENVIRONMENT
}

/** Returns the name of a manifest's service: that of the project, and what is not production says so. */
export function serviceName(manifest: Manifest): string {
  const environment = environmentOf(manifest)
  return environment === DEFAULT_ENVIRONMENT ? manifest.project : `${manifest.project}.${environment}`
}

/** Returns the entry of the services map that `file` comes to, with its keys in the order of the map. */
export function deriveService({ manifest, path, digest }: ManifestFile): MeshService {
  const { project, provider, service = {}, depends_on } = manifest
  const { host, port, runtime, systemd_unit } = service
  return {
    project,
    environment: environmentOf(manifest),
    provider,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(runtime !== undefined && { runtime }),
    ...(systemd_unit !== undefined && { systemd_unit }),
    ...(depends_on !== undefined && { depends_on }),
    generated_from: { manifest: path, sha256: digest },
  }
}

/** Returns every service that `files` declare, by name. Names are given once: the rules see to that. */
export function deriveServices(files: readonly ManifestFile[]): Map<string, MeshService> {
  return new Map(
    files
      .filter(({ manifest }) => manifest.service !== undefined)
      .map(file => [serviceName(file.manifest), deriveService(file)]),
  )
}
