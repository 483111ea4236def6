// `infra verify [folder…]`: says of each run folder whether it is a sealed set, with every fault, what was wanted and
// what was got. Without folders: every run of the home, and what the pointer pins. It reads and changes nothing.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { renderDiagnostic } from '../core/diagnostic.ts'
import { REGISTRY_SNAPSHOT, runsOf } from '../publish/layout.ts'
import { checkRegistry } from '../registry/parse.ts'
import { renderFault } from '../seal/fault.ts'
import { verifyPin } from '../seal/pin.ts'
import { POINTER_PATH, parsePointers, readPointer } from '../seal/pointer.ts'
import { readRunFolder } from '../seal/run-folder.ts'
import { checkSeal } from '../seal/verify.ts'
import { findHome } from './home.ts'
import type { Run, VerbOptions } from './program.ts'
import { exitOf, faultLines, type Io, plain, type Report } from './report.ts'

interface VerifyOptions extends VerbOptions {
  readonly runId?: string
}

interface Verdict {
  readonly path: string
  readonly valid: boolean
  /** False when the disk failed, so that this is no verdict on the bytes. */
  readonly readable: boolean
  readonly root_sha256: string | null
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
}

/** Adds the verb. */
export function addVerify(program: Command, run: Run, io: Io): Command {
  return program
    .command('verify [folder...]')
    .description('verify run folders; without any, every run of the home and its pins')
    .option('--run-id <run>', 'the run that a folder of another name holds a copy of')
    .action((folders: string[], options: VerifyOptions) => run(options, () => verify(folders, options, io)))
}

async function verify(folders: readonly string[], options: VerifyOptions, io: Io): Promise<Report> {
  const verdicts =
    folders.length > 0
      ? folders.map(folder => verifyFolder(resolve(io.cwd, folder), folder, options.runId))
      : verifyHome(await findHome(io, options.home))
  const invalid = verdicts.filter(verdict => !verdict.valid).length
  const text = [...verdicts.map(render), `${verdicts.length - invalid} valid, ${invalid} invalid`].join('\n')
  const exit = invalid === 0 ? 0 : verdicts.every(verdict => verdict.readable) ? 1 : 3
  return { exit, json: { valid: invalid === 0, verdicts }, text }
}

function verifyHome(home: string): Verdict[] {
  const runs = runsOf(home)
  const names = existsSync(runs) ? readdirSync(runs).sort() : []
  return [...names.map(name => verifyFolder(join(runs, name), name)), ...verifyPins(home)]
}

function verifyFolder(path: string, shown: string, runId?: string): Verdict {
  const { seal, faults, warnings } = checkSeal(readRunFolder(path, runId === undefined ? {} : { runId }))
  const registry = seal?.files.get(REGISTRY_SNAPSHOT)
  const violations = registry === undefined ? [] : checkRegistry(registry, REGISTRY_SNAPSHOT)
  const all = [...faults.map(renderFault), ...violations.map(renderDiagnostic)]
  return {
    path: shown,
    valid: all.length === 0,
    readable: !faults.some(fault => fault.code === 'SEAL_UNREADABLE'),
    root_sha256: seal?.root ?? null,
    faults: all,
    warnings: warnings.map(renderFault),
  }
}

/** One verdict for each pin of the pointer that is meant to be usable. */
function verifyPins(home: string): Verdict[] {
  const verdict = (path: string, verify: () => string | null): Verdict => {
    try {
      return { path, valid: true, readable: true, root_sha256: verify(), faults: [], warnings: [] }
    } catch (error) {
      const readable = exitOf(error) === 1
      return { path, valid: false, readable, root_sha256: null, faults: faultLines(error), warnings: [] }
    }
  }
  if (!existsSync(join(home, POINTER_PATH))) return []
  let ids: string[] = []
  const file = verdict(POINTER_PATH, () => {
    const { entries } = parsePointers(readPointer(home))
    ids = entries.filter(entry => entry.active_ref_known === true).map(entry => entry.registry_id)
    return null
  })
  return [file, ...ids.map(id => verdict(`pin ${id}`, () => verifyPin(home, id).seal.root))]
}

function render({ path, valid, root_sha256, faults, warnings }: Verdict): string {
  const head = `${valid ? 'valid  ' : 'INVALID'}  ${plain(path)}${root_sha256 === null ? '' : `  ${root_sha256}`}`
  return [head, ...faults.map(fault => `    ${fault}`), ...warnings.map(line => `    warning: ${line}`)].join(
    '\n',
  )
}
