// What the bodies of the service must look like to be believed. Members that are not known are passed over, as a newer
// service may have more; those that are must be whole, agree with each other, and be about what was asked.

import type { EngineOutcome, EngineRecord } from '../registry/engine-record.ts'
import type { Context, State } from '../registry/schema.ts'
import { distrust } from './error.ts'
import type { Repository, Told } from './outcome.ts'

/** A repository, as it is asked for. */
export interface Name {
  readonly org: string
  readonly repo: string
}

type Members = Readonly<Record<string, unknown>>

const STATES = { enabled: true, disabled: true } as const satisfies Record<State, true>
const CONTEXTS = { sandbox: true, production: true } as const satisfies Record<Context, true>

/** Reads the entry of `/resolve` or of a list. Throws `CLIENT_UNTRUSTED`. */
export function readRepository(value: unknown): Repository {
  const entry = readMembers(value, 'the entry')
  const org = readName(entry, 'org')
  return {
    org,
    repo: readName(entry, 'repo'),
    state: readWord(entry, 'state', STATES),
    context: readWord(entry, 'context', CONTEXTS),
    telemetryRepo: readTelemetryRepo(entry, 'telemetry_repo', org),
    process: readText(entry, 'process'),
    reason: readText(entry, 'reason'),
  }
}

/** Reads the answer of `/telemetry-target`. Throws `CLIENT_UNTRUSTED`. */
export function readTarget(value: unknown): Name & { readonly telemetryRepo: string } {
  const answer = readMembers(value, 'the answer')
  const org = readName(answer, 'org')
  const telemetryRepo = readTelemetryRepo(answer, 'telemetry_repo', org)
  return { org, repo: readName(answer, 'repo'), telemetryRepo }
}

/** Reads a page of `/repos`. Throws `CLIENT_UNTRUSTED`. */
export function readPage(value: unknown): {
  readonly items: readonly Repository[]
  readonly total: number
  readonly next: string | null
} {
  const { items, total, next } = readMembers(value, 'the page')
  if (!Array.isArray(items) || !Number.isSafeInteger(total) || (next !== null && typeof next !== 'string'))
    throw distrust('bad_shape', 'the page has no items, total and next')
  return { items: items.map(readRepository), total: total as number, next }
}

/** Holds what the body says of its registry to what its head said. Throws `CLIENT_UNTRUSTED`. */
export function checkRevision(value: unknown, told: Told): void {
  const registry = readMembers(readMembers(value, 'the answer').registry, 'its registry')
  if (registry.revision === told.revision) return
  const detail = `the body is of revision ${JSON.stringify(registry.revision)} (want ${told.revision}, as in the head)`
  throw distrust('revision_mismatch', detail)
}

/** Holds an answer to what was asked; names are the same in any case. Throws `CLIENT_UNTRUSTED`. */
export function checkSubject(got: Name, asked: Name): void {
  if (fold(got) === fold(asked)) return
  throw distrust(
    'wrong_subject',
    `the answer is about ${got.org}/${got.repo} (want ${asked.org}/${asked.repo})`,
  )
}

const fold = ({ org, repo }: Name): string => `${org}/${repo}`.toLowerCase()

/** The eleven keys in their order: the record is evidence, and evidence is compared byte for byte. */
const RECORD_KEYS =
  'orgOwner targetRepoName telemetryRepo repoContext repoState dashboard warnings reasons versionUsed registrySha outcomeCode'

/** What each outcome of the engines goes with: a state, or none; a telemetry repository, or none. */
const RECORD_OUTCOMES: Readonly<
  Record<EngineOutcome, { readonly found: boolean; readonly routed: boolean }>
> = {
  INFRA_OK: { found: true, routed: true },
  INFRA_REPO_UNREGISTERED: { found: false, routed: true },
  INFRA_TELEMETRY_UNRESOLVABLE: { found: false, routed: false },
}

/** Reads the engines' record of `asked`. Throws `CLIENT_UNTRUSTED`. */
export function readRecord(value: unknown, asked: Name): EngineRecord {
  const record = readMembers(value, 'the record')
  if (Object.keys(record).join(' ') !== RECORD_KEYS)
    throw distrust(
      'bad_shape',
      `the record has the keys ${Object.keys(record).join(' ')} (want ${RECORD_KEYS})`,
    )
  const org = readName(record, 'orgOwner')
  checkSubject({ org, repo: readName(record, 'targetRepoName') }, asked)
  const { found, routed } = RECORD_OUTCOMES[readWord(record, 'outcomeCode', RECORD_OUTCOMES)]
  readWord<string>(record, 'repoState', found ? STATES : { absent: true })
  readWord<string>(record, 'repoContext', found ? CONTEXTS : { unknown: true })
  if (routed) readTelemetryRepo(record, 'telemetryRepo', org)
  else readWord(record, 'telemetryRepo', { '': true })
  const dashboard = readMembers(record.dashboard, 'dashboard')
  const plain =
    record.versionUsed === 'v2' &&
    dashboard.public === false &&
    dashboard.enabled === (record.repoState === 'enabled') &&
    /^[0-9a-f]{40}$/.test(readText(record, 'registrySha')) &&
    [record.warnings, record.reasons].every(texts => Array.isArray(texts) && texts.every(isText))
  if (!plain) throw distrust('bad_shape', 'the record contradicts itself')
  return record as unknown as EngineRecord
}

function readMembers(value: unknown, what: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members
  throw distrust('bad_shape', `${what} is not an object`)
}

function readText(members: Members, key: string): string {
  const value = own(members, key)
  if (isText(value)) return value
  throw distrust('bad_shape', `${key} is not text`)
}

const isText = (value: unknown): value is string => typeof value === 'string'

function own(members: Members, key: string): unknown {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

function readWord<Word extends string>(
  members: Members,
  key: string,
  words: Readonly<Record<Word, unknown>>,
): Word {
  const value = readText(members, key)
  if (Object.hasOwn(words, value)) return value as Word
  throw distrust('bad_shape', `${key} is ${JSON.stringify(value)} (want ${Object.keys(words).join(' or ')})`)
}

function readName(members: Members, key: string): string {
  const value = readText(members, key)
  if (isPlainName(value)) return value
  throw distrust('bad_shape', `${key} is ${JSON.stringify(value)}, which is no name`)
}

/** R7: the telemetry repository is of the organisation itself. */
function readTelemetryRepo(members: Members, key: string, org: string): string {
  const value = readText(members, key)
  const [owner, name, ...rest] = value.split('/')
  if (owner?.toLowerCase() === org.toLowerCase() && isPlainName(name ?? '') && rest.length === 0) return value
  throw distrust('bad_shape', `${key} is ${JSON.stringify(value)} (want one of ${org})`)
}

/**
 * Tells whether a name can stand in a path as it is. Which of these GitHub allows is for the service to say; this keeps
 * out what would make another address of it.
 */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,100}$/.test(name) && name !== '.' && name !== '..'
}
