// Changing one value of a JSON text and not one byte besides: for files that people edit too, where a whole
// re-rendering would bury the change in noise.

import { findNodeAtLocation, parseTree } from 'jsonc-parser'

type Path = readonly (string | number)[]

/** Returns `text` with the value at `path` replaced, indented like the line it begins on; `undefined` if it is not there. */
export function replaceValue(text: string, path: Path, value: unknown): string | undefined {
  const node = nodeAt(text, path)
  if (node === undefined) return undefined
  const rendered = renderAt(value, lineEndOf(text) + indentAt(text, node.offset))
  return text.slice(0, node.offset) + rendered + text.slice(node.offset + node.length)
}

/** Returns `text` with `value` added at the end of the array at `path`; `undefined` if there is none. */
export function appendValue(text: string, path: Path, value: unknown): string | undefined {
  const node = nodeAt(text, path)
  if (node?.type !== 'array') return undefined
  const outer = lineEndOf(text) + indentAt(text, node.offset)
  const inner = `${outer}  `
  const last = node.children?.at(-1)
  const end = last === undefined ? node.offset + 1 : last.offset + last.length
  const comma = last === undefined ? '' : ','
  const tail = last === undefined ? `${outer}]` : text.slice(end, node.offset + node.length)
  return `${text.slice(0, end)}${comma}${inner}${renderAt(value, inner)}${tail}${text.slice(node.offset + node.length)}`
}

function nodeAt(text: string, path: Path) {
  const tree = parseTree(text)
  return tree === undefined ? undefined : findNodeAtLocation(tree, [...path])
}

function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  return /^[ \t]*/.exec(line)![0]
}

function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

/** Renders `value` with `newline` (a line end and the indent that follows it) between its lines. */
function renderAt(value: unknown, newline: string): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', newline)
}
