// P5: the guard against a registry that is valid and disastrous. A set that drops or re-targets a large part of
// what is active is refused unless whoever sealed it said that this was meant; an empty one is refused always.

import { type GiveWay, goOn } from '../core/give-way.ts'
import type { Registry } from './snapshot.ts'

/** The share of the active entries, and the least number of them, from which a change is a mass change. */
const SHARE = 0.25
const LEAST = 10

/** As many entries are looked up before others may have the core. */
const AT_ONCE = 256

export interface ChangeSize {
  /** Entries of the active registry. */
  readonly entries: number
  readonly removed: number
  /** Entries whose telemetry goes elsewhere afterwards. */
  readonly retargeted: number
  /** `empties`: never allowed. `mass`: allowed when it was meant. */
  readonly verdict: 'ordinary' | 'mass' | 'empties'
}

/** Measures what replacing `before` by `after` takes away. */
export function measureChange(before: Registry, after: Registry, giveWay: GiveWay = goOn): ChangeSize {
  const entries = before.counts.total
  let removed = 0
  let retargeted = 0
  let owner = ''
  let target: string | undefined
  let asked = 0
  for (const { org, repo, telemetry_repo } of before.repoNames()) {
    if (++asked % AT_ONCE === 0) giveWay()
    // R7: telemetry is the organisation's, and its entries come one after another.
    if (org !== owner) target = after.org(org)?.telemetry_repo
    owner = org
    if (after.resolve(org, repo).outcome !== 'found') removed += 1
    else if (target !== telemetry_repo) retargeted += 1
  }
  const touched = removed + retargeted
  const mass = touched >= LEAST && touched > entries * SHARE
  const empties = entries > 0 && after.counts.total === 0
  return { entries, removed, retargeted, verdict: empties ? 'empties' : mass ? 'mass' : 'ordinary' }
}

/** Says why a change is refused, and what is `next` where it may be meant; `undefined` when it may pass. */
export function refuseChange(size: ChangeSize, meant: boolean, next?: string): string | undefined {
  const { entries, removed, retargeted, verdict } = size
  if (verdict === 'empties') return `an empty registry never replaces one of ${entries} entries`
  if (verdict === 'ordinary' || meant) return undefined
  const hint = next === undefined ? '' : `; if this is meant: ${next}`
  return `${removed} of ${entries} entries would go and ${retargeted} would change their telemetry repository, and the run does not say that this is meant${hint}`
}
