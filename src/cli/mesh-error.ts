// Manifests that the mesh cannot be planned from: all that is wrong with all of them, in one error.

import { type Diagnostic, renderDiagnostic } from '../core/diagnostic.ts'
import { type FailureKind, HouseError } from '../core/error.ts'

/** The manifests are refused; every finding has its place, the errors among them and the warnings. */
export class MeshRefusal extends HouseError<'MESH_REFUSED'> {
  readonly findings: readonly Diagnostic[]

  constructor(findings: readonly Diagnostic[]) {
    super('MESH_REFUSED', `nothing was changed:\n${findings.map(renderDiagnostic).join('\n')}`)
    this.findings = findings
  }

  override get kind(): FailureKind {
    return isUnreadable(this.findings) ? 'world' : 'refused'
  }

  override get lines(): readonly string[] {
    return this.findings.map(renderDiagnostic)
  }
}

/** Whether a disk that failed is among what was found: then it is no verdict. */
export function isUnreadable(findings: readonly Diagnostic[]): boolean {
  return findings.some(({ code }) => code.endsWith('_UNREADABLE'))
}

/** Orders findings by file and place. */
export function sortFindings(findings: readonly Diagnostic[]): Diagnostic[] {
  return [...findings].sort(
    (a, b) => (a.file < b.file ? -1 : Number(a.file > b.file)) || a.line - b.line || a.column - b.column,
  )
}
