// A registry in parts. Whatever the text is: if it is read so, it is the canonical text of what was handed out; and a
// registry always is.

import fc from 'fast-check'
import t from 'tap'
import { renderCanonical } from '../../src/core/json.ts'
import type { Members } from '../../src/core/value.ts'
import { findFrame, readParts } from '../../src/registry/parts.ts'
import { bytesOf, entryOf, orgOf, registries, registryOf, runs } from '../fixtures/registry-world.ts'

interface Read {
  readonly document: unknown
  readonly parts: number
  readonly begins: readonly number[]
}

/** Puts together what is read of `bytes` in parts of about `partBytes`; `undefined` if it is not read whole. */
function readAll(bytes: Buffer, partBytes: number): Read | undefined {
  const frame = findFrame(bytes)
  if (frame === undefined) return undefined
  const orgs: [string, unknown][] = []
  const begins: number[] = []
  const whole = readParts(
    bytes,
    frame,
    part => {
      orgs.push(...Object.entries(part.orgs))
      begins.push(part.begin)
    },
    partBytes,
  )
  const document: Members = { ...frame.members, orgs: Object.fromEntries(orgs) }
  return whole ? { document, parts: begins.length, begins } : undefined
}

const several = registryOf(
  Object.fromEntries(['Acme', 'beta', 'c', 'Delta'].map(name => [name, orgOf(name, { app: entryOf() })])),
)

t.test('every registry with organisations is read, in parts of any size', async t => {
  let parts = 0
  fc.assert(
    fc.property(registries, fc.constantFrom(0, 1, 100, 1_000, 100_000), (document, partBytes) => {
      const bytes = bytesOf(document)
      const read = readAll(bytes, partBytes)
      if (Object.keys(document.orgs).length === 0) return read === undefined
      parts += read!.parts
      return renderCanonical(read!.document) === bytes.toString()
    }),
    runs(500),
  )
  t.ok(parts > 500 || parts > 0.5 * Number(process.env.CHAOS_RUNS), `${parts} parts`)
})

t.test('a part is organisations, as few as fit', async t => {
  const bytes = bytesOf(several)
  t.equal(readAll(bytes, 0)!.parts, 4)
  t.equal(readAll(bytes, bytes.length)!.parts, 1)
  for (const [i, begin] of readAll(bytes, 0)!.begins.entries()) {
    const line = `\n    "${Object.keys(several.orgs)[i]}": {`
    t.equal(bytes.toString('utf8', begin, begin + line.length), line)
  }
})

t.test('members beside the organisations are of the frame, wherever they stand', async t => {
  const { schema_version, orgs } = several
  for (const document of [
    { schema_version, generated_at: '2026-01-01T00:00:00Z', orgs, description: 'é – "orgs": {' },
    { orgs, schema_version },
    { before: { a: { b: 1 } }, orgs },
    { ...JSON.parse('{ "__proto__": "own" }'), orgs },
  ]) {
    const bytes = Buffer.from(renderCanonical(document))
    t.equal(renderCanonical(readAll(bytes, 0)?.document), bytes.toString())
    t.equal(renderCanonical(findFrame(bytes)?.members), renderCanonical({ ...document, orgs: {} }))
  }
})

t.test('where the order of keys is not that of one object, nothing is read', async t => {
  const { schema_version } = several
  const textOf = (names: readonly string[]): Buffer => {
    const members = names.map(name => `    ${JSON.stringify(name)}: 1`)
    const orgs = `{\n${members.join(',\n')}\n  }`
    return Buffer.from(`{\n  "schema_version": "${schema_version}",\n  "orgs": ${orgs}\n}\n`)
  }
  const last = 2 ** 32 - 2
  for (const names of [
    ['0', '7', '10', 'a', '02', '-1'],
    [`${last}`, `${last + 2}`, `${last + 1}`],
    ['', ' '],
  ]) {
    const bytes = textOf(names)
    t.equal(renderCanonical(JSON.parse(bytes.toString())), bytes.toString(), 'it is canonical')
    t.ok(readAll(bytes, 0), names.join())
    t.ok(readAll(bytes, 1_000), names.join())
  }
  for (const names of [
    ['a', '7'],
    ['10', '7'],
    ['a', 'b', 'a'],
    ['7', '7'],
    ['a', `${last}`],
    ['__proto__', '__proto__'],
  ]) {
    const bytes = textOf(names)
    t.not(renderCanonical(JSON.parse(bytes.toString())), bytes.toString(), 'it is not canonical')
    t.equal(readAll(bytes, 0), undefined, names.join())
    t.equal(readAll(bytes, 1_000), undefined, names.join())
  }
})

t.test('what is read of a text that was tampered with is what the text says', async t => {
  const bytes = bytesOf(several)
  const deep = `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`
  const pieces = [
    '',
    '{',
    '}',
    '"',
    ',',
    '\n',
    '\\',
    ' ',
    '\n  }',
    '\n    "',
    '"c": {},',
    '\n  "orgs": {',
    '\ufeff',
    deep,
  ]
    .map(text => Buffer.from(text))
    .concat(Buffer.from([0xff]))
  let refused = 0
  fc.assert(
    fc.property(
      fc.nat({ max: bytes.length }),
      fc.nat({ max: 40 }),
      fc.constantFrom(...pieces),
      fc.constantFrom(0, 300, 10_000),
      (at, cut, put, partBytes) => {
        const other = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
        const read = readAll(other, partBytes)
        if (read === undefined) refused += 1
        return read === undefined || renderCanonical(read.document) === other.toString()
      },
    ),
    runs(5_000),
  )
  t.ok(refused > 3_000 || refused > 0.5 * Number(process.env.CHAOS_RUNS), `${refused} were not read`)
})

t.test('every text that is cut off, or goes on, is left alone', async t => {
  const bytes = bytesOf(several)
  for (let length = 0; length < bytes.length; length++) {
    if (readAll(bytes.subarray(0, length), 0) !== undefined) t.fail(`the first ${length} bytes were read`)
  }
  for (const more of ['\n', ' ', '}', '{}\n', bytes.toString()]) {
    t.equal(
      readAll(Buffer.concat([bytes, Buffer.from(more)]), 0),
      undefined,
      JSON.stringify(more.slice(0, 5)),
    )
  }
})
