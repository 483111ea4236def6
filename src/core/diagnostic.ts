// A diagnostic is a fault with a place. It prints as `file:line:column severity code message`, the form that
// editors and CI turn into a link; lines and columns count from 1, columns in UTF-16 units.

export interface Place {
  readonly line: number
  readonly column: number
}

export interface Diagnostic<Code extends string = string> extends Place {
  /** A note tells what is so; it is wrong in no way. */
  readonly severity: 'error' | 'warning' | 'note'
  readonly code: Code
  readonly message: string
  readonly file: string
}

/** Renders one diagnostic as one line of text, without a line end. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, code, message } = diagnostic
  return `${file}:${line}:${column} ${severity} ${code} ${message}`
}

/** Renders a fault at a JSON pointer of a file as one line, without a line end. */
export function renderViolation(violation: Diagnostic & { readonly pointer: string }): string {
  const { file, pointer, message } = violation
  const at = pointer === '' ? '' : `${plain(pointer)}: `
  return renderDiagnostic({ ...violation, file: plain(file), message: `${at}${message}` })
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

/** Returns `placeAt` for many offsets of one `text`, which is then read only once. */
export function placesIn(text: string): (offset: number) => Place {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return offset => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - starts[low]! + 1 }
  }
}

/** Cuts `text` to at most `max` UTF-16 units, marking the cut, for messages that quote what came from outside. */
export function clip(text: string, max = 80): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`
}

/** Quotes a value from outside for a message: JSON, one line, nothing that moves a terminal, clipped. */
export function quote(value: unknown): string {
  // JSON lets C1 controls, line separators and marks that reverse the text through.
  const text = (JSON.stringify(value) ?? String(value)).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return clip(text)
}

/** Returns a text from outside as it is, or quoted when a terminal could obey some of it. */
export function plain(text: string): string {
  return /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(text) ? quote(text) : text
}
