// Writing the pointer: one entry changes, everything else keeps its bytes, and nothing is written that would not
// be read.

import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Digest } from '../../src/core/digest.ts'
import { readPointerText, renderPointer, writePointer } from '../../src/publish/pointer-file.ts'
import type { PointerEntry } from '../../src/seal/pointer-entry.ts'
import { treeOf } from '../fixtures/home-world.ts'
import { sealWorld, thrownCode } from '../fixtures/seal-world.ts'

const entry: PointerEntry = {
  registry_id: 'telemetry_registry',
  active_ref: {
    run_id: 'run-2',
    run_root: '.codex/RUNS',
    relpath: 'x.json',
    manifest_sha256: 'a'.repeat(64) as Digest,
  },
  active_ref_known: true,
  active_asof_utc: '2026-08-09T10:16:00Z',
  notes: 'why',
  serial: 8,
}

t.test('readPointerText', async t => {
  t.test('is undefined where there is no pointer yet', async t =>
    t.equal(readPointerText(t.testdir()), undefined),
  )
  t.test('is the text with its entries', async t => {
    const { home, pointerPath } = sealWorld(t)
    const pointer = readPointerText(home)
    t.equal(pointer?.text, readFileSync(pointerPath, 'utf8'))
    t.equal(pointer?.entries.length, 2)
  })
  t.test('throws what is wrong with it', async t => {
    const { home, pointerPath } = sealWorld(t)
    writeFileSync(pointerPath, '{"pointers": [')
    t.equal(
      thrownCode(() => readPointerText(home)),
      'POINTER_NOT_JSON',
    )
  })
})

t.test('renderPointer', async t => {
  t.test('begins a file, with its whole text', async t => {
    t.equal(
      Buffer.from(renderPointer(undefined, entry)).toString(),
      `{
  "pointer_contract_version": "0.1",
  "pointers": [
    {
      "registry_id": "telemetry_registry",
      "active_ref": {
        "run_id": "run-2",
        "run_root": ".codex/RUNS",
        "relpath": "x.json",
        "manifest_sha256": "${'a'.repeat(64)}"
      },
      "active_ref_known": true,
      "active_asof_utc": "2026-08-09T10:16:00Z",
      "notes": "why",
      "serial": 8
    }
  ]
}
`,
    )
  })
  t.test('replaces the entry of its registry and no other byte', async t => {
    const { home } = sealWorld(t)
    const before = readPointerText(home)!
    const after = Buffer.from(renderPointer(before, entry)).toString()
    const tail = before.text.slice(before.text.indexOf('"system_health_report"'))
    t.ok(after.endsWith(tail))
    t.ok(after.startsWith(before.text.slice(0, before.text.indexOf('"registry_id"'))))
    t.strictSame(JSON.parse(after).pointers[0], entry)
  })
  t.test('adds an entry where there is none for the registry', async t => {
    const { home } = sealWorld(t)
    const before = readPointerText(home)!
    const after = Buffer.from(renderPointer(before, { ...entry, registry_id: 'another' })).toString()
    t.equal(JSON.parse(after).pointers.length, 3)
    t.ok(
      after.startsWith(before.text.slice(0, before.text.lastIndexOf('}', before.text.lastIndexOf(']')) + 1)),
    )
  })
  t.test('renders nothing that would be refused when read', async t => {
    const { home } = sealWorld(t)
    const pointer = readPointerText(home)!
    t.equal(
      thrownCode(() => renderPointer(pointer, { ...entry, notes: 'x'.repeat(65_536) })),
      'POINTER_TOO_LARGE',
    )
    t.equal(
      thrownCode(() => renderPointer(pointer, { ...entry, serial: 2 ** 53 })),
      'POINTER_BAD_SERIAL',
    )
    t.equal(
      thrownCode(() => renderPointer(undefined, { ...entry, serial: 0 })),
      'POINTER_BAD_SERIAL',
    )
  })
})

t.test('writePointer', async t => {
  const bytes = renderPointer(undefined, entry)

  t.test('makes the folder where it has to', async t => {
    const home = t.testdir()
    writePointer(home, bytes, undefined)
    t.strictSame(readFileSync(join(home, 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json')), Buffer.from(bytes))
  })
  t.test('puts a file where a link was, and leaves what it led to', async t => {
    const { home, pointerPath } = sealWorld(t)
    const elsewhere = join(home, 'elsewhere')
    renameSync(pointerPath, elsewhere)
    symlinkSync('../elsewhere', pointerPath)
    const text = readFileSync(elsewhere, 'utf8')
    writePointer(home, bytes, readPointerText(home))
    t.ok(lstatSync(pointerPath).isFile())
    t.equal(readFileSync(elsewhere, 'utf8'), text)
  })
  t.test('is refused where it is not what was read any more, and changes nothing', async t => {
    const { home, pointerPath } = sealWorld(t)
    const before = readPointerText(home)!
    const text = readFileSync(pointerPath, 'utf8')
    const meanwhile: Readonly<Record<string, () => unknown>> = {
      'another content': () => writeFileSync(pointerPath, text.replace('"serial": 7', '"serial": 8')),
      'a byte more': () => writeFileSync(pointerPath, `${text}\n`),
      'no file': () => rmSync(pointerPath),
    }
    for (const [what, act] of Object.entries(meanwhile)) {
      writeFileSync(pointerPath, text)
      act()
      const tree = treeOf(join(home, 'registry'))
      t.throws(() => writePointer(home, bytes, before), { code: 'PUBLISH_CONFLICT', kind: 'conflict' }, what)
      t.strictSame(treeOf(join(home, 'registry')), tree)
      t.strictSame(readdirSync(join(home, '.codex/STAGING')), [])
    }
    writeFileSync(pointerPath, text)
    t.throws(
      () => writePointer(home, bytes, undefined),
      { code: 'PUBLISH_CONFLICT' },
      'a file where none was',
    )
    writePointer(home, bytes, before)
    t.strictSame(readFileSync(pointerPath), Buffer.from(bytes))
  })
})
