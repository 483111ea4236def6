// Sealing: what was read is what is sealed, nothing is selected by it, and P5 stands at the door.

import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { blobSha, sha256 } from '../../src/core/digest.ts'
import { readRegistryRun } from '../../src/publish/registry-run.ts'
import { planSeal, type SealRequest, sealRegistry } from '../../src/publish/seal-registry.ts'
import {
  entriesOf,
  type Home,
  makeHome,
  nextSecond,
  seal,
  sealAndPin,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'
import { bytesOf, registryOf } from '../fixtures/registry-world.ts'
import { thrownCode } from '../fixtures/seal-world.ts'

const requestOf = (home: Home, over: Partial<SealRequest> = {}): SealRequest => ({
  home: home.path,
  massChange: false,
  now: nextSecond,
  git_commit: null,
  working_tree_state: null,
  ...over,
})

const jsonOf = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes!).toString())

t.test('a plan', async t => {
  const home = makeHome(t)
  const at = new Date('2026-08-09T10:15:30.700Z')
  const before = treeOf(home.top)
  const { run, change } = planSeal(
    requestOf(home, { now: () => at, git_commit: 'c'.repeat(40), working_tree_state: 'dirty' }),
  )
  t.strictSame(treeOf(home.top), before, 'writes nothing')
  t.equal(change, null, 'there is nothing to compare with')
  t.equal(run.runId, '2026-08-09__101530__seal_telemetry_registry')
  const registry = readFileSync(home.working)
  const changelog = readFileSync(home.changelog)
  t.strictSame(run.files.get('telemetry-registry.v2_snapshot.json'), registry)
  t.strictSame(run.files.get('infra-changelog_snapshot.jsonl'), changelog)
  t.strictSame(jsonOf(run.files.get('run.json')), {
    created_utc: '2026-08-09T10:15:30Z',
    git_commit: 'c'.repeat(40),
    inputs: {
      'telemetry-registry.v2.json': { sha256: sha256(registry), blob_sha: blobSha(registry) },
      'changelog/infra-changelog.jsonl': { sha256: sha256(changelog), blob_sha: blobSha(changelog) },
      previous: null,
    },
    operation_id: 'OP-QA12',
    option: 'QA',
    outputs: [
      'MANIFEST.sha256',
      'infra-changelog_snapshot.jsonl',
      'manifest.json',
      'run.json',
      'telemetry-registry.v2_snapshot.json',
    ],
    run_id: run.runId,
    run_type: 'seal_promotion',
    seal_promotion: true,
    source_path: 'telemetry-registry.v2.json',
    source_registry: 'telemetry_registry',
    working_tree_state: 'dirty',
  })
})

t.test('a seal', async t => {
  t.test('is of what the plan says, and selects nothing', async t => {
    const home = makeHome(t)
    const { seal, run } = await sealRegistry(requestOf(home))
    t.equal(seal.root, run.root)
    t.strictSame(readdirSync(home.runs), [run.runId])
    t.strictSame(readdirSync(join(home.path, 'registry')), [], 'there is no pointer')
  })
  t.test('twice has the same payload hashes', async t => {
    const home = makeHome(t)
    const hashes = async () => {
      const { run } = await sealRegistry(requestOf(home))
      const entries = jsonOf(run.files.get('manifest.json')) as { relpath: string; sha256: string }[]
      return entries.filter(({ relpath }) => relpath !== 'run.json')
    }
    t.strictSame(await hashes(), await hashes())
  })
  t.test('names the run that is active', async t => {
    const home = makeHome(t)
    const { runId, root } = await sealAndPin(home)
    const { run, change } = planSeal(requestOf(home))
    t.strictSame(jsonOf(run.files.get('run.json')).inputs.previous, { run_id: runId, manifest_sha256: root })
    t.strictSame(change, { entries: 3, removed: 0, retargeted: 0, verdict: 'ordinary' })
  })
  t.test('keeps any bytes of the changelog', async t => {
    const home = makeHome(t)
    const odd = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00]), Buffer.from('\r\n\r\n  ')])
    writeFileSync(home.changelog, odd)
    const { seal } = await sealRegistry(requestOf(home))
    t.strictSame(Buffer.from(seal.files.get('infra-changelog_snapshot.jsonl')!), odd)
  })
})

t.test('from a run', async t => {
  const home = makeHome(t)
  const old = await seal(home)
  const [registry, changelog] = [readFileSync(home.working), readFileSync(home.changelog)]
  writeEntries(home, 2)
  rmSync(home.changelog)
  t.test('what it holds is sealed, and not the working copy', async t => {
    const { seal, run } = await sealRegistry(
      requestOf(home, { from: readRegistryRun(home.path, old.runId), massChange: true }),
    )
    t.not(run.runId, old.runId)
    t.strictSame(Buffer.from(seal.files.get('telemetry-registry.v2_snapshot.json')!), registry)
    t.strictSame(Buffer.from(seal.files.get('infra-changelog_snapshot.jsonl')!), changelog)
    const folder = `.codex/RUNS/${old.runId}`
    const digests = (bytes: Uint8Array) => ({ sha256: sha256(bytes), blob_sha: blobSha(bytes) })
    t.match(jsonOf(run.files.get('run.json')), {
      mass_change: true,
      source_path: `${folder}/telemetry-registry.v2_snapshot.json`,
      inputs: {
        [`${folder}/telemetry-registry.v2_snapshot.json`]: digests(registry),
        [`${folder}/infra-changelog_snapshot.jsonl`]: digests(changelog),
      },
    })
  })
})

t.test('a source', async t => {
  const refusal = (home: Home) => thrownCode(() => planSeal(requestOf(home)))
  t.test('that is missing is refused', async t => {
    const home = makeHome(t)
    rmSync(home.changelog)
    t.equal(refusal(home), 'PUBLISH_SOURCE_MISSING')
    rmSync(home.working)
    t.equal(refusal(home), 'PUBLISH_SOURCE_MISSING')
  })
  t.test('that is no file, or a link, cannot be read', async t => {
    const home = makeHome(t)
    rmSync(home.changelog)
    mkdirSync(home.changelog)
    t.equal(refusal(home), 'PUBLISH_SOURCE_UNREADABLE')
    rmSync(home.changelog, { recursive: true })
    symlinkSync(home.working, home.changelog)
    t.equal(refusal(home), 'PUBLISH_SOURCE_UNREADABLE')
  })
  t.test('that breaks the rules is refused, with every violation', async t => {
    const home = makeHome(t)
    writeFileSync(home.working, '{"orgs":{}}')
    t.throws(() => planSeal(requestOf(home)), { name: 'RegistryError', violations: [{}, {}] })
  })
})

t.test('P5', async t => {
  const home = makeHome(t, { count: 40 })
  await sealAndPin(home)
  t.test('a mass change is refused with a hint, unless it is meant', async t => {
    writeEntries(home, 29)
    t.throws(() => planSeal(requestOf(home)), {
      code: 'PUBLISH_MASS_CHANGE',
      message: /infra seal --mass-change/,
    })
    const { run } = planSeal(requestOf(home, { massChange: true }))
    t.equal(jsonOf(run.files.get('run.json')).mass_change, true)
  })
  t.test('exactly a quarter is an ordinary change', async t => {
    writeEntries(home, 30)
    t.match(planSeal(requestOf(home)).change, { removed: 10, verdict: 'ordinary' })
  })
  t.test('an empty registry never replaces one that is not', async t => {
    writeFileSync(home.working, bytesOf(registryOf({})))
    for (const massChange of [false, true]) {
      t.throws(() => planSeal(requestOf(home, { massChange })), {
        code: 'PUBLISH_MASS_CHANGE',
        message: /an empty registry never replaces one of 40 entries$/,
      })
    }
    writeFileSync(home.working, bytesOf(registryOf({ acme: entriesOf(0) })))
    t.equal(
      thrownCode(() => planSeal(requestOf(home, { massChange: true }))),
      'PUBLISH_MASS_CHANGE',
    )
  })
})

t.test('an id that is taken', async t => {
  t.test('is waited for, and never overwritten', async t => {
    const home = makeHome(t)
    const { runId } = await seal(home, { now: () => new Date('2026-08-09T10:15:00.990Z') })
    const before = treeOf(join(home.runs, runId))
    const times = ['00.990', '00.991', '00.999', '00.999', '00.999', '01.000', '01.001']
    const read: string[] = []
    const now = () => {
      const time = times[Math.min(read.length, times.length - 1)]!
      read.push(time)
      return new Date(`2026-08-09T10:15:${time}Z`)
    }
    const second = await seal(home, { now })
    t.equal(second.runId, '2026-08-09__101501__seal_telemetry_registry')
    t.ok(read.includes('00.999'), 'the timer that woke too early was forgiven')
    t.strictSame(treeOf(join(home.runs, runId)), before)
    t.equal(readdirSync(home.runs).length, 2)
  })
  t.test('is a conflict when the clock stands still, or goes back', async t => {
    const home = makeHome(t)
    const now = () => new Date('2026-08-09T10:15:00.995Z')
    await seal(home, { now })
    const before = treeOf(home.top)
    await t.rejects(seal(home, { now }), { code: 'PUBLISH_RUN_EXISTS', kind: 'conflict' })
    t.strictSame(treeOf(home.top), before)
  })
})
