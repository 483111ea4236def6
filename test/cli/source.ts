// Bytes from the working copy, the index and a commit: the same questions, and the same answers for what is the same.

import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commitSource, indexSource, readPairOf, verifyCommit, workingSource } from '../../src/cli/source.ts'
import { commitAll } from '../fixtures/home-world.ts'
import { makeRepo } from '../fixtures/repo-world.ts'

const REGISTRY = 'telemetry-registry.v2.json'

t.test('each place has its own bytes', async t => {
  const repo = makeRepo(t)
  const committed = readFileSync(repo.working)
  writeFileSync(repo.working, 'staged\r\n')
  repo.git('add', '--all')
  writeFileSync(repo.working, 'working\n')
  const sources = [
    workingSource(repo.path, 'infra'),
    indexSource(repo.top, 'infra'),
    await commitSource(repo.top, 'infra', 'HEAD'),
  ]
  const read = await Promise.all(sources.map(source => source.read(REGISTRY)))
  t.strictSame(read.map(String), ['working\n', 'staged\r\n', String(committed)])
  t.strictSame(
    sources.map(({ label, nameOf }) => [label, nameOf(REGISTRY)]),
    ['working copy', 'index', 'HEAD'].map(label => [label, `infra/${REGISTRY}`]),
  )
  for (const source of sources) t.equal(await source.read('nothing'), null)
})

t.test('a link is no file, in any of them', async t => {
  const repo = makeRepo(t)
  rmSync(repo.working)
  symlinkSync('elsewhere', repo.working)
  repo.git('add', '--all')
  commitAll(repo.top, 'a link')
  for (const source of [
    workingSource(repo.path, 'infra'),
    indexSource(repo.top, 'infra'),
    await commitSource(repo.top, 'infra', 'HEAD'),
  ]) {
    await t.rejects(source.read(REGISTRY), { code: 'SOURCE_NOT_A_FILE' }, source.label)
  }
})

t.test('a pair needs its registry, and has an empty log where there is none', async t => {
  const repo = makeRepo(t)
  const source = workingSource(repo.path, 'infra')
  rmSync(repo.changelog)
  t.equal((await readPairOf(source)).changelog.byteLength, 0)
  rmSync(repo.working)
  await t.rejects(readPairOf(source), { code: 'SOURCE_MISSING' })
})

t.test('two sides of a merge are neither', async t => {
  const repo = makeRepo(t)
  writeFileSync(repo.working, 'one\n')
  commitAll(repo.top, 'one')
  repo.git('switch', '--quiet', '--create', 'side', 'main')
  writeFileSync(repo.working, 'two\n')
  commitAll(repo.top, 'two')
  t.throws(() => repo.git('merge', 'work'))
  await t.rejects(indexSource(repo.top, 'infra').read(REGISTRY), { code: 'SOURCE_UNMERGED' })
})

t.test('a ref is a name of a commit, never an option or a path', async t => {
  const repo = makeRepo(t)
  t.equal(await verifyCommit(repo.top, 'main'), repo.git('rev-parse', 'main').trim())
  for (const ref of ['nothing', '--all', '-h', 'HEAD:infra', '', 'main..work']) {
    await t.rejects(verifyCommit(repo.top, ref), { code: 'SOURCE_UNKNOWN_REF' }, JSON.stringify(ref))
  }
  await t.rejects(verifyCommit(join(repo.top, 'none'), 'main'), { code: 'GIT_MISSING' })
})
