// `infra mesh plan`: what `infra mesh apply` would do to the services map, and nothing done. The look at manifests and
// mesh file, and the telling of a plan, are shared with the verbs that act on it.

import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type Diagnostic, plain, quote, renderDiagnostic } from '../core/diagnostic.ts'
import { parseMeshHosts } from '../manifest/mesh-hosts.ts'
import {
  keptServices,
  type MeshPlan,
  PRUNE_POLICIES,
  type Prune,
  planMesh,
  type ServiceChange,
} from '../manifest/plan.ts'
import { checkRules, withStrictness } from '../manifest/rules.ts'
import { readPlainFile } from '../publish/plain-file.ts'
import { baseOf, readManifests } from './manifest-files.ts'
import { MeshRefusal, sortFindings } from './mesh-error.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'

export const DEFAULT_PRUNE: Prune = 'sync'

export interface PlanOptions extends VerbOptions {
  readonly root: readonly string[]
  readonly hosts: string
  readonly prune: Prune
  readonly strict?: boolean
}

/** A plan, and what has to be said of the manifests all the same. */
export interface Planned extends MeshPlan {
  readonly bytes: Uint8Array
  /** Whether the file would be another one, be it by a line end. */
  readonly differs: boolean
  readonly manifests: number
  readonly findings: readonly Diagnostic[]
}

/** Adds the verb. */
export function addMeshPlan(mesh: Command, run: Run, io: Io): Command {
  return addPlanWords(
    mesh.command('plan').description('show what apply would add, change and remove'),
  ).action((options: PlanOptions) =>
    run(options, async () => {
      const planned = planFrom(readPlainFile(resolve(io.cwd, options.hosts)), options, io)
      return renderPlanned(planned, 0, 'plan: nothing was written')
    }),
  )
}

/** Adds what every verb takes that looks at manifests and mesh file. */
export function addPlanWords(command: Command): Command {
  return command
    .requiredOption('--root <folder...>', 'where the manifests are: every .infra*.yaml below it')
    .requiredOption('--hosts <file>', 'the mesh file, mesh-hosts.json')
    .addOption(
      new Option('--prune <policy>', 'generated entries without a manifest: removed, or kept')
        .choices(PRUNE_POLICIES)
        .default(DEFAULT_PRUNE),
    )
    .option('--strict', 'a warning is an error')
    .option('--json', 'print one JSON document')
}

/** Plans from the bytes of the mesh file and the manifests as they lie there. Throws `MESH_INVALID`, `MESH_REFUSED`. */
export function planFrom(bytes: Uint8Array, options: PlanOptions, io: Io): Planned {
  const { hosts: file, root, prune, strict = false } = options
  const mesh = parseMeshHosts(bytes, file)
  const { files, faults, broken, count } = readManifests(root, io.cwd, baseOf(resolve(io.cwd, file)))
  const surroundings = { hosts: mesh.hosts, services: keptServices(mesh, files, prune), broken }
  const all = [...faults, ...checkRules(files, surroundings)]
  const findings = withStrictness(sortFindings(all), strict)
  if (findings.some(({ severity }) => severity === 'error')) throw new MeshRefusal(findings)
  const plan = planMesh(mesh, files, prune)
  const differs = plan.text !== mesh.text
  return { ...plan, bytes: Buffer.from(plan.text), differs, manifests: count, findings }
}

/** Tells a plan; `done` says what came of it. */
export function renderPlanned(planned: Planned, exit: Report['exit'], done: string): Report {
  const { changes, differs, manifests, findings } = planned
  const kinds = changes.map(kindOf)
  const count = (kind: string): number => kinds.filter(other => other === kind).length
  const sum = `${count('add')} to add, ${count('change')} to change, ${count('remove')} to remove`
  const layout = differs && changes.length === 0
  const text = [
    ...findings.map(renderDiagnostic),
    ...changes.map(renderChange),
    ...(layout ? ['the services map says what it should, and is not laid out as it is generated'] : []),
    `${sum}; ${manifests} manifests read (${differs ? done : 'nothing to do'})`,
  ].join('\n')
  const told = changes.map(change => ({ kind: kindOf(change), ...change }))
  return { exit, json: { differs, layout, manifests, changes: told, findings }, text }
}

function kindOf({ before, after }: ServiceChange): 'add' | 'change' | 'remove' {
  if (before === null) return 'add'
  return after === null ? 'remove' : 'change'
}

function renderChange(change: ServiceChange): string {
  const { before, after } = change
  const name = plain(change.name)
  if (before === null) return `+ ${name}  ${placeOf(after)}  from ${originOf(after)}`
  if (after === null) return `- ${name}  ${placeOf(before)}  was from ${originOf(before)}`
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const [was, is]: Record<string, unknown>[] = [before, after]
  const differing = keys
    .filter(key => key !== 'generated_from' && JSON.stringify(was![key]) !== JSON.stringify(is![key]))
    .map(key => `${plain(key)} ${quoteOr(was![key])} → ${quoteOr(is![key])}`)
  const what =
    differing.length === 0 ? 'the manifest is another, and comes to the same' : differing.join(', ')
  return `~ ${name}  ${what}  from ${originOf(after)}`
}

function quoteOr(value: unknown): string {
  return value === undefined ? 'nothing' : quote(value)
}

function placeOf(service: ServiceChange['after']): string {
  const { host, port } = service ?? {}
  return `${plain(host ?? 'no host')}${port === undefined ? '' : `:${port}`}`
}

function originOf(service: ServiceChange['after']): string {
  return plain(service?.generated_from?.manifest ?? 'somewhere else')
}
