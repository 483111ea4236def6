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

/** Returns the value of each member of the object at `path` as it is written; `undefined` if there is no object. */
export function memberTexts(text: string, path: Path): Map<string, string> | undefined {
  const node = nodeAt(text, path)
  if (node?.type !== 'object') return undefined
  return new Map(
    (node.children ?? []).map(({ children: [key, value] = [] }) => [
      String(key?.value),
      value === undefined ? '' : text.slice(value.offset, value.offset + value.length),
    ]),
  )
}

/**
 * Returns `text` with the member `name` of its outermost object replaced by an object of `members`, a line each, or
 * added as the last one. Each value is rendered by a function that is told what goes between two of its lines, and by
 * how much to indent.
 */
export function replaceMembers(
  text: string,
  name: string,
  members: readonly (readonly [name: string, render: (newline: string, unit: string) => string])[],
): string {
  const root = parseTree(text)
  const last = root?.children?.at(-1)
  if (root?.type !== 'object') throw new TypeError('the text is no JSON object')
  const property = root.children?.find(({ children }) => children?.[0]?.value === name)
  const value = property?.children?.[1]
  const unit = (last === undefined ? '' : indentAt(text, last.offset)) || '  '
  const newline = lineEndOf(text) + (property === undefined ? unit : indentAt(text, property.offset))
  const lines = members.map(
    ([key, render]) => `${newline}${unit}${JSON.stringify(key)}: ${render(newline + unit, unit)}`,
  )
  const rendered = lines.length === 0 ? '{}' : `{${lines.join(',')}${newline}}`
  if (value !== undefined)
    return text.slice(0, value.offset) + rendered + text.slice(value.offset + value.length)
  const end = last === undefined ? root.offset + 1 : last.offset + last.length
  const tail = last === undefined ? `${lineEndOf(text)}}` : text.slice(end, root.offset + root.length)
  const added = `${last === undefined ? '' : ','}${newline}${JSON.stringify(name)}: ${rendered}`
  return text.slice(0, end) + added + tail + text.slice(root.offset + root.length)
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
