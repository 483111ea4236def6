// `infra manifest init`: a valid manifest to begin with, for the project that the command stands in. It never replaces
// one that is there.

import { readFileSync, realpathSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { checkManifest } from '../manifest/check.ts'
import { ManifestError } from '../manifest/parse.ts'
import { DEFAULT_ENVIRONMENT, ENVIRONMENTS, type Environment } from '../manifest/schema.ts'
import { renderStarter } from '../manifest/starter.ts'
import { createPlainFile } from '../publish/plain-file.ts'
import type { Run, VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'
import { SourceError } from './source.ts'

interface InitOptions extends VerbOptions {
  readonly project?: string
  readonly environment: Environment
}

/** Adds the verb. */
export function addManifestInit(manifest: Command, run: Run, io: Io): Command {
  return manifest
    .command('init [folder]')
    .description('write a manifest to begin with (default: here)')
    .option('--project <name>', 'the project (default: the name in package.json, or of the folder)')
    .addOption(
      new Option('--environment <environment>', 'dev writes .infra.dev.yaml')
        .choices(ENVIRONMENTS)
        .default(DEFAULT_ENVIRONMENT),
    )
    .option('-n, --dry-run', 'show what would be written; write nothing')
    .option('--json', 'print one JSON document')
    .action((folder: string | undefined, options: InitOptions) =>
      run(options, async () => init(resolve(io.cwd, folder ?? '.'), options, io)),
    )
}

function init(folder: string, options: InitOptions, io: Io): Report {
  const { environment, dryRun = false } = options
  const top = realFolder(folder)
  const project = options.project ?? packageName(top) ?? basename(top)
  const path = join(
    folder,
    environment === DEFAULT_ENVIRONMENT ? '.infra.yaml' : `.infra.${environment}.yaml`,
  )
  const file = relative(io.cwd, path) || path
  const text = renderStarter(project, environment)
  const checked = checkManifest(text, file)
  if (!checked.ok) throw new ManifestError(checked.faults)
  if (!dryRun) createPlainFile(path, Buffer.from(text))
  const said = dryRun ? `would write ${file}:\n${text}`.trimEnd() : `wrote ${file}; next: say where it runs`
  return { exit: 0, json: { file, project, environment, text, dry_run: dryRun }, text: said }
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    throw new SourceError('SOURCE_MISSING', `${folder}: no such folder`)
  }
}

/** The name that the project gives itself, without the scope of its packages. */
function packageName(folder: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown }
    return typeof name === 'string' && name !== '' ? basename(name) : undefined
  } catch {
    return undefined // no package, or one that says nothing; the folder has a name of its own
  }
}
