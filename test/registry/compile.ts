// From bytes or from a document to one buffer: the same one, however its parts were measured out.

import fc from 'fast-check'
import t from 'tap'
import { compileRegistry, compileText } from '../../src/registry/compile.ts'
import { openCompiled } from '../../src/registry/compiled.ts'
import type { RegistryDocument } from '../../src/registry/schema.ts'
import { bytesOf, entryOf, orgOf, registries, registryOf, runs } from '../fixtures/registry-world.ts'

/** What a compiled registry says, section by section. */
function sectionsOf(compiled: SharedArrayBuffer): object {
  const { entryTexts, entryNames, orgTexts, orgNames, orgTargets, entryTable, orgTable, ...rest } =
    openCompiled(compiled)
  const texts = Object.entries({ entryTexts, entryNames, orgTexts, orgNames, orgTargets })
  const words = Object.entries(rest).map(([name, section]) => [name, [...section]])
  return Object.fromEntries([
    ...words,
    ...texts.map(([name, column]) => [name, Array.from({ length: column.length }, (_, i) => column.at(i))]),
  ])
}

t.test('bytes compile to what their document compiles to', async t => {
  let entries = 0
  fc.assert(
    fc.property(registries, document => {
      const { schemaVersion, compiled } = compileText(bytesOf(document), 'r.json')
      t.equal(schemaVersion, '2.0')
      t.strictSame(sectionsOf(compiled), sectionsOf(compileRegistry(document)))
      entries += openCompiled(compiled).counts.reduce((sum, count) => sum + count, 0)
    }),
    runs(200),
  )
  t.ok(entries > 100 || entries > 0.5 * Number(process.env.CHAOS_RUNS), `${entries} entries`)
})

t.test('the text of an entry is what JSON.stringify makes of it', async t => {
  fc.assert(
    fc.property(registries, document => {
      const { entryTexts } = openCompiled(compileRegistry(document))
      const want = Object.entries(document.orgs).flatMap(([org, { telemetry_repo, repos }]) =>
        Object.entries(repos).map(([repo, { state, context, process, reason }]) =>
          JSON.stringify({ org, repo, state, context, telemetry_repo, process, reason }),
        ),
      )
      t.strictSame(
        want.map((_, i) => `{${entryTexts.at(i)}}`),
        want,
      )
    }),
    runs(200),
  )
})

t.test('answers that are much longer than the registry find room', async t => {
  const name = `o${'x'.repeat(38)}_${'y'.repeat(60)}`
  const repos = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, i) => [`${i}`, entryOf({ process: 'p', reason: '' })]),
  )
  const document = registryOf({ [name]: { telemetry_repo: `${name}/${'t'.repeat(100)}`, repos } })
  const bytes = bytesOf(document)
  const { compiled } = compileText(bytes, 'r.json')
  const { entryTexts, entryTable } = openCompiled(compiled)
  const length = Array.from({ length: 2_000 }, (_, i) => entryTexts.bytesAt(i)).reduce(
    (sum, text) => sum + text,
  )
  t.ok(length > 1.5 * bytes.length, `${length} bytes of ${bytes.length}`)
  t.strictSame(sectionsOf(compiled), sectionsOf(compileRegistry(document)))
  t.equal(entryTable.find(name.toUpperCase(), '1999'), 1_999)
})

t.test('a digest changes with anything of its organisation, and with nothing else', async t => {
  const digests = (over: RegistryDocument['orgs']): string[] => {
    const { orgDigests } = openCompiled(
      compileRegistry(
        registryOf({ a: orgOf('a', { app: entryOf() }), b: orgOf('b', {}), c: orgOf('c', {}), ...over }),
      ),
    )
    return [0, 8, 16].map(at => orgDigests.toString('hex', at, at + 8))
  }
  const [a, b, c] = digests({})
  t.equal(new Set([a, b, c]).size, 3)
  for (const other of [
    { app: entryOf({ reason: 'another' }) },
    { app: entryOf(), more: entryOf() },
    { App: entryOf() },
    {},
  ]) {
    const [otherA, ...others] = digests({ a: orgOf('a', other) })
    t.not(otherA, a)
    t.strictSame(others, [b, c])
  }
  t.not(digests({ b: { telemetry_repo: 'b/other', repos: {} } })[1], b)
})

t.test('others may have the core between its steps', async t => {
  const orgs = Object.fromEntries(
    Array.from({ length: 200 }, (_, i) => [
      `org-${i}`,
      orgOf(`org-${i}`, { app: entryOf({ reason: 'x'.repeat(900) }) }),
    ]),
  )
  const bytes = bytesOf(registryOf(orgs))
  let pauses = 0
  const giveWay = () => {
    pauses += 1
  }
  const { compiled } = compileText(bytes, 'r.json', giveWay)
  t.ok(
    Buffer.from(compiled).equals(Buffer.from(compileText(bytes, 'r.json').compiled)),
    'and all is as without',
  )
  t.ok(pauses > bytes.length / 50_000, `${pauses} pauses in ${bytes.length} bytes`)
})

t.test('what is no registry is not compiled', async t => {
  t.throws(() => compileText(Buffer.from('{}\n'), 'r.json'), { code: 'REGISTRY_VERSION_UNSUPPORTED' })
  t.throws(() => compileText(Buffer.from('{'), 'r.json'), { code: 'REGISTRY_INVALID' })
})

t.test('an empty registry compiles', async t => {
  const all = openCompiled(compileRegistry({ orgs: {} }))
  t.strictSame([all.entryTexts.length, all.orgTexts.length, all.entryTable.find('a', 'b')], [0, 0, -1])
})

t.test('the same registry compiles to the same bytes', async t => {
  const document = registryOf({ Acme: orgOf('Acme', { one: entryOf(), two: entryOf({ reason: 'é' }) }) })
  const bytes = () => Buffer.from(compileRegistry(document))
  t.ok(bytes().equals(bytes()))
})
