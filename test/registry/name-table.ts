// Names in a hash table: all that were put in are found, in any case, and nothing else is, however full it gets.

import t from 'tap'
import { buildSlots, NameTable } from '../../src/registry/name-table.ts'
import { TextColumn, TextColumnWriter, type TextParts } from '../../src/registry/text-column.ts'

function columnOf(names: readonly string[]): TextParts {
  const writer = new TextColumnWriter()
  for (const name of names) writer.add(name.toLowerCase())
  return writer.finish()
}

function tableOf(names: readonly string[]): NameTable {
  const { bytes, offsets } = columnOf(names)
  const column = new TextColumn(Buffer.from(bytes), offsets)
  return new NameTable(buildSlots({ bytes, offsets }), (position, parts) => column.isFolded(position, parts))
}

t.test('every name is found where it was put, at every size', async t => {
  for (const count of [0, 1, 2, 3, 4, 5, 1_000, 4_096]) {
    const names = Array.from({ length: count }, (_, i) => `Org-${i % 7}/Repo-${i}`)
    const table = tableOf(names)
    const wrong = names.filter((name, i) => {
      const [org, repo] = name.split('/') as [string, string]
      return table.find(name) !== i || table.find(org.toUpperCase(), repo.toUpperCase()) !== i
    })
    t.strictSame(wrong, [], `${count} names`)
    t.equal(table.find('org-0/repo-x'), -1)
    t.equal(table.find(''), -1)
    t.equal(table.find('org-0', 'repo-0', ''), -1)
  }
})

t.test('names spread over the slots', async t => {
  const count = 10_000
  const names = Array.from({ length: count }, (_, i) => `org-${Math.floor(i / 100)}/repo-${i % 100}`)
  const slots = buildSlots(columnOf(names))
  let longest = 0
  let run = 0
  for (let slot = 0; slot < slots.length / 2; slot++) {
    run = slots[slot * 2 + 1] === 0 ? 0 : run + 1
    longest = Math.max(longest, run)
  }
  // At a load below a half, a good hash leaves runs of a few dozen at the most; a bad one leaves thousands.
  t.ok(longest < 60, `the longest run of slots is ${longest}`)
})

t.test('others may have the core before many pages were touched for the first time', async t => {
  let pauses = 0
  const column = columnOf(Array.from({ length: 6_400 }, (_, i) => `name-${i}`))
  buildSlots(column, () => {
    pauses += 1
  })
  t.equal(pauses, 100)
})
