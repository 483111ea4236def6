// `infra mesh explain <service>`: why one entry of the services map is as it is, value by value.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { quote } from '../core/diagnostic.ts'
import { sha256 } from '../core/digest.ts'
import { decodeUtf8, EncodingError } from '../core/json.ts'
import { type ExplainedValue, type Explanation, explainService } from '../manifest/explain.ts'
import { parseMeshHosts } from '../manifest/mesh-hosts.ts'
import { suggest } from '../manifest/nearest.ts'
import { readPlainFile } from '../publish/plain-file.ts'
import { readFileOnce } from '../seal/read-file.ts'
import { baseOf } from './manifest-files.ts'
import type { Run, VerbOptions } from './program.ts'
import { type Io, plain, type Report } from './report.ts'
import { SourceError } from './source.ts'

interface ExplainOptions extends VerbOptions {
  readonly hosts: string
}

const MAX_BYTES = 256 * 1024

/** Adds the verb. */
export function addMeshExplain(mesh: Command, run: Run, io: Io): Command {
  return mesh
    .command('explain <service>')
    .description('say where each value of an entry comes from')
    .requiredOption('--hosts <file>', 'the mesh file, mesh-hosts.json')
    .option('--json', 'print one JSON document')
    .action((name: string, options: ExplainOptions) =>
      run(options, async () => render(explain(name, options, io))),
    )
}

function explain(name: string, { hosts: file }: ExplainOptions, io: Io): Explanation {
  const path = resolve(io.cwd, file)
  const { services } = parseMeshHosts(readPlainFile(path), file)
  const service = services.get(name)
  if (service === undefined) {
    const hint = suggest(name, services.keys())
    throw new SourceError('SOURCE_MISSING', `${file}: there is no service ${quote(name)}${hint}`)
  }
  const { generated_from: origin } = service
  const source = origin === undefined ? null : readSource(resolve(baseOf(path), origin.manifest))
  return explainService(name, service, source)
}

function readSource(path: string): { text: string; digest: ReturnType<typeof sha256> } | null {
  const outcome = readFileOnce(path, MAX_BYTES)
  if (!outcome.ok) {
    if (outcome.reason === 'missing') return null
    throw new SourceError('SOURCE_UNREADABLE', `${path}: ${outcome.detail}`)
  }
  try {
    return { text: decodeUtf8(outcome.bytes), digest: sha256(outcome.bytes) }
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error
    throw new SourceError('SOURCE_NOT_A_FILE', `${path}: ${error.message}`)
  }
}

const STATES: Readonly<Record<Explanation['state'], string>> = {
  current: 'as the manifest says',
  edited: 'edited by hand: the manifest comes to something else (next: infra mesh apply)',
  changed: 'the manifest was changed since (next: infra mesh apply)',
  invalid: 'the manifest was changed since, and is wrong now (next: infra manifest check)',
  gone: 'the manifest is gone (next: infra mesh apply)',
  foreign: 'not generated: nobody but its author knows why',
}

function render(explanation: Explanation): Report {
  const { name, state, origin, digest, values } = explanation
  const text = [
    `${plain(name)}: ${STATES[state]}`,
    ...(origin === null
      ? []
      : [`  manifest  ${plain(origin.manifest)}`, `  derived   sha256 ${origin.sha256}`]),
    ...(digest === null || digest === origin?.sha256 ? [] : [`  now       sha256 ${digest}`]),
    ...values.map(value => `  ${renderValue(value, plain(origin?.manifest ?? ''))}`),
  ].join('\n')
  return { exit: 0, json: explanation, text }
}

function renderValue({ key, value, now, place, why }: ExplainedValue, manifest: string): string {
  const shown = `${plain(key)} = ${value === undefined ? 'nothing' : quote(value)}`
  const differs = why !== 'note' && why !== 'unknown' && JSON.stringify(now) !== JSON.stringify(value)
  const but = differs ? `, now ${now === undefined ? 'nothing' : quote(now)}` : ''
  if (place !== null) return `${shown}  (${manifest}:${place.line}:${place.column}${but})`
  if (why === 'note') return `${shown}  (not generated; kept)`
  if (why === 'unknown') return shown
  return now === undefined
    ? `${shown}  (not said by the manifest)`
    : `${shown}  (not said: the default${but})`
}
