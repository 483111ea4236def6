// A change of the registry, carried out: look where we stand, decide over the pair under its lock, write both or
// neither, and tell what changed, from what to what, and what comes next.

import { join } from 'node:path'
import type { OrgAction, OrgTarget, RepoAction } from '../changelog/change.ts'
import { parseChangelog } from '../changelog/changelog.ts'
import { plain, quote } from '../core/diagnostic.ts'
import { HouseError } from '../core/error.ts'
import { WHY } from '../edit/error.ts'
import { type Mutation, planMutation } from '../edit/mutate.ts'
import { type Change, changePair, planChange, type ReadPair } from '../publish/change.ts'
import { CHANGELOG, WORKING_COPY } from '../publish/layout.ts'
import { parseRegistry } from '../registry/parse.ts'
import type { RegistryDocument, RepoEntry } from '../registry/schema.ts'
import { MAX_REGISTRY_BYTES, readFileOnce } from '../seal/read-file.ts'
import { type GuardedTree, verifyPair, verifyTree } from './guard.ts'
import type { HomePlace } from './home.ts'
import type { Asked } from './mutate.ts'
import type { VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'

interface Decision extends Change {
  readonly mutation: Mutation
}

/** Carries out the change that is asked for in `place`, or with `dryRun` everything but the writing. */
export async function carryOut(
  asked: Asked,
  { home, repository }: HomePlace,
  { dryRun = false }: VerbOptions,
  io: Io,
): Promise<Report> {
  const looking = verifyTree(home, repository)
  const early = readEarly(home)
  const tree = await looking
  const act = dryRun ? planChange : changePair
  const { decision, recovered } = await act(
    home,
    pair => decide(pair, asked, { tree, early }, io),
    early?.bytes,
  )
  return render(asked, decision, { dryRun, recovered, tree })
}

/** A registry that was read and parsed before the lock was taken. */
interface Early {
  readonly bytes: Uint8Array
  readonly document: RegistryDocument
}

/** Reads the registry while git is at work. What is wrong with it is told by whoever reads it under the lock. */
function readEarly(home: string): Early | null {
  const file = join(home, WORKING_COPY)
  try {
    const read = readFileOnce(file, MAX_REGISTRY_BYTES)
    return read.ok ? { bytes: read.bytes, document: parseRegistry(read.bytes, file) } : null
  } catch (error) {
    if (error instanceof HouseError) return null
    throw error
  }
}

interface Standing {
  readonly tree: GuardedTree
  readonly early: Early | null
}

async function decide(pair: ReadPair, asked: Asked, { tree, early }: Standing, io: Io): Promise<Decision> {
  const document =
    pair.registry === early?.bytes
      ? early.document
      : parseRegistry(pair.registry, join(tree.prefix, WORKING_COPY))
  const lines = parseChangelog(pair.changelog, join(tree.prefix, CHANGELOG))
  await verifyPair(tree, pair)
  const lastTimestamp = lines.at(-1)?.change.timestamp
  const was = { bytes: pair.registry, blob: pair.registryBlob }
  const mutation = planMutation(document, { ...asked, now: io.now(), lastTimestamp }, was)
  return { mutation, registry: mutation.bytes, lines: Buffer.from(mutation.lines) }
}

interface Circumstances {
  readonly dryRun: boolean
  readonly recovered: string | null
  readonly tree: GuardedTree
}

const DONE: Readonly<Record<RepoAction | OrgAction, string>> = {
  register: 'registered',
  enable: 'enabled',
  disable: 'disabled',
  unregister: 'unregistered',
  'retarget-org': 'redirected the telemetry of',
  'remove-org': 'removed',
}

function render(asked: Asked, { mutation }: Decision, { dryRun, recovered, tree }: Circumstances): Report {
  const { action, org, repo } = asked
  const { before, after, orgCreated, orgEmptied, document, changes } = mutation
  const subject = repo === undefined ? org : `${org}/${repo}`
  const files = [WORKING_COPY, CHANGELOG].map(file => join(tree.prefix, file))
  const telemetry = Object.hasOwn(document.orgs, org) ? document.orgs[org]!.telemetry_repo : null
  const done = asked.reset ? 'reset' : DONE[action]
  const text = [
    dryRun ? `would have ${done} ${subject} (dry run: nothing was written)` : `${done} ${subject}`,
    `  before     ${sideOf(before)}`,
    `  after      ${sideOf(after)}`,
    ...(repo === undefined ? [] : [`  telemetry  ${telemetry}${orgCreated ? ` (${org} is new here)` : ''}`]),
    `  reason     ${plain(asked.reason ?? '')}`,
    `  ${dryRun ? 'would change' : 'changed   '} ${files.join(', ')}`,
    ...(recovered === null ? [] : [`  ${dryRun ? 'would mend' : 'mended    '} ${recovered}`]),
    ...(orgEmptied ? [emptied(org, telemetry)] : []),
    ...(dryRun ? [] : ['next: infra diff, then infra finalize']),
  ].join('\n')
  const json = {
    action,
    org,
    repo: repo ?? null,
    before,
    after,
    telemetry_repo: telemetry,
    org_created: orgCreated,
    org_emptied: orgEmptied,
    changes,
    registry_before: changes[0]!.registry_before,
    registry_after: changes.at(-1)!.registry_after,
    files,
    recovered,
    dry_run: dryRun,
  }
  return { exit: 0, json, text }
}

function emptied(org: string, telemetry: string | null): string {
  return `  note       ${org} has no repository left and stays registered, with ${telemetry};\n             to remove it too: infra remove-org ${org} --confirm-delete ${WHY}`
}

function sideOf(side: RepoEntry | OrgTarget | null): string {
  if (side === null) return 'not registered'
  if ('telemetry_repo' in side) return side.telemetry_repo
  return `${side.state}, ${side.context}${side.reason === '' ? '' : `, ${quote(side.reason)}`}`
}
