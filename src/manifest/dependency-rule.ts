// http_coupling: services reach each other over HTTP, and what one depends on is there. Circles are told too; the
// convention does not forbid them, and whoever starts or stops one of them wants to know.

import { quote } from '../core/diagnostic.ts'
import { findCycles } from './cycles.ts'
import { suggest } from './nearest.ts'
import type { AddFinding, Surroundings } from './rules.ts'
import { ENVIRONMENTS } from './schema.ts'
import { type ManifestFile, serviceName } from './services.ts'

const VARIANT = new RegExp(`\\.(?:${ENVIRONMENTS.join('|')})$`)

/** Checks that each dependency is a service that somebody declares, and notes circles. */
export function checkDependencies(
  files: readonly ManifestFile[],
  { services, broken }: Surroundings,
  add: AddFinding,
): void {
  const declared = new Map<string, ManifestFile | null>([...services.keys()].map(name => [name, null]))
  const without = new Set<string>()
  for (const file of files) {
    if (file.manifest.service === undefined) without.add(file.manifest.project)
    else declared.set(serviceName(file.manifest), file)
  }
  const variantOf = (name: string): string | undefined =>
    ENVIRONMENTS.map(environment => `${name}.${environment}`).find(variant => declared.has(variant))
  const edges = new Map<string, string[]>()
  for (const file of files) {
    const targets: string[] = []
    for (const [at, name] of (file.manifest.depends_on ?? []).entries()) {
      const target = declared.has(name) ? name : variantOf(name)
      if (target !== undefined) {
        targets.push(target)
        continue
      }
      if (broken.has(name.replace(VARIANT, ''))) continue
      const why = without.has(name)
        ? 'has a manifest without a service'
        : `is declared by no manifest that was read${suggest(name, declared.keys())}`
      const message = `http_coupling: ${quote(name)} ${why}`
      add('error', 'RULE_HTTP_COUPLING', file, ['depends_on', String(at)], message)
    }
    if (targets.length > 0) edges.set(serviceName(file.manifest), targets)
  }
  for (const cycle of findCycles(edges)) {
    const file = declared.get(cycle[0]!)
    const message = `services depend on each other in a circle: ${[...cycle, cycle[0]].map(quote).join(' → ')}`
    if (file) add('note', 'RULE_DEPENDENCY_CYCLE', file, ['depends_on'], message, 'key')
  }
}
