// Registry against log, entry for entry: no change without its line, no line without its change. This is what a pull
// request has to pass, and what shows a registry that was edited by hand or a log that was tidied.

import type { LogLine } from '../changelog/changelog.ts'
import { renderCanonical } from '../core/json.ts'
import { jsonPointer } from '../core/json-pointer.ts'
import { foldName } from '../registry/names.ts'
import type { OrgEntry, RegistryDocument, RepoEntry } from '../registry/schema.ts'
import { type Discrepancy, type ReplayOptions, replayLog } from './replay.ts'
import { sameEntry } from './world.ts'

/** Checks that `lines`, replayed onto `base`, give `document`, and returns everything that does not add up. */
export function checkConsistency(
  base: RegistryDocument,
  lines: readonly LogLine[],
  document: RegistryDocument,
  options: ReplayOptions = {},
): readonly Discrepancy[] {
  const replay = replayLog(base, lines, options)
  const found = [...replay.discrepancies]
  const subjects = [
    ...compareTops(replay.document, document),
    ...compareOrgs(base, replay.document, document),
  ]
  for (const subject of subjects) found.push(judge(subject, lines))
  if (found.length > 0) return found

  // Nothing else is left that could differ: what the last line says of this registry, the replay has compared.
  if (renderCanonical(replay.document) === renderCanonical(document)) return []
  const message = 'the entries are those of the log, in another order (want the order of the lines)'
  return [{ code: 'LOG_ORDER_DIFFERS', message, pointer: '/orgs' }]
}

/** A place where the registry is not what the log leads to. */
interface Subject {
  readonly what: string
  readonly pointer: string
  /** The names whose lines speak of it; none for what no line can change. */
  readonly org?: string
  readonly repo?: string
  readonly want: string
  readonly got: string
  /** The registry is what it was before any line. */
  readonly untouched: boolean
}

function judge(
  { what, pointer, org, repo, want, got, untouched }: Subject,
  lines: readonly LogLine[],
): Discrepancy {
  const of = lines.filter(({ change }) => {
    if (org === undefined || foldName(change.owner) !== foldName(org)) return false
    if (repo === undefined) return !('repo' in change) || change.action === 'register'
    return 'repo' in change && foldName(change.repo) === foldName(repo)
  })
  const last = of.at(-1)
  const sides = `(want ${want}, got ${got})`
  if (last === undefined) {
    return {
      code: 'LOG_CHANGE_WITHOUT_LINE',
      message: `${what} changed, and no line says so ${sides}`,
      pointer,
    }
  }
  const at = { line: last.line, pointer }
  return untouched
    ? { code: 'LOG_LINE_WITHOUT_CHANGE', message: `${what} did not change as the line says ${sides}`, ...at }
    : { code: 'LOG_LINE_DISAGREES', message: `${what} is not what the line made it ${sides}`, ...at }
}

function* compareTops(replayed: RegistryDocument, document: RegistryDocument): Generator<Subject> {
  for (const key of ['schema_version', 'generated_at', 'description'] as const) {
    const [want, got] = [replayed[key], document[key]]
    if (want === got) continue
    yield { what: key, pointer: jsonPointer([key]), want: shown(want), got: shown(got), untouched: false }
  }
}

function* compareOrgs(
  base: RegistryDocument,
  replayed: RegistryDocument,
  document: RegistryDocument,
): Generator<Subject> {
  for (const org of unionOf(replayed.orgs, document.orgs)) {
    const [old, want, got] = [base, replayed, document].map(({ orgs }) => own(orgs, org)) as Three<OrgEntry>
    const pointer = jsonPointer(['orgs', org])
    if (want?.telemetry_repo !== got?.telemetry_repo) {
      yield {
        ...{ what: `organisation ${org}`, pointer, org },
        ...{ want: shown(want?.telemetry_repo), got: shown(got?.telemetry_repo) },
        untouched: old?.telemetry_repo === got?.telemetry_repo,
      }
    }
    for (const repo of unionOf(want?.repos ?? {}, got?.repos ?? {})) {
      const [was, made, is] = [old, want, got].map(side => own(side?.repos ?? {}, repo)) as Three<RepoEntry>
      if (same(made, is)) continue
      yield {
        ...{ what: `${org}/${repo}`, pointer: jsonPointer(['orgs', org, 'repos', repo]), org, repo },
        ...{ want: shown(made), got: shown(is), untouched: same(was, is) },
      }
    }
  }
}

type Three<Value> = [Value | undefined, Value | undefined, Value | undefined]

function own<Value>(members: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined
}

function unionOf(a: object, b: object): Set<string> {
  return new Set([...Object.keys(a), ...Object.keys(b)])
}

function same(a: RepoEntry | undefined, b: RepoEntry | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameEntry(a, b)
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}
