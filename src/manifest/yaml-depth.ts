// Where a text that is nested too deeply goes too deep. Asked only of a text that could not be read: the reader itself
// recurses, and by then it has nothing to tell.

/** The deepest nesting that is read; a manifest has three levels. */
export const MAX_DEPTH = 32

const RUN = new RegExp(`(?:[-?][ \\t]+){${MAX_DEPTH + 1}}`)

/** Returns the offset of the first bracket, or run of list marks, beyond `MAX_DEPTH`; -1 if there is none. */
export function deepestOffset(text: string): number {
  const bracket = deepestBracket(text)
  return bracket === -1 ? text.search(RUN) : bracket
}

function deepestBracket(text: string): number {
  let depth = 0
  let quoted = ''
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!
    if (quoted !== '') {
      if (unit === '\\' && quoted === '"') at += 1
      else if (unit === quoted) quoted = ''
    } else if (unit === '#' && /\s/.test(text[at - 1] ?? ' ')) {
      const end = text.indexOf('\n', at)
      if (end === -1) return -1
      at = end
    } else if ((unit === '"' || unit === "'") && /[\s[{,:]/.test(text[at - 1] ?? ' ')) quoted = unit
    else if (unit === '[' || unit === '{') {
      depth += 1
      if (depth > MAX_DEPTH) return at
    } else if (unit === ']' || unit === '}') depth = Math.max(0, depth - 1)
  }
  return -1
}
