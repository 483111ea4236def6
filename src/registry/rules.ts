// Rules R2 to R10 over a parsed document. Every violation is returned, never only the first, and a rule that
// cannot be judged (a wrong type above it) is reported where it broke. Keys from outside are compared, never used
// to look anything up in an object that has a prototype (R9).

import { quote } from '../core/diagnostic.ts'
import { jsonPointer } from '../core/json-pointer.ts'
import { isMembers, kindOf, type Members, memberOf } from '../core/value.ts'
import { foldName, isOwnerName, isRepoName, parseFullName } from './names.ts'
import { MAX_REASON_LENGTH, PROCESS_PATTERN, REASON_PATTERN, SUPPORTED_VERSIONS } from './vocabulary.ts'

export type RuleCode =
  | 'unsupported_version'
  | 'wrong_type'
  | 'missing_key'
  | 'unknown_key'
  | 'bad_value'
  | 'bad_timestamp'
  | 'bad_owner_name'
  | 'bad_repo_name'
  | 'case_collision'
  | 'bad_telemetry_repo'
  | 'cross_org_telemetry'
  | 'telemetry_self'
  | 'bad_process'
  | 'bad_reason'

/** One broken rule, at a JSON pointer. */
export interface RuleViolation {
  readonly rule: `R${number}`
  readonly code: RuleCode
  readonly pointer: string
  readonly message: string
}

/**
 * The violations found so far, and where the check stands. The way down to an entry is one list that grows and shrinks:
 * of a million entries nearly all are in order, and none of them needs a path of its own.
 */
class Findings {
  readonly violations: RuleViolation[] = []
  readonly #path: string[] = []

  /** Goes down to the member `key`. */
  enter(key: string): void {
    this.#path.push(key)
  }

  /** Comes back up. */
  leave(): void {
    this.#path.pop()
  }

  /** Adds a violation here, or at the member `key`. */
  add(rule: RuleViolation['rule'], code: RuleCode, message: string, ...key: readonly string[]): void {
    this.violations.push({ rule, code, pointer: jsonPointer([...this.#path, ...key]), message })
  }
}

const ORG_KEYS = ['telemetry_repo', 'repos']
const ENTRY_KEYS = ['state', 'context', 'process', 'reason']
const STATES = ['enabled', 'disabled']
const CONTEXTS = ['sandbox', 'production']

const process = new RegExp(PROCESS_PATTERN)
const reason = new RegExp(REASON_PATTERN)
const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i

/** Checks a parsed document against R2–R10 and returns every violation, in document order. */
export function checkRules(document: unknown): RuleViolation[] {
  const found = new Findings()
  checkDocument(found, document)
  return found.violations
}

function checkDocument(found: Findings, document: unknown): void {
  if (!isMembers(document)) {
    return found.add('R3', 'wrong_type', `the document is ${kindOf(document)} (want an object)`)
  }
  const version = memberOf(document, 'schema_version')
  if (!SUPPORTED_VERSIONS.some(supported => supported === version)) {
    // R2: nothing more can be said of a document whose version is not known.
    const key = Object.hasOwn(document, 'schema_version') ? ['schema_version'] : []
    return found.add('R2', 'unsupported_version', unsupportedVersion(version), ...key)
  }
  checkKeys(found, 'R3', document, ['schema_version', 'orgs'], ['generated_at', 'description'])
  if (Object.hasOwn(document, 'generated_at')) checkTimestamp(found, document.generated_at)
  if (Object.hasOwn(document, 'description')) checkDescription(found, document.description)
  if (Object.hasOwn(document, 'orgs')) checkOrgs(found, document.orgs)
}

/** Says why `version` is refused, naming it and the supported set (R2). */
export function unsupportedVersion(version: unknown): string {
  const supported = SUPPORTED_VERSIONS.map(quote).join(', ')
  const got = version === undefined ? 'none' : `${quote(version)}, ${kindOf(version)}`
  return `unsupported schema_version (want one of ${supported}; got ${got})`
}

function checkOrgs(found: Findings, orgs: unknown): void {
  if (!isMembers(orgs))
    return found.add('R3', 'wrong_type', `orgs is ${kindOf(orgs)} (want an object)`, 'orgs')
  const rules = new OrgRules(found)
  for (const name of Object.keys(orgs)) rules.check(name, orgs[name])
}

/** Checks the organisations of one document, one after another, against R4–R10. */
export class OrgRules {
  readonly #found: Findings
  readonly #seen = new Map<string, string>()

  constructor(found = new Findings()) {
    this.#found = found
  }

  /** What was found so far, with pointers into the document. */
  get violations(): readonly RuleViolation[] {
    return this.#found.violations
  }

  /** Checks the next organisation. */
  check(name: string, org: unknown): void {
    const found = this.#found
    found.enter('orgs')
    found.enter(name)
    if (!isOwnerName(name)) found.add('R5', 'bad_owner_name', `${quote(name)} is not a GitHub owner name`)
    else checkCase(found, this.#seen, name)
    checkOrg(found, name, org)
    found.leave()
    found.leave()
  }
}

function checkOrg(found: Findings, name: string, org: unknown): void {
  if (!isMembers(org)) {
    return found.add('R4', 'wrong_type', `${quote(name)} is ${kindOf(org)} (want an object)`)
  }
  checkKeys(found, 'R4', org, ORG_KEYS)
  const telemetry = Object.hasOwn(org, 'telemetry_repo')
    ? checkTelemetry(found, name, org.telemetry_repo)
    : undefined
  if (Object.hasOwn(org, 'repos')) checkRepos(found, org.repos, telemetry)
}

/** Checks the repositories of an organisation; `telemetry` is the folded name of its telemetry repository. */
function checkRepos(found: Findings, repos: unknown, telemetry: string | undefined): void {
  if (!isMembers(repos))
    return found.add('R4', 'wrong_type', `repos is ${kindOf(repos)} (want an object)`, 'repos')
  found.enter('repos')
  const seen = new Map<string, string>()
  for (const name of Object.keys(repos)) {
    found.enter(name)
    if (!isRepoName(name)) found.add('R5', 'bad_repo_name', `${quote(name)} is not a GitHub repository name`)
    else if (checkCase(found, seen, name) === telemetry) {
      const message = `${quote(name)} is the telemetry repository of its own organisation`
      found.add('R8', 'telemetry_self', message)
    }
    checkEntry(found, name, repos[name])
    found.leave()
  }
  found.leave()
}

/** Returns the folded name of the telemetry repository, or `undefined` when it cannot be told. */
function checkTelemetry(found: Findings, org: string, telemetry: unknown): string | undefined {
  const name = typeof telemetry === 'string' ? parseFullName(telemetry) : undefined
  if (name?.org === org) return foldName(name.repo)
  const want = `(want "${org}/<name>")`
  if (name === undefined) {
    const message = `telemetry_repo is ${quote(telemetry)} ${want}`
    found.add('R7', 'bad_telemetry_repo', message, 'telemetry_repo')
  } else {
    const message = `telemetry_repo ${quote(telemetry)} is not of ${quote(org)} ${want}`
    found.add('R7', 'cross_org_telemetry', message, 'telemetry_repo')
  }
  return undefined
}

function checkEntry(found: Findings, repo: string, entry: unknown): void {
  if (!isMembers(entry)) {
    return found.add('R4', 'wrong_type', `${quote(repo)} is ${kindOf(entry)} (want an object)`)
  }
  checkKeys(found, 'R4', entry, ENTRY_KEYS)
  checkChoice(found, entry, 'state', STATES)
  checkChoice(found, entry, 'context', CONTEXTS)
  if (Object.hasOwn(entry, 'process') && !isProcess(entry.process)) {
    const message = `process is ${quote(entry.process)} (want ${PROCESS_PATTERN})`
    found.add('R10', 'bad_process', message, 'process')
  }
  if (Object.hasOwn(entry, 'reason') && !isReason(entry.reason)) {
    const want = `one line, at most ${MAX_REASON_LENGTH} characters`
    found.add('R10', 'bad_reason', `reason is ${quote(entry.reason)} (want ${want})`, 'reason')
  }
}

function isProcess(value: unknown): boolean {
  return typeof value === 'string' && process.test(value)
}

/** Tells whether `text` may stand as a reason when read (R10); an empty one exists in the field. */
export function isReason(text: unknown): text is string {
  if (typeof text !== 'string' || !text.isWellFormed() || !reason.test(text)) return false
  if (text.length <= MAX_REASON_LENGTH) return true
  // A character is one or two units: what is longer than that is never taken apart to be counted.
  return text.length <= 2 * MAX_REASON_LENGTH && [...text].length <= MAX_REASON_LENGTH
}

function checkChoice(found: Findings, entry: Members, key: string, choices: readonly string[]): void {
  const value = entry[key]
  if (!Object.hasOwn(entry, key) || choices.includes(value as string)) return
  found.add('R4', 'bad_value', `${key} is ${quote(value)} (want ${choices.map(quote).join(' or ')})`, key)
}

function checkKeys(
  found: Findings,
  rule: RuleViolation['rule'],
  members: Members,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  const keys = Object.keys(members)
  // Nearly every entry of a large registry has its keys in the usual order, and ends here.
  if (keys.length === required.length && keys.every((key, at) => key === required[at])) return
  for (const key of required) {
    if (!Object.hasOwn(members, key)) found.add(rule, 'missing_key', `${quote(key)} is missing`)
  }
  for (const key of keys) {
    if (required.includes(key) || optional.includes(key)) continue
    const want = [...required, ...optional].join(', ')
    found.add(rule, 'unknown_key', `unknown key ${quote(key)} (want only ${want})`, key)
  }
}

/** Checks that no earlier name in `seen` is the same one on GitHub, and returns it folded. */
function checkCase(found: Findings, seen: Map<string, string>, name: string): string {
  const folded = foldName(name)
  const other = seen.get(folded)
  if (other !== undefined) {
    found.add('R6', 'case_collision', `${quote(name)} and ${quote(other)} are one name on GitHub`)
  }
  seen.set(folded, name)
  return folded
}

function checkDescription(found: Findings, value: unknown): void {
  if (typeof value !== 'string') {
    found.add('R3', 'wrong_type', `description is ${kindOf(value)} (want a string)`, 'description')
  } else if (!value.isWellFormed()) {
    const message = 'description holds half a surrogate pair (want well-formed text)'
    found.add('R3', 'bad_value', message, 'description')
  }
}

function checkTimestamp(found: Findings, value: unknown): void {
  if (typeof value === 'string' && isTimestamp(value)) return
  found.add('R3', 'bad_timestamp', `generated_at is ${quote(value)} (want an RFC 3339 time)`, 'generated_at')
}

function isTimestamp(text: string): boolean {
  const match = rfc3339.exec(text)
  if (match === null) return false
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return false
  const [sign, hours = '0', minutes = '0'] = match.slice(7)
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  // A leap second is the last of a day in UTC, and no other minute has a sixty-first second.
  return second < 60 || (hour * 60 + minute - offset + 1440) % 1440 === 1439
}
