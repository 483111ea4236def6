// The shared snapshot, held to the contract, and beside the plain one over registries of every size; then what only a
// buffer can get wrong.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import t from 'tap'
import { compileRegistry } from '../../src/registry/compile.ts'
import { buildMapSnapshot } from '../../src/registry/map-snapshot.ts'
import type { RegistryDocument } from '../../src/registry/schema.ts'
import { openSharedSnapshot } from '../../src/registry/shared-snapshot.ts'
import type { Snapshot } from '../../src/registry/snapshot.ts'
import { finish } from '../../src/registry/steps.ts'
import { bytesOf, entryOf, infoOf, orgOf, registries, registryOf, runs } from '../fixtures/registry-world.ts'
import { testLists, testSnapshot } from '../fixtures/snapshot-contract.ts'

const build = (document: RegistryDocument, step?: number): Snapshot =>
  openSharedSnapshot(compileRegistry(document), infoOf(bytesOf(document)), step)

testSnapshot(t, document => build(document))

for (const step of [1, 3]) {
  t.test(`read ${step} names at a time`, async t => testLists(t, document => build(document, step)))
}

const largeOf = (orgs: number, repos: number): RegistryDocument =>
  registryOf(
    Object.fromEntries(
      Array.from({ length: orgs }, (_, i) => {
        const entries = Array.from({ length: repos }, (_, j) => [
          `repo-${i}-${j}`,
          entryOf({
            state: (i + j) % 3 === 0 ? 'disabled' : 'enabled',
            reason: j % 2 === 0 ? 'é – 🦊' : 'plain',
          }),
        ])
        return [`org-${i}`, orgOf(`org-${i}`, Object.fromEntries(entries))]
      }),
    ),
  )

t.test('a registry that fills many slots answers as the plain one does', async t => {
  const document = largeOf(40, 100)
  const plain = buildMapSnapshot(document, infoOf(bytesOf(document)))
  const shared = build(document)
  let same = 0
  for (const { org, repo } of finish(plain.repos({}, { from: 0, limit: 9_999 })).items) {
    for (const [o, r] of [
      [org, repo],
      [org.toUpperCase(), repo.toUpperCase()],
      [org, `${repo}x`],
      [`${org}x`, repo],
    ] as const) {
      const [a, b] = [plain.resolve(o, r), shared.resolve(o, r)]
      if (a.outcome === 'found' && b.outcome === 'found') {
        if (a.text === b.text && JSON.stringify(a.entry) === JSON.stringify(b.entry)) same += 1
      } else if (JSON.stringify(a) === JSON.stringify(b)) same += 1
    }
  }
  t.equal(same, 4 * 4_000)
  // Every other question would have decoded it once more; the same is given again.
  t.equal(shared.resolve('org-1', 'repo-1-1'), shared.resolve('ORG-1', 'REPO-1-1'))
})

t.test('both name the same repositories in the same order', async t => {
  fc.assert(
    fc.property(registries, document => {
      const names = (snapshot: Snapshot) =>
        [...snapshot.repoNames()].map(({ org, repo, telemetry_repo }) => [
          `${org}/${repo}`.toLowerCase(),
          telemetry_repo,
        ])
      const plain = buildMapSnapshot(document, infoOf(bytesOf(document)))
      if (JSON.stringify(names(plain)) !== JSON.stringify(names(build(document)))) throw new Error('names')
    }),
    runs(200),
  )
  t.pass('over generated registries')
})

t.test('a part of a name is never found across two names', async t => {
  const names = ['ab', 'cd'].map(repo => [repo, entryOf()])
  const snapshot = build(registryOf({ Acme: orgOf('Acme', Object.fromEntries(names)) }))
  for (const q of ['b\nacme', 'ab\n', '\n', 'cd acme', 'bacme']) {
    t.equal(finish(snapshot.repos({ q }, { from: 0, limit: 9 })).total, 0, JSON.stringify(q))
  }
  t.equal(finish(snapshot.repos({ q: 'ACME/C' }, { from: 0, limit: 9 })).items[0]?.repo, 'cd')
})

t.test('what is counted once is right for every page, whatever is asked in between', async t => {
  const document = largeOf(5, 20)
  const plain = buildMapSnapshot(document, infoOf(bytesOf(document)))
  const shared = build(document, 7)
  const filters = [
    { q: '-1' },
    { q: '-1', state: 'disabled' },
    { q: 'O-1', org: 'ORG-2' },
    { q: '-1' },
    {},
  ] as const
  for (const from of [0, 31, 99, 5]) {
    for (const filter of filters) {
      for (const list of ['repos', 'orgs', 'telemetryRepos'] as const) {
        const [want, got] = [plain, shared].map(one => finish<unknown>(one[list](filter, { from, limit: 3 })))
        t.strictSame(got, want, `${list} ${JSON.stringify(filter)} from ${from}`)
      }
    }
  }
  // More filters than are remembered.
  for (let i = 0; i < 600; i++) finish(shared.repos({ q: `x${i}` }, { from: 0, limit: 1 }))
  t.equal(
    finish(shared.repos({ q: '-1' }, { from: 0, limit: 1 })).total,
    finish(plain.repos({ q: '-1' }, { from: 0, limit: 1 })).total,
  )
})

t.test('another thread reads the same buffer', async t => {
  const buffer = compileRegistry(largeOf(3, 3))
  const script = `
    const { parentPort, workerData } = require('node:worker_threads')
    import(workerData.module).then(({ openSharedSnapshot }) => {
      parentPort.postMessage(openSharedSnapshot(workerData.buffer, {}).resolve('org-2', 'repo-2-0').text)
    })`
  const module = new URL('../../src/registry/shared-snapshot.ts', import.meta.url).href
  const worker = new Worker(script, { eval: true, workerData: { buffer, module } })
  const [text] = await once(worker, 'message')
  await worker.terminate()
  t.match(text, '"repo":"repo-2-0"')
  t.match(text, 'é – 🦊')
})
