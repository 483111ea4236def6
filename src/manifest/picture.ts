// The live picture: what was found at every service at one time, and since when each is as it is. A service that says
// so knows best; else it is since this process first saw it so, which is all that a probe can know.

import type { Finding } from './probe.ts'
import { isUp, type ProbeState } from './probe-state.ts'

/** One service of the picture. */
export interface Row {
  readonly service: string
  readonly environment: string | null
  readonly host: string
  readonly address: string | null
  readonly port: number
  readonly state: ProbeState
  readonly up: boolean
  readonly version: string | null
  readonly latencyMs: number | null
  /** RFC 3339, UTC. */
  readonly since: string
  /** Who says since when. */
  readonly sinceFrom: 'service' | 'probe'
  readonly detail: string | null
}

export interface Picture {
  /** RFC 3339, UTC: when the asking was over. */
  readonly time: string
  readonly rows: readonly Row[]
  /** When each service was first seen in the state that it is in, by its name. */
  readonly seen: ReadonlyMap<string, { readonly state: ProbeState; readonly since: string }>
}

/** Builds the picture of `findings`, which were made by `now`, after the one before it, if there was one. */
export function buildPicture(findings: readonly Finding[], now: Date, previous?: Picture): Picture {
  const time = now.toISOString()
  const seen = new Map(
    findings.map(({ target: { service }, state }) => {
      const before = previous?.seen.get(service)
      return [service, before?.state === state ? before : { state, since: time }]
    }),
  )
  const rows = findings.map(finding => rowOf(finding, time, seen.get(finding.target.service)?.since ?? time))
  return { time, rows: rows.sort((a, b) => (a.service < b.service ? -1 : 1)), seen }
}

/** Whether every service of the picture serves. */
export function isAllUp(picture: Picture): boolean {
  return picture.rows.every(({ up }) => up)
}

function rowOf({ target, ...found }: Finding, now: string, firstSeen: string): Row {
  const { service, host, address, port, declared } = target
  const { state, version, latencyMs, detail } = found
  // Times of one form sort as texts. What is said to have begun in the future is not believed.
  const said = found.since !== null && found.since <= now ? found.since : null
  return {
    ...{ service, environment: declared.environment, host, address, port },
    ...{ state, up: isUp(state), version, latencyMs },
    ...{ since: said ?? firstSeen, sinceFrom: said === null ? 'probe' : 'service', detail },
  }
}
