// The rules of the convention, over all manifests at once. `must` is an error, `should` a warning; what is neither
// right nor wrong is a note. The answer is the same in whatever order the files were read.

import { basename, dirname } from 'node:path/posix'
import { type Diagnostic, quote } from '../core/diagnostic.ts'
import { placeInManifest } from './check.ts'
import { checkDependencies } from './dependency-rule.ts'
import type { Host, MeshService } from './mesh-hosts.ts'
import { suggest } from './nearest.ts'
import { DEFAULT_ENVIRONMENT, ENVIRONMENTS } from './schema.ts'
import { compareTexts, environmentOf, type ManifestFile, serviceName, sortManifests } from './services.ts'

export type RuleCode =
  | 'RULE_OWN_DB'
  | 'RULE_HTTP_COUPLING'
  | 'RULE_DEPENDENCY_CYCLE'
  | 'RULE_GPU_ONDEMAND'
  | 'RULE_HOST_IN_MESH'
  | 'RULE_ENV_VARIANTS'
  | 'RULE_DUPLICATE_SERVICE'
  | 'RULE_FOREIGN_SERVICE'
  | 'RULE_PORT_TAKEN'

export type RuleFinding = Diagnostic<RuleCode>

/** What is there beside the manifests. */
export interface Surroundings {
  /** Every host of the mesh, or `undefined` where no mesh file is at hand: then no host is judged. */
  readonly hosts: ReadonlyMap<string, Host> | undefined
  /** Services that no manifest of these declares, and that stay. */
  readonly services: ReadonlyMap<string, MeshService>
  /** Projects whose manifest is wrong: what depends on one is told nothing that is not its own fault. */
  readonly broken: ReadonlySet<string>
}

/** Adds a finding at the key or the value at `path` of a manifest. */
export type AddFinding = (
  severity: RuleFinding['severity'],
  code: RuleCode,
  file: ManifestFile,
  path: readonly string[],
  message: string,
  part?: 'key' | 'value',
) => void

/** Checks `files` against every rule and returns all findings, by file and place. */
export function checkRules(files: readonly ManifestFile[], surroundings: Surroundings): RuleFinding[] {
  const findings: RuleFinding[] = []
  const add: AddFinding = (severity, code, { file, text }, path, message, part = 'value') =>
    findings.push({ severity, code, message, file, ...placeInManifest(text, path, part) })
  const sorted = sortManifests(files)
  checkDatabases(sorted, add)
  checkGpus(sorted, add)
  checkHosts(sorted, surroundings, add)
  checkVariants(sorted, add)
  checkNames(sorted, surroundings, add)
  checkPorts(sorted, surroundings, add)
  checkDependencies(sorted, surroundings, add)
  return findings.sort(
    (a, b) =>
      compareTexts(a.file, b.file) || a.line - b.line || a.column - b.column || compareTexts(a.code, b.code),
  )
}

/** Makes every warning an error, as `--strict` asks; a note stays a note. */
export function withStrictness<Found extends Diagnostic>(
  findings: readonly Found[],
  strict: boolean,
): Found[] {
  return findings.map(found =>
    strict && found.severity === 'warning' ? { ...found, severity: 'error' } : found,
  )
}

/** own_db: on one cluster, a database and a user belong to one project. */
function checkDatabases(files: readonly ManifestFile[], add: AddFinding): void {
  const owners = new Map<string, ManifestFile>()
  for (const file of files) {
    const { database, project } = file.manifest
    if (database === undefined) continue
    for (const key of ['name', 'user'] as const) {
      const thing = JSON.stringify([database.cluster, key, database[key]])
      const owner = owners.get(thing)
      if (owner === undefined) owners.set(thing, file)
      else if (owner.manifest.project !== project) {
        const what = key === 'name' ? 'database' : 'database user'
        const message = `own_db: ${what} ${quote(database[key])} on ${quote(database.cluster)} is that of ${quote(owner.manifest.project)} (${owner.file}); want one of its own`
        add('error', 'RULE_OWN_DB', file, ['database', key], message)
      }
    }
  }
}

/** gpu_ondemand: a GPU that does not say so may be left standing. */
function checkGpus(files: readonly ManifestFile[], add: AddFinding): void {
  for (const file of files) {
    const { gpu } = file.manifest
    if (gpu === undefined || gpu.mode !== undefined) continue
    add('warning', 'RULE_GPU_ONDEMAND', file, ['gpu'], 'gpu_ondemand: want mode: on-demand, got none', 'key')
  }
}

/** host_in_mesh: a service runs on a host of the mesh file. */
function checkHosts(files: readonly ManifestFile[], { hosts }: Surroundings, add: AddFinding): void {
  if (hosts === undefined) return
  for (const file of files) {
    const host = file.manifest.service?.host
    if (host === undefined || hosts.has(host)) continue
    const message = `host_in_mesh: host ${quote(host)} is not in the mesh file${suggest(host, hosts.keys())}`
    add('error', 'RULE_HOST_IN_MESH', file, ['service', 'host'], message)
  }
}

/** env_variants: the name of the file and its content say the same, and siblings are of one project. */
function checkVariants(files: readonly ManifestFile[], add: AddFinding): void {
  const siblings = new Map<string, ManifestFile>()
  for (const file of files) {
    const name = basename(file.path)
    if (!name.startsWith('.infra')) continue
    const said = /^\.infra(?:\.([^.]+))?\.yaml$/.exec(name)
    const wants = said === null ? undefined : (said[1] ?? DEFAULT_ENVIRONMENT)
    const got = environmentOf(file.manifest)
    if (!ENVIRONMENTS.some(environment => environment === wants)) {
      const message = `env_variants: a file of this name is for no environment (want ${got === DEFAULT_ENVIRONMENT ? '.infra.yaml' : `.infra.${got}.yaml`})`
      add('warning', 'RULE_ENV_VARIANTS', file, [], message)
    } else if (wants !== got) {
      const message = `env_variants: the file is named for ${wants} and says ${got} (want environment: ${wants})`
      add('warning', 'RULE_ENV_VARIANTS', file, ['environment'], message)
    }
    const { project } = file.manifest
    const sibling = siblings.get(dirname(file.path))
    if (sibling === undefined) siblings.set(dirname(file.path), file)
    else if (sibling.manifest.project !== project) {
      const message = `env_variants: project ${quote(project)} lies beside a manifest of ${quote(sibling.manifest.project)} (${sibling.file}); want one project a folder`
      add('warning', 'RULE_ENV_VARIANTS', file, ['project'], message)
    }
  }
}

/** One name, one service: the map has one place for each. */
function checkNames(files: readonly ManifestFile[], { services }: Surroundings, add: AddFinding): void {
  const first = new Map<string, ManifestFile>()
  for (const file of files) {
    const name = serviceName(file.manifest)
    const other = first.get(name)
    if (other !== undefined) {
      const message = `env_variants: ${quote(name)} is declared by ${other.file} already (want one manifest for each environment of a project)`
      add('error', 'RULE_DUPLICATE_SERVICE', file, ['project'], message)
    } else first.set(name, file)
    if (file.manifest.service !== undefined && services.has(name)) {
      const message = `service ${quote(name)} is in the mesh file and was not generated (want another project name, or that entry removed by hand)`
      add('error', 'RULE_FOREIGN_SERVICE', file, ['project'], message)
    }
  }
}

/** A port of a host answers for one service. */
function checkPorts(files: readonly ManifestFile[], { services }: Surroundings, add: AddFinding): void {
  const taken = new Map<string, string>()
  for (const [name, { host, port }] of services) {
    if (host !== undefined && port !== undefined)
      taken.set(JSON.stringify([host, port]), `service ${quote(name)}`)
  }
  for (const file of files) {
    const { host, port } = file.manifest.service ?? {}
    if (host === undefined || port === undefined) continue
    const place = JSON.stringify([host, port])
    const other = taken.get(place)
    if (other === undefined) taken.set(place, `${quote(serviceName(file.manifest))} (${file.file})`)
    else {
      const message = `port ${port} of host ${quote(host)} is that of ${other} already`
      add('error', 'RULE_PORT_TAKEN', file, ['service', 'port'], message)
    }
  }
}
