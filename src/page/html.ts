// HTML as a type of its own: text becomes HTML only by being escaped here, so a value that somebody else wrote cannot
// become markup by being forgotten.

/** Text that is safe to send as HTML. Made by `html` and `raw`, and by nothing else. */
export interface Html {
  readonly text: string
}

/** What may stand in a template: text and numbers are escaped, absent values are nothing, lists are put together. */
export type Value = string | number | Html | readonly Html[] | false | null | undefined

class SafeHtml implements Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes every value of a template, in text and in quoted attributes alike. */
export function html(literals: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = literals[0]!
  for (const [i, value] of values.entries()) text += render(value) + literals[i + 1]!
  return new SafeHtml(text)
}

/** Takes text that is known to be HTML as it is. Never give it anything that came from outside. */
export function raw(text: string): Html {
  return new SafeHtml(text)
}

function render(value: Value): string {
  if (value === undefined || value === null || value === false) return ''
  if (typeof value === 'string') return value.replace(/[&<>"']/g, sign => ESCAPES[sign]!)
  if (typeof value === 'number') return String(value)
  // An object that merely looks like HTML, parsed from JSON, is none.
  if (value instanceof SafeHtml) return value.text
  if (Array.isArray(value)) return value.map(render).join('')
  throw new TypeError('not a value for HTML')
}
