// Rules R2 to R10 over a parsed document. Every violation is returned, never only the first, and a rule that
// cannot be judged (a wrong type above it) is reported where it broke. Keys from outside are compared, never used
// to look anything up in an object that has a prototype (R9).

import { quote } from '../core/diagnostic.ts'
import { jsonPointer } from '../core/json.ts'
import { isMembers, kindOf, type Members } from '../core/value.ts'
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

type Add = (rule: RuleViolation['rule'], code: RuleCode, path: readonly string[], message: string) => void

const process = new RegExp(PROCESS_PATTERN)
const reason = new RegExp(REASON_PATTERN)
const rfc3339 =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i

/** Checks a parsed document against R2–R10 and returns every violation, in document order. */
export function checkRules(document: unknown): RuleViolation[] {
  const violations: RuleViolation[] = []
  const add: Add = (rule, code, path, message) =>
    violations.push({ rule, code, pointer: jsonPointer(path), message })

  if (!isMembers(document)) {
    add('R3', 'wrong_type', [], `the document is ${kindOf(document)} (want an object)`)
    return violations
  }
  const version = Object.hasOwn(document, 'schema_version') ? document.schema_version : undefined
  if (!SUPPORTED_VERSIONS.some(supported => supported === version)) {
    // R2: nothing more can be said of a document whose version is not known.
    const path = Object.hasOwn(document, 'schema_version') ? ['schema_version'] : []
    add('R2', 'unsupported_version', path, unsupportedVersion(version))
    return violations
  }
  checkKeys(add, 'R3', [], document, ['schema_version', 'orgs'], ['generated_at', 'description'])
  if (Object.hasOwn(document, 'generated_at')) checkTimestamp(add, document.generated_at)
  if (Object.hasOwn(document, 'description')) checkDescription(add, document.description)
  if (Object.hasOwn(document, 'orgs')) checkOrgs(add, document.orgs)
  return violations
}

/** Says why `version` is refused, naming it and the supported set (R2). */
export function unsupportedVersion(version: unknown): string {
  const supported = SUPPORTED_VERSIONS.map(quote).join(', ')
  const got = version === undefined ? 'none' : `${quote(version)}, ${kindOf(version)}`
  return `unsupported schema_version (want one of ${supported}; got ${got})`
}

function checkOrgs(add: Add, orgs: unknown): void {
  if (!isMembers(orgs)) {
    add('R3', 'wrong_type', ['orgs'], `orgs is ${kindOf(orgs)} (want an object)`)
    return
  }
  const seen = new Map<string, string>()
  for (const [name, org] of Object.entries(orgs)) {
    const path = ['orgs', name]
    if (!isOwnerName(name)) add('R5', 'bad_owner_name', path, `${quote(name)} is not a GitHub owner name`)
    else checkCase(add, path, seen, name)
    checkOrg(add, path, name, org)
  }
}

function checkOrg(add: Add, path: readonly string[], name: string, org: unknown): void {
  if (!isMembers(org)) {
    add('R4', 'wrong_type', path, `${quote(name)} is ${kindOf(org)} (want an object)`)
    return
  }
  checkKeys(add, 'R4', path, org, ['telemetry_repo', 'repos'])
  const telemetry = Object.hasOwn(org, 'telemetry_repo')
    ? checkTelemetry(add, path, name, org.telemetry_repo)
    : undefined
  if (!Object.hasOwn(org, 'repos')) return
  if (!isMembers(org.repos)) {
    add('R4', 'wrong_type', [...path, 'repos'], `repos is ${kindOf(org.repos)} (want an object)`)
    return
  }
  const seen = new Map<string, string>()
  for (const [repo, entry] of Object.entries(org.repos)) {
    const at = [...path, 'repos', repo]
    if (!isRepoName(repo)) add('R5', 'bad_repo_name', at, `${quote(repo)} is not a GitHub repository name`)
    else {
      checkCase(add, at, seen, repo)
      if (foldName(repo) === telemetry) {
        add('R8', 'telemetry_self', at, `${quote(repo)} is the telemetry repository of its own organisation`)
      }
    }
    checkEntry(add, at, repo, entry)
  }
}

/** Returns the folded name of the telemetry repository, or `undefined` when it cannot be told. */
function checkTelemetry(
  add: Add,
  path: readonly string[],
  org: string,
  telemetry: unknown,
): string | undefined {
  const at = [...path, 'telemetry_repo']
  const name = typeof telemetry === 'string' ? parseFullName(telemetry) : undefined
  if (name === undefined) {
    add('R7', 'bad_telemetry_repo', at, `telemetry_repo is ${quote(telemetry)} (want "${org}/<name>")`)
    return undefined
  }
  if (name.org !== org) {
    add(
      'R7',
      'cross_org_telemetry',
      at,
      `telemetry_repo ${quote(telemetry)} is not of ${quote(org)} (want "${org}/<name>")`,
    )
    return undefined
  }
  return foldName(name.repo)
}

function checkEntry(add: Add, path: readonly string[], repo: string, entry: unknown): void {
  if (!isMembers(entry)) {
    add('R4', 'wrong_type', path, `${quote(repo)} is ${kindOf(entry)} (want an object)`)
    return
  }
  checkKeys(add, 'R4', path, entry, ['state', 'context', 'process', 'reason'])
  checkChoice(add, path, entry, 'state', ['enabled', 'disabled'])
  checkChoice(add, path, entry, 'context', ['sandbox', 'production'])
  if (
    Object.hasOwn(entry, 'process') &&
    !(typeof entry.process === 'string' && process.test(entry.process))
  ) {
    add(
      'R10',
      'bad_process',
      [...path, 'process'],
      `process is ${quote(entry.process)} (want ${PROCESS_PATTERN})`,
    )
  }
  if (Object.hasOwn(entry, 'reason') && !isReason(entry.reason)) {
    const want = `one line, at most ${MAX_REASON_LENGTH} characters`
    add('R10', 'bad_reason', [...path, 'reason'], `reason is ${quote(entry.reason)} (want ${want})`)
  }
}

/** Tells whether `text` may stand as a reason when read (R10); an empty one exists in the field. */
export function isReason(text: unknown): text is string {
  if (typeof text !== 'string' || !text.isWellFormed() || !reason.test(text)) return false
  if (text.length <= MAX_REASON_LENGTH) return true
  // A character is one or two units: what is longer than that is never taken apart to be counted.
  return text.length <= 2 * MAX_REASON_LENGTH && [...text].length <= MAX_REASON_LENGTH
}

function checkChoice(
  add: Add,
  path: readonly string[],
  entry: Members,
  key: string,
  choices: readonly string[],
): void {
  const value = entry[key]
  if (!Object.hasOwn(entry, key) || choices.includes(value as string)) return
  add(
    'R4',
    'bad_value',
    [...path, key],
    `${key} is ${quote(value)} (want ${choices.map(quote).join(' or ')})`,
  )
}

function checkKeys(
  add: Add,
  rule: RuleViolation['rule'],
  path: readonly string[],
  members: Members,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  const keys = Object.keys(members)
  // Nearly every entry of a large registry ends here.
  if (keys.length === required.length && keys.every(key => required.includes(key))) return
  for (const key of required) {
    if (!Object.hasOwn(members, key)) add(rule, 'missing_key', path, `${quote(key)} is missing`)
  }
  for (const key of keys) {
    if (required.includes(key) || optional.includes(key)) continue
    add(
      rule,
      'unknown_key',
      [...path, key],
      `unknown key ${quote(key)} (want only ${[...required, ...optional].join(', ')})`,
    )
  }
}

function checkCase(add: Add, path: readonly string[], seen: Map<string, string>, name: string): void {
  const folded = foldName(name)
  const other = seen.get(folded)
  if (other !== undefined) {
    add('R6', 'case_collision', path, `${quote(name)} and ${quote(other)} are one name on GitHub`)
  }
  seen.set(folded, name)
}

function checkDescription(add: Add, value: unknown): void {
  if (typeof value !== 'string') {
    add('R3', 'wrong_type', ['description'], `description is ${kindOf(value)} (want a string)`)
  } else if (!value.isWellFormed()) {
    add('R3', 'bad_value', ['description'], 'description holds half a surrogate pair (want well-formed text)')
  }
}

function checkTimestamp(add: Add, value: unknown): void {
  if (typeof value === 'string' && isTimestamp(value)) return
  add('R3', 'bad_timestamp', ['generated_at'], `generated_at is ${quote(value)} (want an RFC 3339 time)`)
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
