// Whom to ask: every service that is declared with a host and a port, and where its host is, by the mesh file.

import type { Host, MeshService } from './mesh-hosts.ts'
import type { Target } from './probe.ts'

export interface Targets {
  readonly targets: readonly Target[]
  /** Services that cannot be asked: no host or no port is declared. */
  readonly unasked: readonly string[]
}

/** Returns the targets of `services`, in their order. */
export function findTargets(
  services: ReadonlyMap<string, MeshService>,
  hosts: ReadonlyMap<string, Host>,
): Targets {
  const targets: Target[] = []
  const unasked: string[] = []
  for (const [service, { project, environment, host, port }] of services) {
    if (host === undefined || port === undefined) {
      unasked.push(service)
      continue
    }
    // Best first, as the mesh file says; the others are for those who know why.
    const address = hosts.get(host)?.addresses[0] ?? null
    const declared = { name: project ?? null, environment: environment ?? null }
    targets.push({ service, host, port, address, declared })
  }
  return { targets, unasked }
}
