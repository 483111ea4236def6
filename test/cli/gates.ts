// The gates: each fails for its own fault and for no other, over the working copy, the index and a commit alike, and
// nothing that cannot be judged passes.

import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkPair } from '../../src/cli/gate-pair.ts'
import { type Gate, type GateRequest, runGates } from '../../src/cli/gates.ts'
import { commitSource, indexSource } from '../../src/cli/source.ts'
import { edit, editWorld } from '../fixtures/edit-world.ts'
import { commitAll, damage, editEntry, pin, seal, sealAndPin } from '../fixtures/home-world.ts'
import { bytesOf } from '../fixtures/registry-world.ts'
import { logChange, makeRepo, REASON, type Repo } from '../fixtures/repo-world.ts'

const gatesOf = (repo: Repo, over: Partial<GateRequest> = {}): Promise<readonly Gate[]> =>
  runGates({ home: repo.path, top: repo.top, pin: 'optional', ...over })

/** Returns the gates as `name` or `name: CODE CODE`, for those with faults. */
async function told(repo: Repo, over: Partial<GateRequest> = {}): Promise<string[]> {
  const gates = await gatesOf(repo, over)
  return gates.map(({ name, ok, faults }) =>
    [`${name} ${ok ? 'ok' : 'FAILED'}`, ...new Set(faults.map(({ code }) => code))].join(' '),
  )
}

const SOUND = ['registry ok', 'changelog ok', 'log ok', 'pin ok']

t.test('a sound home passes all of them', async t => {
  const repo = makeRepo(t)
  t.strictSame(await told(repo), SOUND)
  t.strictSame(await told(repo, { against: 'main' }), [...SOUND, 'against ok'])
  await sealAndPin(repo)
  t.strictSame(await told(repo, { pin: 'required' }), [...SOUND, 'drift ok'])
  t.ok((await gatesOf(repo)).every(({ ok }) => ok))
})

t.test('a file that is missing, or is none, fails its own gate', async t => {
  const repo = makeRepo(t)
  rmSync(repo.changelog)
  t.strictSame(await told(repo), ['registry ok', 'changelog FAILED SOURCE_MISSING', 'pin ok'])
  rmSync(repo.working)
  symlinkSync('README.md', repo.working)
  t.match(await told(repo, { against: 'main' }), [
    'registry FAILED SOURCE_NOT_A_FILE',
    'changelog FAILED SOURCE_MISSING',
    'pin ok',
    'against FAILED GATE_NOT_COMPARED',
  ])
})

t.test('all faults of a file are told, with their places', async t => {
  const repo = makeRepo(t)
  const text = readFileSync(repo.working, 'utf8')
  writeFileSync(repo.working, text.replace('"sandbox"', '"staging"').replace('"disabled"', '"DISABLED"'))
  writeFileSync(repo.changelog, '\n{}\n{')
  const [registry, changelog] = await gatesOf(repo)
  t.equal(registry!.faults.length, 2)
  t.match(registry!.faults[0], { file: 'infra/telemetry-registry.v2.json', line: 11, column: 11 })
  t.strictSame([...new Set(changelog!.faults.map(({ line }) => line))], [1, 2, 3])
})

t.test('the log has to lead to the registry, each line from where the one above ended', async t => {
  const repo = makeRepo(t)
  const after = logChange(repo, {})
  t.strictSame(await told(repo), ['registry ok', 'changelog ok', 'log FAILED LOG_WRONG_AFTER', 'pin ok'])
  writeFileSync(repo.working, after)
  t.strictSame(await told(repo), SOUND)
  const elsewhere = edit({ action: 'enable', repo: 'old' })
  writeFileSync(repo.changelog, `${readFileSync(repo.changelog, 'utf8')}${elsewhere.lines}`)
  writeFileSync(repo.working, elsewhere.bytes)
  const gate = (await gatesOf(repo))[2]
  t.match(gate, { name: 'log', ok: false, faults: [{ code: 'LOG_WRONG_BEFORE', line: 2 }] })
})

t.test('a line of old does not say where it led, and none of ours has to follow it', async t => {
  const repo = makeRepo(t)
  const old = '"action":"disable","owner":"acme","repo":"old","process":"infra-cli","schema_version":"2.0"'
  writeFileSync(repo.changelog, `{"timestamp":"2026-01-01T00:00:00Z",${old}}\n`)
  writeFileSync(repo.working, logChange(repo, {}))
  t.strictSame(await told(repo), SOUND)
})

t.test('the pin', async t => {
  t.test('is missed where it is required', async t => {
    const repo = makeRepo(t)
    t.match(await told(repo, { pin: 'required' }), { 3: 'pin FAILED POINTER_MISSING' })
    await sealAndPin(repo)
    editEntry(repo, entry => {
      entry.active_ref_known = 'unknown'
      entry.active_ref = { run_id: null, run_root: null, relpath: null, manifest_sha256: null }
    })
    t.strictSame(await told(repo), SOUND)
    t.match(await told(repo, { pin: 'required' }), { 3: 'pin FAILED POINTER_UNKNOWN' })
  })
  t.test('has to be sound wherever there is one', async t => {
    const repo = makeRepo(t)
    const { runId } = await sealAndPin(repo)
    damage(repo, runId)
    t.match(await told(repo), { 3: 'pin FAILED SEAL_DIGEST_MISMATCH' })
    writeFileSync(repo.pointer, '{')
    t.match(await told(repo), { 3: 'pin FAILED POINTER_NOT_JSON' })
  })
  t.test('that differs from the registry is a remark, and a fault where it is required', async t => {
    const repo = makeRepo(t)
    await sealAndPin(repo)
    writeFileSync(repo.working, logChange(repo, {}))
    t.match(await told(repo), { 4: 'drift ok GATE_DRIFT' })
    t.match(await told(repo, { pin: 'required' }), { 4: 'drift FAILED GATE_DRIFT' })
  })
  t.test('has to be what the log comes from', async t => {
    const repo = makeRepo(t)
    writeFileSync(repo.working, logChange(repo, {}))
    await sealAndPin(repo)
    writeFileSync(repo.working, bytesOf(editWorld()))
    writeFileSync(repo.changelog, '')
    t.match(await told(repo), { 4: 'drift FAILED GATE_DRIFT LOG_LINE_DELETED' })
  })
})

t.test('against an earlier state', async t => {
  const repo = makeRepo(t)
  await repo.run('register', 'acme/new', '--context', 'sandbox', ...REASON)
  const log = readFileSync(repo.changelog, 'utf8')
  const registry = readFileSync(repo.working, 'utf8')
  commitAll(repo.top, 'a change')
  repo.git('branch', 'base')
  await repo.run('disable', 'acme/app', ...REASON)
  t.match(await told(repo, { against: 'base' }), { 4: 'against ok' })

  const now = readFileSync(repo.changelog, 'utf8')
  const bends: Record<string, string> = {
    LOG_LINE_ALTERED: now.replace('a test', 'another'),
    LOG_LINE_DELETED: '',
  }
  for (const [code, text] of Object.entries(bends)) {
    writeFileSync(repo.changelog, text)
    const gates = await gatesOf(repo, { against: 'base' })
    t.match(gates.at(-1), { name: 'against', ok: false, faults: [{ code }] })
  }
  writeFileSync(repo.changelog, log)
  writeFileSync(repo.working, registry.replace('"production"', '"sandbox"'))
  const [fault] = (await gatesOf(repo, { against: 'base' })).at(-1)!.faults
  t.match(fault, { code: 'LOG_CHANGE_WITHOUT_LINE', file: 'infra/telemetry-registry.v2.json' })
  t.ok(fault!.line > 10, 'at the entry')
  await t.rejects(gatesOf(repo, { against: 'nowhere' }), { code: 'SOURCE_UNKNOWN_REF' })
  t.match(await told(repo, { top: null, against: 'base' }), { 4: 'against FAILED GATE_NO_REPOSITORY' })

  t.test('that had no registry, or a broken one', async t => {
    repo.git('switch', '--quiet', '--force', '--orphan', 'none')
    repo.git('commit', '--quiet', '--allow-empty', '--message', 'none')
    repo.git('switch', '--quiet', 'base')
    t.match(await told(repo, { against: 'none' }), { 4: 'against FAILED GATE_BASE_MISSING' })
    const broken = { registry: Buffer.from('{}\n'), changelog: Buffer.alloc(0) }
    const head = { registry: readFileSync(repo.working), changelog: readFileSync(repo.changelog) }
    const faults = checkPair(broken, head, { registry: 'r', changelog: 'l' }, 'base')
    t.match(faults, [{ code: 'unsupported_version', file: 'base:r' }])
    t.match(
      checkPair(
        head,
        { ...head, changelog: Buffer.concat([head.changelog, Buffer.from('{}\n')]) },
        { registry: 'r', changelog: 'l' },
        'b',
      ),
      [{ file: 'l', line: 2 }],
    )
  })
})

t.test('the index and a commit are judged like the working copy, with the pin that is in them', async t => {
  const repo = makeRepo(t)
  const { runId } = await sealAndPin(repo)
  commitAll(repo.top, 'sealed')
  const index = (): Partial<GateRequest> => ({ source: indexSource(repo.top, 'infra'), pin: 'required' })
  const head = async (): Promise<Partial<GateRequest>> => ({
    source: await commitSource(repo.top, 'infra', 'HEAD'),
    pin: 'required',
    against: 'main',
  })
  rmSync(join(repo.runs, runId), { recursive: true })
  writeFileSync(repo.working, 'nothing\n')
  t.strictSame(await told(repo, index()), [...SOUND, 'drift ok'])
  t.strictSame(await told(repo, await head()), [...SOUND, 'drift ok', 'against ok'])
  t.match(await told(repo), { 0: /registry FAILED/, 2: 'pin FAILED POINTER_RUN_MISSING' })

  repo.git('rm', '--quiet', '-r', '--cached', `infra/.codex/RUNS/${runId}/run.json`)
  t.match(await told(repo, index()), { 3: /pin FAILED SEAL_/ })
  repo.git('rm', '--quiet', '-r', '--cached', 'infra/.codex')
  t.match(await told(repo, index()), { 3: 'pin FAILED POINTER_RUN_MISSING' })
  repo.git('rm', '--quiet', '-r', '--cached', 'infra/registry')
  t.match(await told(repo, index()), { 3: 'pin FAILED POINTER_MISSING' })
  t.strictSame(
    await told(repo, await head()),
    [...SOUND, 'drift ok', 'against ok'],
    'the commit is what it was',
  )
})

t.test('a pin of an older run is no fault of the log', async t => {
  const repo = makeRepo(t)
  const { runId } = await sealAndPin(repo)
  writeFileSync(repo.working, logChange(repo, {}))
  await pin(repo, (await seal(repo)).runId)
  await pin(repo, runId)
  t.match(await told(repo), { 4: 'drift ok GATE_DRIFT' })
})
