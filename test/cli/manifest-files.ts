// Which manifests there are under a folder, what they are called, and what is said of those that cannot be read.

import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { baseOf, readManifests } from '../../src/cli/manifest-files.ts'
import { sha256 } from '../../src/core/digest.ts'

const text = 'apiVersion: infra/v1\nproject: press\nprovider: local\n'
const named = (...names: readonly string[]) => Object.fromEntries(names.map(name => [name, text]))

t.test('finds every .infra*.yaml, and does not look where nobody would', async t => {
  const top = realpathSync(
    t.testdir({
      ...named('.infra.yaml', 'infra.yaml', '.infra.json'),
      a: named('.infra.dev.yaml', '.infra.yaml', '.infra-old.yaml'),
      b: { c: { d: named('.infra.yaml') } },
      '.git': named('.infra.yaml'),
      node_modules: { x: named('.infra.yaml') },
    }),
  )
  symlinkSync(join(top, 'a'), join(top, 'link'))
  const { files, faults, count } = readManifests(['.'], top, top)
  const paths = [
    '.infra.yaml',
    'a/.infra-old.yaml',
    'a/.infra.dev.yaml',
    'a/.infra.yaml',
    'b/c/d/.infra.yaml',
  ]
  t.strictSame(files.map(({ file }) => file).sort(), paths)
  t.strictSame(files.map(({ path }) => path).sort(), paths)
  t.strictSame([faults, count], [[], 5])
  t.ok(files.every(({ digest }) => digest === sha256(text)))
})

t.test('names are relative to where one stands, and to the folder of the mesh file', async t => {
  const top = realpathSync(t.testdir({ apps: { a: named('.infra.yaml') }, mesh: { 'hosts.json': '' } }))
  symlinkSync('../mesh/hosts.json', join(top, 'apps/hosts.json'))
  const base = baseOf(join(top, 'apps/hosts.json'))
  t.equal(base, join(top, 'mesh'))
  const read = (place: string, cwd: string) => readManifests([place], cwd, base).files
  t.match(read('apps', top), [{ file: 'apps/a/.infra.yaml', path: '../apps/a/.infra.yaml' }])
  t.match(read('.', join(top, 'apps')), [{ file: 'a/.infra.yaml', path: '../apps/a/.infra.yaml' }])
  t.match(read('a/.infra.yaml', join(top, 'apps')), [
    { file: 'a/.infra.yaml', path: '../apps/a/.infra.yaml' },
  ])
  t.match(read('..', join(top, 'apps/a')), [{ file: '.infra.yaml', path: '../apps/a/.infra.yaml' }])
})

t.test('a name that could end a line is quoted where it is told, and kept as it is', async t => {
  const top = realpathSync(t.testdir({ 'a\n::error::b': named('.infra.yaml') }))
  t.match(readManifests(['.'], top, top).files, [
    { file: '"a\\n::error::b/.infra.yaml"', path: 'a\n::error::b/.infra.yaml' },
  ])
})

t.test('a manifest in two of the places is read once', async t => {
  const top = t.testdir({ a: named('.infra.yaml') })
  t.equal(readManifests(['.', 'a', 'a/.infra.yaml'], top, top).count, 1)
})

t.test('what cannot be read is told beside what is wrong', async t => {
  const top = realpathSync(
    t.testdir({
      good: named('.infra.yaml'),
      link: {},
      folder: { '.infra.yaml': {} },
      misnamed: named('.infra.yml', '.infra.yaml'),
      huge: { '.infra.yaml': '#'.repeat(300_000) },
      broken: { '.infra.yaml': `${text}extra: 1\n` },
    }),
  )
  symlinkSync('../good/.infra.yaml', join(top, 'link/.infra.yaml'))
  const { files, faults, count, broken } = readManifests(['.'], top, top)
  t.strictSame(files.map(({ file }) => file).sort(), ['good/.infra.yaml', 'misnamed/.infra.yaml'])
  t.strictSame(faults.map(({ file, code, severity }) => `${file} ${severity} ${code}`).sort(), [
    'broken/.infra.yaml error MANIFEST_UNKNOWN_KEY',
    'folder/.infra.yaml error MANIFEST_NOT_A_FILE',
    'huge/.infra.yaml error MANIFEST_TOO_LARGE',
    'link/.infra.yaml error MANIFEST_NOT_A_FILE',
    'misnamed/.infra.yml warning MANIFEST_MISNAMED',
  ])
  t.equal(count, 6)
  t.strictSame([...broken], ['press'])
})

t.test('a folder that cannot be looked into is no empty one', async t => {
  if (process.getuid?.() === 0) return t.comment('NOT RUN: root reads everything')
  const top = t.testdir({ a: named('.infra.yaml'), b: {} })
  chmodSync(join(top, 'b'), 0)
  t.match(readManifests(['.'], top, top).faults, [{ file: 'b', code: 'MANIFEST_UNREADABLE' }])
  chmodSync(join(top, 'b'), 0o755)
})

t.test('a place that holds none is refused', async t => {
  const top = t.testdir({ empty: {}, file: '' })
  for (const place of ['empty', 'none', 'file/none']) {
    t.throws(() => readManifests([place], top, top), { code: 'SOURCE_MISSING' }, place)
  }
  mkdirSync(join(top, 'later'))
  writeFileSync(join(top, 'later/.infra.yaml'), text)
  t.throws(() => readManifests(['later', 'empty'], top, top), { code: 'SOURCE_MISSING' }, 'one of two')
})
