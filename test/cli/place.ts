// Which registry is meant: words that name one, and what is said when they do not.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findPlace, readChosen, readNamed, refSource, stagedSource } from '../../src/cli/place.ts'
import type { Io } from '../../src/cli/report.ts'
import { commitAll, sealAndPin } from '../fixtures/home-world.ts'
import { makeRepo } from '../fixtures/repo-world.ts'

const ioAt = (cwd: string): Io => ({ out: () => {}, err: () => {}, env: {}, cwd, now: () => new Date() })

t.test('the home is found from any folder of the repository', async t => {
  const repo = makeRepo(t)
  mkdirSync(join(repo.top, 'a/b'), { recursive: true })
  const want = { home: repo.path, top: repo.top, prefix: 'infra' }
  for (const cwd of [repo.top, repo.path, join(repo.top, 'a/b')])
    t.strictSame(await findPlace(ioAt(cwd), {}), want)
  t.strictSame(await findPlace(ioAt('/'), { home: repo.path }), want)
  await t.rejects(findPlace(ioAt(repo.top), { home: 'none' }), { code: 'HOME_MISSING' })
})

t.test('a word is a sealed run, or else a ref', async t => {
  const repo = makeRepo(t)
  const { runId, root } = await sealAndPin(repo)
  commitAll(repo.top, 'sealed')
  const place = await findPlace(ioAt(repo.top), {})
  t.match(await readNamed(place, runId), { label: runId, run: { runId, root } })
  t.match(await readNamed(place, 'main'), { label: 'main', run: null })
  t.match(await readChosen(place, {}), {
    label: 'working copy',
    registryFile: 'infra/telemetry-registry.v2.json',
  })
  t.match(await readChosen(place, { run: runId }), {
    registryFile: `${runId}/telemetry-registry.v2_snapshot.json`,
  })
  await t.rejects(readNamed(place, 'none'), { code: 'SOURCE_UNKNOWN_REF' })
  await t.rejects(readChosen(place, { run: 'a/b' }), { code: 'SOURCE_MISSING' })
})

t.test('outside a repository there is neither ref nor index', async t => {
  const place = { home: t.testdir(), top: null, prefix: '.' }
  await t.rejects(refSource(place, 'main'), { code: 'SOURCE_NO_REPOSITORY' })
  t.throws(() => stagedSource(place), { code: 'SOURCE_NO_REPOSITORY' })
})
