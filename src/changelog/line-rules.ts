// What one parsed line of the changelog has to hold: exactly the keys its action calls for, in their order, each with a
// value that can be. The published schema says the same (change.ts), and a test holds the two together.

import { quote } from '../core/diagnostic.ts'
import { isMembers, kindOf, type Members } from '../core/value.ts'
import { isOwnerName, isRepoName, parseFullName } from '../registry/names.ts'
import { checkRules, isReason } from '../registry/rules.ts'
import { SUPPORTED_VERSIONS } from '../registry/vocabulary.ts'
import {
  type Action,
  BLOB_PATTERN,
  CHANGE_KEYS,
  type ChangeKey,
  ORG_ACTIONS,
  OWN_KEYS,
  PROCESS,
  REPO_ACTIONS,
  TIMESTAMP_PATTERN,
  WRITTEN_REASON_PATTERN,
} from './change.ts'
import type { LogCode } from './log-fault.ts'

/** Takes a fault, at the place that `path` leads to. */
export type Add = (code: LogCode, path: readonly string[], message: string) => void

const AUDIT: readonly ChangeKey[] = [
  'timestamp',
  'action',
  'owner',
  'reason',
  'process',
  'schema_version',
  ...OWN_KEYS,
]
const NEEDS: Readonly<Record<Action, readonly ChangeKey[]>> = {
  register: [...AUDIT, 'repo', 'context', 'telemetry_repo'],
  enable: [...AUDIT, 'repo'],
  disable: [...AUDIT, 'repo'],
  unregister: [...AUDIT, 'repo'],
  'retarget-org': [...AUDIT, 'telemetry_repo'],
  'remove-org': AUDIT,
}
const LEGACY_NEEDS: readonly ChangeKey[] = [
  'timestamp',
  'action',
  'owner',
  'repo',
  'process',
  'schema_version',
]
const LEGACY_MAY: readonly ChangeKey[] = ['context', 'telemetry_repo', 'reason']

const timestamp = new RegExp(TIMESTAMP_PATTERN)
const blob = new RegExp(BLOB_PATTERN)
const written = new RegExp(WRITTEN_REASON_PATTERN)

/** Checks the value of one line and gives every fault of it to `add`. */
export function checkLine(line: unknown, add: Add): void {
  if (!isMembers(line)) {
    add('LOG_NOT_OBJECT', [], `the line is ${kindOf(line)} (want an object)`)
    return
  }
  const keys = Object.keys(line)
  for (const key of keys) {
    if (!isChangeKey(key)) add('LOG_UNKNOWN_KEY', [key], `unknown key ${quote(key)}`)
  }
  const org = ORG_ACTIONS.some(action => action === line.action)
  const own = org || OWN_KEYS.some(key => Object.hasOwn(line, key))
  const action = actionOf(line, own)
  if (action === undefined) {
    if (Object.hasOwn(line, 'action')) {
      const want = own ? [...REPO_ACTIONS, ...ORG_ACTIONS] : REPO_ACTIONS
      const code = typeof line.action === 'string' ? 'LOG_UNKNOWN_ACTION' : 'LOG_WRONG_TYPE'
      add(code, ['action'], `action is ${quote(line.action)} (want ${want.join(', ')})`)
    } else add('LOG_MISSING_KEY', [], '"action" is missing')
  } else checkKeys(line, own ? NEEDS[action] : LEGACY_NEEDS, own ? [] : LEGACY_MAY, add)
  for (const key of keys) if (isChangeKey(key)) checkValue(key, line, own, add)
  checkOrder(keys.filter(isChangeKey), own, add)
}

function checkKeys(line: Members, needs: readonly ChangeKey[], may: readonly ChangeKey[], add: Add): void {
  for (const key of CHANGE_KEYS) {
    const has = Object.hasOwn(line, key)
    if (!has && needs.includes(key)) add('LOG_MISSING_KEY', [], `${quote(key)} is missing`)
    if (has && !needs.includes(key) && !may.includes(key)) {
      add(
        'LOG_KEY_NOT_ALLOWED',
        [key],
        `${String(line.action)} does not change ${quote(key)} (want it left out)`,
      )
    }
  }
}

function checkValue(key: ChangeKey, line: Members, own: boolean, add: Add): void {
  const value = line[key]
  if (key === 'previous') return checkPrevious(line, add)
  if (key === 'action') return
  if (typeof value !== 'string') {
    add('LOG_WRONG_TYPE', [key], `${key} is ${kindOf(value)} (want a string)`)
    return
  }
  const bad = (code: LogCode, want: string): void =>
    add(code, [key], `${key} is ${quote(value)} (want ${want})`)
  if (key === 'timestamp') {
    if (!isTimestamp(value)) bad('LOG_BAD_TIMESTAMP', 'a time that exists, as 2026-01-31T23:59:59Z')
  } else if (key === 'owner') {
    if (!isOwnerName(value)) bad('LOG_BAD_NAME', 'a GitHub owner name')
  } else if (key === 'repo' || key === 'telemetry_repo') {
    if (!isRepoName(value)) bad('LOG_BAD_NAME', 'a GitHub repository name, without its owner')
  } else if (key === 'context') {
    if (value !== 'sandbox' && value !== 'production') bad('LOG_BAD_VALUE', '"sandbox" or "production"')
  } else if (key === 'reason') {
    const good = isReason(value) && (own ? written.test(value) : value !== '')
    if (!good) bad('LOG_BAD_VALUE', 'one line that says something, at most 1000 characters')
  } else if (key === 'process') {
    if (value !== PROCESS) bad('LOG_BAD_VALUE', quote(PROCESS))
  } else if (key === 'schema_version') {
    if (value !== SUPPORTED_VERSIONS[0]) bad('LOG_BAD_VALUE', quote(SUPPORTED_VERSIONS[0]))
  } else if (!blob.test(value)) bad('LOG_BAD_VALUE', '40 lower-case hexadecimal digits')
}

function checkPrevious(line: Members, add: Add): void {
  const { action, previous } = line
  if (action === 'register') {
    if (previous !== null) add('LOG_BAD_VALUE', ['previous'], `previous is ${kindOf(previous)} (want null)`)
  } else if (action === 'retarget-org' || action === 'remove-org') checkTarget(line, add)
  else {
    // An entry is judged by the registry's own rules, in the smallest registry that holds it.
    const orgs = { o: { telemetry_repo: 'o/t', repos: { r: previous } } }
    for (const { pointer, message } of checkRules({ schema_version: SUPPORTED_VERSIONS[0], orgs })) {
      const path = pointer.split('/').slice('/orgs/o/repos/r'.split('/').length)
      add(
        'LOG_BAD_VALUE',
        ['previous', ...path.map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))],
        message,
      )
    }
  }
}

function checkTarget({ owner, previous }: Members, add: Add): void {
  if (!isMembers(previous) || Object.keys(previous).join() !== 'telemetry_repo') {
    add('LOG_BAD_VALUE', ['previous'], 'previous is not {"telemetry_repo": …}')
    return
  }
  const { telemetry_repo } = previous
  const name = typeof telemetry_repo === 'string' ? parseFullName(telemetry_repo) : undefined
  if (name !== undefined && name.org === owner) return
  const want = `want "${typeof owner === 'string' ? owner : '<owner>'}/<name>"`
  add('LOG_BAD_VALUE', ['previous', 'telemetry_repo'], `telemetry_repo is ${quote(telemetry_repo)} (${want})`)
}

/** Our keys stand in one order; the field's first writer put the telemetry repository before the context. */
function checkOrder(keys: readonly ChangeKey[], own: boolean, add: Add): void {
  const rank = (key: ChangeKey): number =>
    CHANGE_KEYS.indexOf(key === 'telemetry_repo' && !own ? 'context' : key)
  for (const [at, key] of keys.entries()) {
    const next = keys[at + 1]
    if (next === undefined || rank(key) <= rank(next)) continue
    add('LOG_KEY_ORDER', [next], `${quote(next)} follows ${quote(key)} (want ${CHANGE_KEYS.join(', ')})`)
  }
}

/** Tells whether `text` is a time of the form `2026-01-31T23:59:59Z` that has existed or will. */
export function isTimestamp(text: string): boolean {
  if (!timestamp.test(text)) return false
  const date = new Date(text)
  // `Date` rolls 30 February over into March.
  return !Number.isNaN(date.getTime()) && date.toISOString() === text.replace('Z', '.000Z')
}

function actionOf({ action }: Members, own: boolean): Action | undefined {
  return [...REPO_ACTIONS, ...(own ? ORG_ACTIONS : [])].find(known => known === action)
}

function isChangeKey(key: string): key is ChangeKey {
  return CHANGE_KEYS.some(known => known === key)
}
