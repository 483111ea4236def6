// A registry home of any size, sealed and pinned, and the same registry as a plain file.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { activate } from '../src/publish/activate.ts'
import { sealRegistry } from '../src/publish/seal-registry.ts'
import { writeRegistry } from './registries.ts'

export interface Home {
  readonly path: string
  /** The working copy: a plain file of the same registry. */
  readonly file: string
  remove(): void
}

/** Makes a home of `repos` repositories in a folder of its own. */
export async function makeHome(repos: number): Promise<Home> {
  const path = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  const file = join(path, 'telemetry-registry.v2.json')
  writeRegistry(file, repos)
  mkdirSync(join(path, 'changelog'))
  writeFileSync(join(path, 'changelog/infra-changelog.jsonl'), '')
  const now = (): Date => new Date()
  const tree = { git_commit: null, working_tree_state: null }
  const { run } = await sealRegistry({ home: path, massChange: false, now, ...tree })
  await activate({ home: path, runId: run.runId, reason: 'measured', now })
  return { path, file, remove: () => rmSync(path, { recursive: true, force: true }) }
}
