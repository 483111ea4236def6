// Text of a `.infra.yaml` in, a typed manifest out, or an error with every fault and its place.

import { type Diagnostic, renderDiagnostic } from '../core/diagnostic.ts'
import { HouseError } from '../core/error.ts'
import { checkManifest } from './check.ts'
import type { ManifestCode } from './manifest-code.ts'
import type { Manifest } from './schema.ts'

/** The manifest cannot be used; the message holds every fault, one a line. */
export class ManifestError extends HouseError<'MANIFEST_INVALID'> {
  readonly faults: readonly Diagnostic<ManifestCode>[]

  constructor(faults: readonly Diagnostic<ManifestCode>[]) {
    super('MANIFEST_INVALID', faults.map(renderDiagnostic).join('\n'))
    this.faults = faults
  }

  override get lines(): readonly string[] {
    return this.faults.map(renderDiagnostic)
  }
}

/** Parses a manifest. Throws `MANIFEST_INVALID`. */
export function parseManifest(text: string, file: string): Manifest {
  const checked = checkManifest(text, file)
  if (!checked.ok) throw new ManifestError(checked.faults)
  return checked.manifest
}
