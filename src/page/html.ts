// HTML as values: a template escapes whatever is put into it, so that no name, reason or message can become markup.

/** Text that is HTML already. */
export interface Html {
  readonly text: string
}

type Value = Html | string | number | readonly Html[]

/** Makes HTML of a template; strings and numbers are escaped, HTML is put in as it is. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { text: parts.reduce((text, part, i) => `${text}${render(values[i - 1]!)}${part}`) }
}

/** Takes `text` for HTML: for what this program wrote itself. */
export function raw(text: string): Html {
  return { text }
}

function render(value: Value): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return 'text' in value ? value.text : value.map(({ text }) => text).join('')
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, letter => ESCAPES[letter]!)
}
