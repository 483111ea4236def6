// Writes the list of every error code into ARCHITECTURE.md, from the source: closed unions, code tables and the table
// of problems. Run by `npm run generate`; a test fails when page and source differ.

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROBLEMS } from '../src/server/problems.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const PAGE = join(root, 'ARCHITECTURE.md')
const BEGIN = '<!-- codes: written by `npm run generate` -->'
const END = '<!-- end of codes -->'

/** Where a set of codes stands in a source text: a table, a union of literals, or the codes of one error class. */
const SETS = [
  /export const \w*CODES = \[([^\]]*)\] as const/g,
  /export const \w*CODES = \{([^}]*)\} as const/g,
  /export type \w*Code =\s*((?:\|?\s*'\w+'\s*)+)\n\n/g,
  /extends HouseError<\s*((?:\|?\s*'\w+'\s*)+)>/g,
]

/** Returns every code of `src`, sorted, by room. */
export function findCodes(): Map<string, string[]> {
  const rooms = new Map<string, Set<string>>()
  for (const path of globSync('src/**/*.ts', { cwd: root }).sort()) {
    const text = readFileSync(join(root, path), 'utf8').replaceAll(/\s\/\/.*$/gm, '')
    const room = path.split('/')[1]!
    for (const set of SETS) {
      for (const [, body] of text.matchAll(set)) {
        const found = rooms.get(room) ?? new Set()
        for (const [, quoted, key] of body!.matchAll(/'(\w+)'(?!,?\s*:)|^\s*(\w+):/gm)) {
          const code = key ?? quoted!
          if (key !== undefined || !/:\s*'\w+'/.test(body!)) found.add(code)
        }
        rooms.set(room, found)
      }
    }
  }
  return new Map(
    [...rooms].sort(([a], [b]) => (a < b ? -1 : 1)).map(([room, codes]) => [room, [...codes].sort()]),
  )
}

/** Renders the section of the page. */
export function renderCodes(): string {
  const problems = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`,
  )
  const rooms = [...findCodes()].map(
    ([room, codes]) => `**${room}**: ${codes.map(code => `\`${code}\``).join(', ')}.`,
  )
  return [
    '| status | problem | |',
    '|---|---|---|',
    ...problems,
    '',
    ...rooms.flatMap(line => [line, '']),
  ].join('\n')
}

/** Returns the page with its section of codes replaced. */
export function renderPage(page: string): string {
  const from = page.indexOf(BEGIN) + BEGIN.length
  const to = page.indexOf(END)
  if (from < BEGIN.length || to === -1)
    throw new Error(`ARCHITECTURE.md: no place for the codes (${BEGIN} … ${END})`)
  return `${page.slice(0, from)}\n\n${renderCodes()}\n${page.slice(to)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(PAGE, renderPage(readFileSync(PAGE, 'utf8')))
