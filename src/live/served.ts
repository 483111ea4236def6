// A registry as it is served: what a load brought, and what every answer says of it. Plain data, so that any number of
// threads can be given the same and open it each for itself, which copies nothing.

import { type History, openHistory } from '../changelog/history.ts'
import { openSharedSnapshot } from '../registry/shared-snapshot.ts'
import type { RegistryInfo, Snapshot } from '../registry/snapshot.ts'
import type { Loaded } from './load-result.ts'
import { renderTime } from './status.ts'

export interface Served {
  readonly loaded: Loaded
  readonly info: RegistryInfo
}

/** Makes of a load what is served from `now` on. */
export function makeServed(loaded: Loaded, now: number): Served {
  const { schemaVersion, revision, blobSha, bytes, pin } = loaded
  const info = {
    revision,
    schemaVersion,
    runId: pin?.runId ?? null,
    serial: pin?.serial ?? null,
    blobSha,
    bytes,
    activatedAt: pin?.asofUtc ?? renderTime(now),
    loadedAt: renderTime(now),
  }
  return { loaded, info }
}

/** It, opened to be asked; the history only where the set holds a changelog. */
export interface Opened {
  readonly snapshot: Snapshot
  readonly history: History | undefined
}

/** The memory that it holds. */
export function buffersOf({ loaded: { compiled, history } }: Served): SharedArrayBuffer[] {
  return history === null ? [compiled] : [compiled, history]
}

/** Opens it, to be asked. */
export function openServed({ loaded, info }: Served): Opened {
  const { compiled, history } = loaded
  return {
    snapshot: openSharedSnapshot(compiled, info),
    history: history === null ? undefined : openHistory(history),
  }
}
