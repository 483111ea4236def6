// JSON as the layer's other writer spells it, Python's `json.dumps`: plain ASCII, so that no reader's encoding matters.
// V8 already escapes quotes, controls and lone surrogates in the same way; what is left is U+007F and above, which can
// stand in strings only. Not for keys that look like whole numbers (JavaScript would move them), nor for fractions.

/** Renders `value` on one line, without blanks and without a line end. */
export function renderLine(value: unknown): string {
  return escapeAscii(JSON.stringify(value))
}

/** Renders `value` with two spaces a level and one LF at the end. */
export function renderDocument(value: unknown): string {
  return `${escapeAscii(JSON.stringify(value, null, 2))}\n`
}

function escapeAscii(text: string): string {
  return text.replace(/[\x7f-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
