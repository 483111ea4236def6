// A diagnostic is a fault with a place. It prints as `file:line:column severity code message`, the form that
// editors and CI turn into a link; lines and columns count from 1, columns in UTF-16 units.

export interface Place {
  readonly line: number
  readonly column: number
}

export interface Diagnostic<Code extends string = string> extends Place {
  readonly severity: 'error' | 'warning'
  readonly code: Code
  readonly message: string
  readonly file: string
}

/** Renders one diagnostic as one line of text, without a line end. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, code, message } = diagnostic
  return `${file}:${line}:${column} ${severity} ${code} ${message}`
}

/** Returns the line and column of the UTF-16 `offset` in `text`. */
export function placeAt(text: string, offset: number): Place {
  let line = 1
  let start = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1
    start = at + 1
  }
  return { line, column: offset - start + 1 }
}

/** Cuts `text` to at most `max` UTF-16 units, marking the cut, for messages that quote what came from outside. */
export function clip(text: string, max = 80): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`
}

/** Quotes a value from outside for a message: JSON, one line, clipped. */
export function quote(value: unknown): string {
  return clip(JSON.stringify(value) ?? String(value))
}
