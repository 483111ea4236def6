// Where does its telemetry go? Only an enabled repository has a target, and never one of another organisation.

import { askKept } from './keep.ts'
import type { CallOptions, Parts } from './options.ts'
import type { TelemetryTarget, Told } from './outcome.ts'
import { pathOf, readRefusal } from './refusal.ts'
import { checkRevision, checkSubject, type Name, readTarget } from './shapes.ts'

/** Asks where the telemetry of `asked` goes. Throws as `resolve` does. */
export async function telemetryTarget(
  parts: Parts,
  asked: Name,
  options: CallOptions,
): Promise<TelemetryTarget> {
  const path = pathOf('/telemetry-target', asked)
  const read = (body: unknown, told: Told) => {
    checkRevision(body, told)
    const target = readTarget(body)
    checkSubject(target, asked)
    return target
  }
  const found = await askKept(parts, path, read, options)
  if (found.outcome === 'found') return { outcome: 'registered', ...found.value, ...found.kept }
  return found.outcome === 'problem' ? readRefusal(found, path) : found
}
