// Bytes in, a checked registry out: the one validator of the CLI, the gates, CI and the service, over exactly
// the bytes it is given. It refuses whole: a document with one bad entry is not a registry with one entry less.

import { type Diagnostic, type Place, renderDiagnostic } from '../core/diagnostic.ts'
import { HouseError } from '../core/error.ts'
import { type JsonFaultCode, parseJson } from '../core/json.ts'
import { locateInCanonical, locatePointers } from '../core/json-pointer.ts'
import { checkRules, type RuleCode } from './rules.ts'
import type { RegistryDocument } from './schema.ts'

/** A broken rule with its place in the file. R1 is the text itself; R2–R10 are in rules.ts. */
export interface Violation extends Diagnostic<JsonFaultCode | RuleCode> {
  readonly rule: `R${number}`
  readonly pointer: string
}

/** The document is refused; `violations` holds every reason, in document order. */
export class RegistryError extends HouseError<'REGISTRY_INVALID' | 'REGISTRY_VERSION_UNSUPPORTED'> {
  readonly violations: readonly Violation[]

  constructor(violations: readonly Violation[]) {
    const version = violations.find(violation => violation.rule === 'R2')
    const first = version ?? violations[0]!
    const more = violations.length === 1 ? '' : ` (and ${violations.length - 1} more)`
    super(version ? 'REGISTRY_VERSION_UNSUPPORTED' : 'REGISTRY_INVALID', `${renderDiagnostic(first)}${more}`)
    this.violations = violations
  }

  override get lines(): readonly string[] {
    return this.violations.map(renderDiagnostic)
  }
}

/** Checks `bytes` against R1–R10 and returns every violation; an empty array means a registry that may be served. */
export function checkRegistry(bytes: Uint8Array, file: string): readonly Violation[] {
  return read(bytes, file).violations
}

/** Parses `bytes` into a registry that satisfies R1–R10. Throws `REGISTRY_INVALID` or `REGISTRY_VERSION_UNSUPPORTED`. */
export function parseRegistry(bytes: Uint8Array, file: string): RegistryDocument {
  const { document, violations } = read(bytes, file)
  if (violations.length > 0) throw new RegistryError(violations)
  return document as RegistryDocument
}

function read(bytes: Uint8Array, file: string): { document: unknown; violations: Violation[] } {
  const json = parseJson(bytes, { canonical: true })
  const violations: Violation[] = []
  if (!json.ok) {
    for (const { code, pointer, message, line, column } of json.faults) {
      violations.push({ severity: 'error', rule: 'R1', code, message, file, line, column, pointer })
    }
  }
  const broken = json.value === undefined ? [] : checkRules(json.value)
  if (broken.length > 0) {
    const pointers = new Set(broken.map(violation => violation.pointer))
    const places = json.ok ? locateInCanonical(json.value, pointers) : locatePointers(json.text, pointers)
    for (const { rule, code, pointer, message } of broken) {
      const { line, column }: Place = places.get(pointer) ?? { line: 1, column: 1 }
      violations.push({ severity: 'error', rule, code, message, file, line, column, pointer })
    }
  }
  return {
    document: json.value,
    violations: violations.sort((a, b) => a.line - b.line || a.column - b.column),
  }
}
