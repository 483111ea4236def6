// `infra mesh explain <service>`: why one entry of the services map is as it is, value by value.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { plain, quote } from '../core/diagnostic.ts'
import { sha256 } from '../core/digest.ts'
import { decodeUtf8, EncodingError } from '../core/json.ts'
import { type ExplainedValue, type Explanation, explainService } from '../manifest/explain.ts'
import { parseMeshHosts } from '../manifest/mesh-hosts.ts'
import { suggest } from '../manifest/nearest.ts'
import { readPlainFile } from '../publish/plain-file.ts'
import { readFileOnce } from '../seal/read-file.ts'
import { baseOf } from './manifest-files.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import { SourceError } from './source.ts'
import { shellQuote } from './workflow.ts'

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
      run(options, async () => {
        const explanation = explain(name, options, io)
        return render(explanation, tellState(explanation, options, io))
      }),
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

/** Says what has become of an entry, with the command line that mends it. */
function tellState({ state, origin }: Explanation, { hosts }: ExplainOptions, io: Io): string {
  const apply = `(next: infra mesh apply --root <folder> --hosts ${shellQuote(hosts)})`
  const manifest = resolve(baseOf(resolve(io.cwd, hosts)), origin?.manifest ?? '')
  const check = `(next: infra manifest check ${shellQuote(plain(manifest))})`
  const states: Readonly<Record<Explanation['state'], string>> = {
    current: 'as the manifest says',
    edited: `edited by hand: the manifest comes to something else ${apply}`,
    changed: `the manifest was changed since ${apply}`,
    invalid: `the manifest was changed since, and is wrong now ${check}`,
    gone: `the manifest is gone ${apply}`,
    foreign: 'not generated: nobody but its author knows why',
  }
  return states[state]
}

function render(explanation: Explanation, told: string): Report {
  const { name, origin, digest, values } = explanation
  const text = [
    `${plain(name)}: ${told}`,
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
