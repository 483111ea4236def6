// Who the service is: what its own manifest declares for the environment that it was started for. A manifest that is
// wrong, or that says otherwise than the start, stops nothing: the registry is served all the same. But the mesh then
// looks for the service where it is not, so it is said in the log and in `/readyz?verbose`.

import { systemCode } from '../core/error.ts'
import { ManifestError, parseManifest } from '../manifest/parse.ts'
import { printable } from '../manifest/printable.ts'
import { DEFAULT_ENVIRONMENT, type Environment } from '../manifest/schema.ts'

export interface Identity {
  /** The manifest, relative to the package. */
  readonly file: string
  readonly name: string
  readonly environment: Environment
  /** The declared port, if there is one. */
  readonly port: number | null
  /** What is wrong with the manifest, a line each. */
  readonly faults: readonly string[]
}

const MAX_FAULT = 300

/** Returns the name of the manifest for an environment. */
function manifestFile(environment: Environment): string {
  return environment === DEFAULT_ENVIRONMENT ? '.infra.yaml' : `.infra.${environment}.yaml`
}

/**
 * Reads the identity for `asked` through `read`. Where the manifest does not say who we are, it is `fallback`, as what
 * was asked for. Throws nothing that comes of the file.
 */
export function readIdentity(asked: Environment, fallback: string, read: (file: string) => string): Identity {
  const file = manifestFile(asked)
  try {
    const { project, environment = DEFAULT_ENVIRONMENT, service } = parseManifest(read(file), file)
    const faults: string[] = []
    if (environment !== asked)
      faults.push(`${file}: environment is ${environment} (want ${asked}, as INFRA_ENVIRONMENT says)`)
    return { file, name: project, environment, port: service?.port ?? null, faults }
  } catch (error) {
    const faults = faultsOf(error, file).map(fault => printable(fault, MAX_FAULT))
    return { file, name: fallback, environment: asked, port: null, faults }
  }
}

function faultsOf(error: unknown, file: string): string[] {
  if (error instanceof ManifestError) return error.message.split('\n')
  const code = systemCode(error)
  if (code === undefined) throw error
  return [`${file}: cannot be read (${code})`]
}

/** Returns every way in which the manifest and this start disagree, a line each. */
export function findContradictions({ file, port, faults }: Identity, started: { port: number }): string[] {
  if (port === null || port === started.port) return [...faults]
  return [...faults, `PORT is ${started.port} (want ${port}, as ${file} declares)`]
}
