// CSV as an index of the layer is written (RFC 4180): a header that names each column once, quotes where they are needed,
// LF or CRLF. A cell is read as what its column holds: a number where the schema says so, `null` where it may be empty.

import type { TSchema } from '@sinclair/typebox'
import { quote } from '../core/diagnostic.ts'
import { tryDecodeUtf8 } from '../core/json.ts'

/** What can be wrong with a table, before any question of what a cell says. */
export const CSV_CODES = [
  'missing_column',
  'unknown_column',
  'duplicate_column',
  'wrong_cells',
  'bad_quotes',
  'not_utf8',
  'no_rows',
] as const

export type CsvCode = (typeof CSV_CODES)[number]

interface CsvFault {
  readonly code: CsvCode
  readonly pointer: string
  readonly message: string
  readonly line: number
  readonly column: number
}

/** One row as an object by column, and the line that it begins on. */
export interface CsvRow {
  readonly line: number
  readonly value: Readonly<Record<string, unknown>>
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Reads a table whose columns are the members of `schema`, with every fault of its form. */
export function readCsv(bytes: Uint8Array, schema: TSchema): { rows: CsvRow[]; faults: CsvFault[] } {
  const faults: CsvFault[] = []
  const add = (code: CsvCode, line: number, message: string, pointer = ''): void => {
    faults.push({ code, pointer, message, line, column: 1 })
  }
  const text = tryDecodeUtf8(bytes)
  if (text === undefined) {
    add('not_utf8', 1, 'the table is not UTF-8')
    return { rows: [], faults }
  }
  const records = splitRecords(text, line =>
    add('bad_quotes', line, 'a quote is not closed, or stands inside a cell'),
  )
  const [header, ...body] = records
  if (faults.length > 0) return { rows: [], faults }
  if (header === undefined) {
    add('no_rows', 1, 'the table is empty')
    return { rows: [], faults }
  }
  const columns = schema.properties as Readonly<Record<string, TSchema>>
  checkHeader(header.cells, columns, (schema.required ?? []) as readonly string[], (code, name) =>
    add(
      code,
      1,
      `${HEADER_WORDS[code]} ${quote(name)}`,
      `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    ),
  )
  if (faults.length > 0) return { rows: [], faults }
  if (body.length === 0) add('no_rows', 1, 'the table has no row')
  const rows: CsvRow[] = []
  for (const { line, cells } of body) {
    if (cells.length === header.cells.length) {
      const members = header.cells.map((name, at) => [name, readCell(columns[name], cells[at]!)] as const)
      rows.push({ line, value: Object.fromEntries(members) })
    } else add('wrong_cells', line, `want ${header.cells.length} cells, got ${cells.length}`)
  }
  return { rows, faults }
}

type HeaderCode = 'missing_column' | 'unknown_column' | 'duplicate_column'

const HEADER_WORDS: Readonly<Record<HeaderCode, string>> = {
  missing_column: 'there is no column',
  unknown_column: 'there is another column',
  duplicate_column: 'there are two columns',
}

function checkHeader(
  names: readonly string[],
  columns: Readonly<Record<string, TSchema>>,
  required: readonly string[],
  add: (code: HeaderCode, name: string) => void,
): void {
  for (const name of required) if (!names.includes(name)) add('missing_column', name)
  for (const [at, name] of names.entries()) {
    if (!Object.hasOwn(columns, name)) add('unknown_column', name)
    if (names.indexOf(name) < at) add('duplicate_column', name)
  }
}

function readCell(schema: TSchema | undefined, cell: string): unknown {
  const variants: readonly TSchema[] = schema?.anyOf ?? [schema]
  const types = variants.map(variant => variant?.type)
  if (cell === '' && types.includes('null')) return null
  return types.includes('number') && NUMBER.test(cell) ? Number(cell) : cell
}

interface TextRecord {
  readonly line: number
  readonly cells: readonly string[]
}

const CELL = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|$)/y

function splitRecords(text: string, refuse: (line: number) => void): TextRecord[] {
  const records: TextRecord[] = []
  let line = 1
  let from = line
  let cells: string[] = []
  for (let at = 0; at < text.length || cells.length > 0; ) {
    CELL.lastIndex = at
    const match = CELL.exec(text)
    if (match === null) {
      refuse(line)
      return records
    }
    const [whole, quoted, bare, end] = match
    cells.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'))
    at += whole.length
    line += whole.split('\n').length - 1
    if (end === ',') continue
    records.push({ line: from, cells })
    cells = []
    from = line
  }
  return records
}
