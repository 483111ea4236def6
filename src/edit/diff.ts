// What two registries say differently, the most dangerous first: a reviewer who reads only the first line has read the
// one that matters. Order, layout and key order are no difference; every change of meaning is one.

import { foldName } from '../registry/names.ts'
import type { OrgEntry, RegistryDocument, RepoEntry } from '../registry/schema.ts'
import { sameEntry } from './world.ts'

/** The kinds of difference, by falling risk. */
export const RISKS = [
  'TELEMETRY_REDIRECT',
  'CONTEXT_PROMOTION',
  'CONTEXT_DEMOTION',
  'DISABLED',
  'REMOVED',
  'ENABLED',
  'ADDED',
  'REASON_ONLY',
] as const
export type Risk = (typeof RISKS)[number]

/** One difference. An entry that differs in two ways is two of them. */
export interface Difference {
  readonly risk: Risk
  /** `null` for what belongs to the whole document. */
  readonly org: string | null
  /** `null` for what belongs to the organisation: its telemetry repository, its coming and its going. */
  readonly repo: string | null
  /** What stood there before; `null` for nothing. */
  readonly before: Side
  readonly after: Side
  /** How many entries it bears on: for a redirect, those that report elsewhere afterwards. */
  readonly entries: number
}

export type Side = RepoEntry | { readonly telemetry_repo: string } | { readonly text: string } | null

/** Compares two registries that satisfy R1–R10; by risk, then in the order of the registry. */
export function diffRegistries(before: RegistryDocument, after: RegistryDocument): readonly Difference[] {
  const found: Difference[] = []
  // GitHub names ignore case, so another spelling of an organisation is not another organisation.
  const spellings = new Map(Object.keys(after.orgs).map(name => [foldName(name), name]))
  const met = new Set<string>()
  for (const [name, org] of Object.entries(before.orgs)) {
    const now = spellings.get(foldName(name))
    if (now !== undefined) met.add(now)
    found.push(...diffOrg(now ?? name, org, now === undefined ? undefined : after.orgs[now]))
  }
  for (const [name, org] of Object.entries(after.orgs)) {
    if (!met.has(name)) found.push(...diffOrg(name, undefined, org))
  }
  for (const key of ['generated_at', 'description'] as const) {
    if (before[key] === after[key]) continue
    const [was, is] = [before[key], after[key]].map(text => (text === undefined ? null : { text })) as [
      Side,
      Side,
    ]
    found.push({ risk: 'REASON_ONLY', org: null, repo: null, before: was, after: is, entries: 0 })
  }
  // The sort is stable, so registry order remains within a risk.
  return found.sort((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk))
}

function* diffOrg(
  org: string,
  before: OrgEntry | undefined,
  after: OrgEntry | undefined,
): Generator<Difference> {
  const was = before?.repos ?? {}
  const is = after?.repos ?? {}
  const [from, to] = [before, after].map(side => (side === undefined ? null : targetOf(side))) as [Side, Side]
  if (before === undefined) yield { risk: 'ADDED', org, repo: null, before: null, after: to, entries: 0 }
  else if (after === undefined)
    yield { risk: 'REMOVED', org, repo: null, before: from, after: null, entries: 0 }
  else if (before.telemetry_repo !== after.telemetry_repo) {
    const entries = Object.keys(was).filter(repo => Object.hasOwn(is, repo)).length
    yield { risk: 'TELEMETRY_REDIRECT', org, repo: null, before: from, after: to, entries }
  }
  for (const [repo, entry] of Object.entries(was)) {
    const now = Object.hasOwn(is, repo) ? is[repo]! : null
    for (const risk of risksOf(entry, now)) yield { risk, org, repo, before: entry, after: now, entries: 1 }
  }
  for (const [repo, entry] of Object.entries(is)) {
    if (!Object.hasOwn(was, repo)) yield { risk: 'ADDED', org, repo, before: null, after: entry, entries: 1 }
  }
}

function risksOf(before: RepoEntry, after: RepoEntry | null): Risk[] {
  if (after === null) return ['REMOVED']
  const risks: Risk[] = []
  if (before.context !== after.context) {
    risks.push(after.context === 'production' ? 'CONTEXT_PROMOTION' : 'CONTEXT_DEMOTION')
  }
  if (before.state !== after.state) risks.push(after.state === 'enabled' ? 'ENABLED' : 'DISABLED')
  return risks.length > 0 || sameEntry(before, after) ? risks : ['REASON_ONLY']
}

function targetOf({ telemetry_repo }: OrgEntry): Side {
  return { telemetry_repo }
}
