// `infra manifest check`: every manifest under the folders that are named, by the schema and by the rules; with a mesh
// file, against the hosts and the services of the mesh too. As text, as JSON, or as annotations of a pull request.

import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type Diagnostic, renderDiagnostic } from '../core/diagnostic.ts'
import { type MeshFile, parseMeshHosts } from '../manifest/mesh-hosts.ts'
import { otherServices } from '../manifest/plan.ts'
import { checkRules, withStrictness } from '../manifest/rules.ts'
import { readPlainFile } from '../publish/plain-file.ts'
import { annotate } from './check.ts'
import { baseOf, readManifests } from './manifest-files.ts'
import { isUnreadable, sortFindings } from './mesh-error.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'

interface CheckOptions extends VerbOptions {
  readonly hosts?: string
  readonly strict?: boolean
  readonly format: 'text' | 'json' | 'github'
}

/** Adds the verb. */
export function addManifestCheck(manifest: Command, run: Run, io: Io): Command {
  return manifest
    .command('check [path...]')
    .description('check every .infra*.yaml of files and folders (default: here)')
    .option('--hosts <file>', 'the mesh file: its hosts are those that there are, its services too')
    .option('--strict', 'a warning is an error')
    .addOption(new Option('--format <format>', 'how').choices(['text', 'json', 'github']).default('text'))
    .option('--json', 'print one JSON document')
    .action((paths: readonly string[], options: CheckOptions) =>
      run({ ...options, json: options.json || options.format === 'json' }, async () =>
        check(paths, options, io),
      ),
    )
}

function check(paths: readonly string[], options: CheckOptions, io: Io): Report {
  const { hosts: file, strict = false, format } = options
  const mesh = file === undefined ? undefined : readMesh(file, io)
  const base = file === undefined ? io.cwd : baseOf(resolve(io.cwd, file))
  const { files, faults, broken, count } = readManifests(paths.length === 0 ? ['.'] : paths, io.cwd, base)
  const services = mesh === undefined ? new Map() : otherServices(mesh, files)
  const all = [...faults, ...checkRules(files, { hosts: mesh?.hosts, services, broken })]
  const findings = withStrictness(sortFindings(all), strict)
  const ok = findings.every(({ severity }) => severity !== 'error')
  const unchecked = mesh === undefined ? ['host_in_mesh'] : []
  const text =
    format === 'github' ? findings.map(annotate).join('\n') : renderFindings(findings, count, unchecked)
  const exit = ok ? 0 : isUnreadable(findings) ? 3 : 1
  return { exit, json: { ok, manifests: count, findings, unchecked }, text }
}

function readMesh(file: string, io: Io): MeshFile {
  return parseMeshHosts(readPlainFile(resolve(io.cwd, file)), file)
}

function renderFindings(
  findings: readonly Diagnostic[],
  count: number,
  unchecked: readonly string[],
): string {
  const sum = (['error', 'warning', 'note'] as const)
    .map(severity => [findings.filter(found => found.severity === severity).length, severity] as const)
    .filter(([many]) => many > 0)
    .map(([many, severity]) => `${many} ${severity}${many === 1 ? '' : 's'}`)
  const verdict = `${count} manifest${count === 1 ? '' : 's'}, ${sum.join(', ') || 'nothing wrong'}`
  const left = unchecked.length === 0 ? '' : `; ${unchecked.join(', ')} not checked (want --hosts)`
  return [...findings.map(renderDiagnostic), `${verdict}${left}`].join('\n')
}
