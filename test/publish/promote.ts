// Promotion as the writer sees it: the promotions of the field come out again, root for root; what was judged is what is
// sealed; a write that fails anywhere leaves no run and no other pin.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CATALOG_PATH } from '../../src/layer/catalog.ts'
import { planPromote } from '../../src/publish/promote.ts'
import { type RunFiles, sealFiles } from '../../src/publish/run-files.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { homeAt, infraHere, nextSecond, sealAndPin, treeOf } from '../fixtures/home-world.ts'
import { makePromotionHome, OWN_CATALOG, PROMOTIONS, writeSource } from '../fixtures/promotion-world.ts'
import { foldersIn, hasVectors, readJson, statedRoot, thrownCode, VECTORS } from '../fixtures/seal-world.ts'

interface TheirRun {
  readonly run_id: string
  readonly created_utc: string
  readonly git_commit: string
  readonly working_tree_state: 'clean' | 'dirty'
  readonly source_registry: string
  readonly source_path: string
  readonly source_run_id?: string
}

/** What our envelope says more than theirs does. Theirs has no line end either. */
const MORE: readonly string[] = ['option', 'operation_id', 'inputs']

/** Returns the run with the envelope that the field would have written for the same promotion. */
function asOfTheField(run: RunFiles): RunFiles {
  const own = JSON.parse(Buffer.from(run.files.get('run.json')!).toString()) as Record<string, unknown>
  const theirs = Object.fromEntries(Object.entries(own).filter(([key]) => !MORE.includes(key)))
  const listed = [...run.files].filter(([name]) => name !== 'manifest.json' && name !== 'MANIFEST.sha256')
  return sealFiles(
    run.runId,
    new Map([...listed, ['run.json', Buffer.from(JSON.stringify(theirs, null, 2))]]),
  )
}

t.test('the promotions of the field are reproduced from payload, commit, state and time', async t => {
  if (!hasVectors(t)) return
  const pointers = readJson(join(VECTORS, '../facts/upstream_active_pointers_no_prose.json')) as {
    pointers: { registry_id: string; active_ref: { run_id: string | null; manifest_sha256: string | null } }[]
  }
  const kinds = new Set<string>()
  let real = 0
  for (const parent of ['real_promotions_20260205/.codex/RUNS', 'mini_chain_folders']) {
    for (const name of foldersIn(join(VECTORS, parent)).filter(name => name.includes('__seal_'))) {
      t.test(name, async t => {
        const { files } = readRunFolder(join(VECTORS, parent, name))
        const theirs = JSON.parse(Buffer.from(files.get('run.json')!).toString()) as TheirRun
        const registryId = theirs.source_registry
        const home = homeAt(
          t.testdir({ infra: { registry: { 'REGISTRY_CATALOG_v0_1.json': readFileSync(OWN_CATALOG) } } }),
        )
        const payload = [...files].filter(
          ([file]) => !['run.json', 'manifest.json', 'MANIFEST.sha256'].includes(file),
        )
        for (const [file, bytes] of payload) {
          writeSource(
            home,
            theirs.source_path.endsWith('/') ? `${theirs.source_path}${file}` : theirs.source_path,
            bytes,
          )
        }
        const request = {
          home: home.path,
          registryId,
          ...(theirs.source_run_id !== undefined && { sourceRun: theirs.source_run_id }),
          git_commit: theirs.git_commit,
          working_tree_state: theirs.working_tree_state,
          now: () => new Date(theirs.created_utc),
        }
        kinds.add(registryId)
        if (parent === 'mini_chain_folders' && registryId === 'fingerprint_index') {
          // The index of that chain lacks seven columns of its own schema, and is not taken.
          t.equal(
            thrownCode(() => planPromote(request)),
            'PROMOTE_SOURCE_INVALID',
          )
          return
        }
        const run = asOfTheField(planPromote(request).run)
        t.equal(run.runId, theirs.run_id)
        t.strictSame(Buffer.from(run.files.get('run.json')!), files.get('run.json'), 'the envelope')
        t.strictSame(Buffer.from(run.files.get('manifest.json')!), files.get('manifest.json'), 'the manifest')
        const root = statedRoot(new Map([...files].map(([file, bytes]) => [file, Buffer.from(bytes)])))
        t.equal(run.root, root, 'the root')
        if (!parent.startsWith('real')) return
        real += 1
        const pinned = pointers.pointers.find(({ registry_id }) => registry_id === registryId)
        t.strictSame(pinned?.active_ref.manifest_sha256, root, 'the root that was pinned there')
      })
    }
  }
  t.test('all five kinds', async t => {
    t.equal(kinds.size, 5)
    t.equal(real, 3, 'three of the real ones are among the vectors, and one is below')
  })
})

/** The packs of the real promotion, which the vectors have by their root only. */
const REAL_PACKS: Readonly<Record<string, string>> = {
  'c3_example_pack_v1.json': rendered({
    ...{
      min_body_bp: 5,
      max_wick_ratio_bp: 250,
      lookback: 20,
      min_range_bp: 10,
      volatility_threshold_bp: 50,
    },
  }),
  'c3_regime_trend_v1.json': rendered({
    ...{ lookback: 12, min_range_bp: 30, min_direction_ratio_bp: 600, min_hh_ll_count: 3 },
  }),
  'state_plane_v0_2_default_v1.json': rendered({
    ...{ version: 'v0.2', scope: 'state_plane_v0_2', thresholds: { E_hi: 0.6, S_hi: 0.35 } },
    weights: {
      x_energy: { rng_rank_6: 0.45, body_ratio: 0.35, directional_efficiency: 0.2 },
      y_shift: { trend_bias: 0.5, momentum_state: 0.5 },
    },
    y_map: {
      trend_bias: { sustained: '-1.0', nascent: -0.5, neutral: '0.0', fading: 0.5 },
      momentum_state: { accelerating: '-1.0', steady: '0.0', decelerating: 0.5, reversing: '1.0' },
    },
    columns: {
      x_energy: {
        rng_intensity: 'rng_rank_6',
        body_ratio: 'body_ratio',
        directional_efficiency: 'directional_efficiency',
      },
      y_shift: { trend_bias: 'c3_trend_bias', momentum_state: 'c3_momentum_state' },
    },
    source_views: [1, 2, 3].map(level => `derived.v_ovc_c${level}_features_v0_1`),
  }),
}

/** Whole numbers keep the point that the field writes. */
function rendered(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(/"(-?\d\.0)"/g, '$1')}\n`
}

t.test('so is the real promotion of the threshold packs', async t => {
  const home = homeAt(
    t.testdir({ infra: { registry: { 'REGISTRY_CATALOG_v0_1.json': readFileSync(OWN_CATALOG) } } }),
  )
  for (const [name, text] of Object.entries(REAL_PACKS))
    writeSource(home, `configs/threshold_packs/${name}`, text)
  const { run } = planPromote({
    ...{ home: home.path, registryId: 'threshold_packs_file', now: () => new Date('2026-02-05T01:56:05Z') },
    ...{ git_commit: 'a4f56d59989f53af9d204a2589f11abf523a6e7d', working_tree_state: 'dirty' },
  })
  t.equal(asOfTheField(run).root, 'b57a7ef3c4101db1533cacfe28a19c6d0a2c3e3699328cb45a9b56821e66791a')
})

t.test('each source file is read once, and what was judged is what is sealed', async t => {
  const home = makePromotionHome(t)
  const fs = await import('node:fs')
  const opened: string[] = []
  const { promote } = await t.mockImport<typeof import('../../src/publish/promote.ts')>(
    '../../src/publish/promote.ts',
    {
      'node:fs': {
        ...fs,
        openSync: (...args: Parameters<typeof fs.openSync>) => {
          opened.push(String(args[0]))
          return fs.openSync(...args)
        },
      },
    },
  )
  // The second run of a second waits for the next, and does not read again.
  let calls = 0
  const now = () => new Date(Date.UTC(2026, 0, 1, 0, 0, 0, calls++ === 0 ? 0 : 990 + calls * 5))
  mkdirSync(join(home.runs, '2026-01-01__000000__seal_evidence_packs'), { recursive: true })
  const request = {
    home: home.path,
    registryId: 'evidence_pack_registry',
    git_commit: null,
    working_tree_state: null,
    now,
  }
  const { seal } = await promote(request)
  t.equal(seal.runId, '2026-01-01__000001__seal_evidence_packs')
  for (const source of Object.values(PROMOTIONS.evidence_pack_registry!.payload))
    t.equal(opened.filter(path => path === join(home.path, source)).length, 1, source)
  t.equal(opened.filter(path => path === join(home.path, CATALOG_PATH)).length, 1)
})

t.test('two at once: both succeed, or one says that it could not', async t => {
  const home = makePromotionHome(t)
  const run = (registryId: string) =>
    infraHere(['promote', registryId, '--home', home.path], { now: () => new Date() })
  const said = await Promise.all(['migration_ledger', 'migration_ledger', 'expected_versions'].map(run))
  for (const { code, stderr } of said)
    t.ok(code === 0 || (code === 4 && stderr.includes('PUBLISH_LOCKED')), stderr)
  const sealed = foldersIn(home.runs)
  t.equal(sealed.length, said.filter(({ code }) => code === 0).length)
  for (const name of sealed) t.strictSame(checkSeal(readRunFolder(join(home.runs, name))).faults, [])
})

const WRITES = ['writeSync', 'fsyncSync', 'renameSync', 'mkdirSync', 'closeSync', 'openSync'] as const

t.test('a write that fails leaves no run and no other pin', async t => {
  const fs = await import('node:fs')
  const home = makePromotionHome(t)
  await sealAndPin(home)
  const before = treeOf(home.path)
  let at = 0
  let fail = 0
  let what = ''
  const count = (name: (typeof WRITES)[number]) =>
    ((...args: never[]) => {
      const own =
        name === 'mkdirSync' || name === 'renameSync' || name === 'writeSync' || name === 'fsyncSync'
      const path = String(args[0])
      const opens = name === 'openSync' && (Number(args[1]) & fs.constants.O_CREAT) !== 0
      if (own || opens) {
        at += 1
        if (at === fail) {
          what = `${name} ${path}`
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
        }
      }
      return (fs[name] as (...args: never[]) => unknown)(...args)
    }) as never
  const mocked = Object.fromEntries(WRITES.map(name => [name, count(name)]))
  const { promote } = await t.mockImport<typeof import('../../src/publish/promote.ts')>(
    '../../src/publish/promote.ts',
    { 'node:fs': { ...fs, ...mocked } },
  )
  const request = {
    ...{ home: home.path, registryId: 'evidence_pack_registry' },
    ...{ git_commit: null, working_tree_state: null, now: nextSecond },
  }
  const staging = (path: string) => path.startsWith('.codex/STAGING')
  const state = () => [...treeOf(home.path)].filter(([path]) => !staging(path))
  const was = [...before].filter(([path]) => !staging(path))
  let durable = 0
  for (fail = 1; ; fail += 1) {
    at = 0
    what = ''
    try {
      await promote(request)
      break
    } catch (error) {
      const code = (error as { code: string }).code
      if (code === 'PUBLISH_NOT_DURABLE') {
        // The one write after the rename: the run is there, whole, and the message says so.
        durable += 1
        const [added] = foldersIn(home.runs).filter(name => name.endsWith('seal_evidence_packs'))
        t.strictSame(checkSeal(readRunFolder(join(home.runs, added!))).faults, [], what)
        rmSync(join(home.runs, added!), { recursive: true })
      } else t.equal(code, 'PUBLISH_WRITE_FAILED', `${what.replace(home.path, '')}: fails as the world does`)
      t.strictSame(state(), was, 'and nothing has changed')
    }
  }
  t.ok(fail > 20, `${fail - 1} writes, each failed once`)
  t.equal(durable, 1)
  t.strictSame(
    foldersIn(join(home.path, '.codex/STAGING')),
    [],
    'the one that succeeds leaves nothing staged',
  )
  t.equal(foldersIn(home.runs).length, 2)
})

const CHANGES: Readonly<Record<string, (source: string) => void>> = {
  'a member is written again': source => writeFileSync(join(source, 'regime_v1.json'), '{}'),
  'a member comes': source => writeFileSync(join(source, 'new.json'), '{}'),
  'a member goes': source => rmSync(join(source, 'regime_v1.json')),
}

t.test('a source that changes while it is read is not sealed', async t => {
  const fs = await import('node:fs')
  for (const [name, change] of Object.entries(CHANGES)) {
    t.test(name, async t => {
      const home = makePromotionHome(t)
      const source = join(home.path, 'configs/threshold_packs')
      const members = new Set<number>()
      const openSync = (...args: Parameters<typeof fs.openSync>) => {
        const fd = fs.openSync(...args)
        if (String(args[0]).startsWith(source)) members.add(fd)
        return fd
      }
      let changed = false
      const readSync = (...args: Parameters<typeof fs.readSync>) => {
        const read = fs.readSync(...args)
        if (!changed && members.has(args[0])) {
          changed = true
          change(source)
        }
        return read
      }
      const { promote } = await t.mockImport<typeof import('../../src/publish/promote.ts')>(
        '../../src/publish/promote.ts',
        { 'node:fs': { ...fs, openSync, readSync } },
      )
      const request = {
        ...{ home: home.path, registryId: 'threshold_packs_file', now: nextSecond },
        ...{ git_commit: null, working_tree_state: null },
      }
      await t.rejects(promote(request), { code: 'PROMOTE_SOURCE_CHANGED' })
      t.ok(changed)
      t.notOk(fs.existsSync(home.runs), 'nothing is sealed')
    })
  }
})
