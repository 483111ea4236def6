// `infra verify [folder…]`: says of each run folder whether it is a sealed set, with every fault, what was wanted and
// what was got. Without folders: every run of the home, and what the pointer pins. With `--schema`, also which schema
// applies to which artifact, and every violation with its line and JSON pointer. It reads and changes nothing.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { plain, quote, renderDiagnostic, renderViolation } from '../core/diagnostic.ts'
import { checkArtifact } from '../layer/artifact.ts'
import { type ArtifactVerdict, checkRunArtifacts } from '../layer/artifacts.ts'
import { CATALOG_PATH, readCatalog } from '../layer/catalog.ts'
import { judgeRun } from '../layer/inputs.ts'
import { OPERATION_CATALOG, readOperations } from '../layer/operations.ts'
import { isRegistry } from '../layer/registries.ts'
import { PointerFile } from '../layer/schemas/sets.ts'
import { REGISTRY_ID, REGISTRY_SNAPSHOT, runsOf } from '../publish/layout.ts'
import { checkRegistry } from '../registry/parse.ts'
import { kindOfVerdict, renderFault } from '../seal/fault.ts'
import { verifyPin } from '../seal/pin.ts'
import { type Pin, POINTER_PATH, parsePointers, readPointer } from '../seal/pointer.ts'
import { PointerError, pointerFault } from '../seal/pointer-fault.ts'
import { readRunFolder } from '../seal/run-folder.ts'
import { checkSeal, type Seal } from '../seal/verify.ts'
import { findHome } from './home.ts'
import type { Run, VerbOptions } from './program.ts'
import { exitOf, faultLines, type Io, type Report } from './report.ts'

interface VerifyOptions extends VerbOptions {
  readonly runId?: string
  readonly schema?: boolean
}

interface Verdict {
  readonly path: string
  readonly valid: boolean
  /** False when the disk failed, or moved meanwhile, so that this is no verdict on the bytes. */
  readonly readable: boolean
  readonly root_sha256: string | null
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  /** Only with `--schema`: whose artifacts these are, and which schema was applied to which file. */
  readonly registries?: readonly string[]
  readonly schemas?: ArtifactVerdict['applied']
}

/** Adds the verb. */
export function addVerify(program: Command, run: Run, io: Io): Command {
  return program
    .command('verify [folder...]')
    .description('verify run folders; without any, every run of the home and its pins')
    .option('--run-id <run>', 'the run that a folder of another name holds a copy of')
    .option('--schema', 'judge each artifact by the schema of its registry too')
    .action((folders: string[], options: VerifyOptions) => run(options, () => verify(folders, options, io)))
}

async function verify(folders: readonly string[], options: VerifyOptions, io: Io): Promise<Report> {
  const verdicts =
    folders.length > 0
      ? folders.map(folder => verifyFolder(resolve(io.cwd, folder), folder, options))
      : verifyHome(await findHome(io, options.home), options)
  const invalid = verdicts.filter(verdict => !verdict.valid).length
  const text = [...verdicts.map(render), `${verdicts.length - invalid} valid, ${invalid} invalid`].join('\n')
  const exit = invalid === 0 ? 0 : verdicts.every(verdict => verdict.readable) ? 1 : 3
  return { exit, json: { valid: invalid === 0, verdicts }, text }
}

function verifyHome(home: string, { schema = false }: VerifyOptions): Verdict[] {
  const runs = runsOf(home)
  const names = existsSync(runs) ? readdirSync(runs).sort() : []
  return [
    ...names.map(name => verifyFolder(join(runs, name), name, { schema })),
    ...verifyPins(home, schema),
    ...(schema ? verifyCatalogs(home) : []),
  ]
}

function verifyFolder(path: string, shown: string, { runId, schema }: VerifyOptions): Verdict {
  const folder = readRunFolder(path, runId === undefined ? {} : { runId })
  const { seal, faults, warnings } = checkSeal(folder)
  const registry = seal?.files.get(REGISTRY_SNAPSHOT)
  const violations = registry === undefined ? [] : checkRegistry(registry, REGISTRY_SNAPSHOT)
  const artifacts = schema === true ? checkRunArtifacts(folder.files) : undefined
  const all = [
    ...faults.map(renderFault),
    ...violations.map(renderDiagnostic),
    ...(artifacts?.violations ?? []).map(renderViolation),
  ]
  return {
    path: shown,
    valid: all.length === 0,
    readable: kindOfVerdict(faults) === 'refused',
    root_sha256: seal?.root ?? null,
    faults: all,
    warnings: warnings.map(renderFault),
    ...(artifacts && {
      registries: registry === undefined ? artifacts.registries : [REGISTRY_ID],
      schemas: [...artifacts.applied, ...(registry === undefined ? [] : [OWN_SCHEMA])],
    }),
  }
}

/** The telemetry registry is judged by more than a schema, sealed or not, whatever is asked for. */
const OWN_SCHEMA = { file: REGISTRY_SNAPSHOT, schema: 'telemetry-registry.v2' }

/** One verdict for the pointer file, and one for each pin of it that is meant to be usable. */
function verifyPins(home: string, schema: boolean): Verdict[] {
  if (!existsSync(join(home, POINTER_PATH))) return []
  let ids: string[] = []
  const file = attempt(POINTER_PATH, () => {
    const bytes = readPointer(home)
    ids = parsePointers(bytes)
      .entries.filter(entry => entry.active_ref_known === true)
      .map(entry => entry.registry_id)
    if (!schema) return {}
    const faults = checkArtifact('json', PointerFile, bytes, POINTER_PATH).map(renderViolation)
    return { valid: faults.length === 0, faults, schemas: [{ file: POINTER_PATH, schema: 'pointers' }] }
  })
  const pins = ids.map(id =>
    attempt(`pin ${id}`, () => {
      const { pin, seal } = verifyPin(home, id)
      if (schema) judgePin(pin, seal)
      return { root_sha256: seal.root }
    }),
  )
  return [file, ...pins]
}

/** What a pin names is a run of its registry, and the file that holds it; a pin that was written by hand may say otherwise. */
function judgePin({ registryId, runId, relpath }: Pin, seal: Seal): void {
  if (!isRegistry(registryId)) return
  const want = judgeRun(registryId, seal)
  if (relpath === want) return
  const details = { want: quote(want), got: quote(relpath) }
  const what = `relpath is not what holds ${registryId}`
  throw new PointerError([pointerFault('POINTER_BAD_RELPATH', runId, what, details)])
}

/** One verdict for each catalog that the home has. */
function verifyCatalogs(home: string): Verdict[] {
  const catalogs = [
    { file: CATALOG_PATH, schema: 'catalog', read: readCatalog },
    { file: OPERATION_CATALOG, schema: 'operations', read: readOperations },
  ]
  return catalogs
    .filter(({ file }) => existsSync(join(home, file)))
    .map(({ file, schema, read }) =>
      attempt(file, () => {
        read(home)
        return { schemas: [{ file, schema }] }
      }),
    )
}

/** A verdict that is good unless `verify` throws, or says otherwise. */
function attempt(path: string, verify: () => Partial<Verdict>): Verdict {
  const verdict = { path, valid: true, readable: true, root_sha256: null, faults: [], warnings: [] }
  try {
    return { ...verdict, ...verify() }
  } catch (error) {
    return { ...verdict, valid: false, readable: exitOf(error) === 1, faults: faultLines(error) }
  }
}

function render({ path, valid, root_sha256, faults, warnings, schemas = [] }: Verdict): string {
  const head = `${valid ? 'valid  ' : 'INVALID'}  ${plain(path)}${root_sha256 === null ? '' : `  ${root_sha256}`}`
  return [
    head,
    ...faults.map(fault => `    ${fault}`),
    ...warnings.map(line => `    warning: ${line}`),
    ...renderSchemas(schemas),
  ].join('\n')
}

/** A line for each schema: a collection has thousands of files, and a reader wants the first few. */
function renderSchemas(schemas: ArtifactVerdict['applied']): string[] {
  return [...new Set(schemas.map(({ schema }) => schema))].map(schema => {
    const files = schemas.filter(one => one.schema === schema).map(({ file }) => plain(file))
    const more = files.length > SHOWN ? `, and ${files.length - SHOWN} more` : ''
    return `    schema ${schema}: ${files.slice(0, SHOWN).join(', ')}${more}`
  })
}

const SHOWN = 3
