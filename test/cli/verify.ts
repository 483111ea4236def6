// `infra verify`: every fault of every folder, what was wanted and what was got, and it changes nothing.

import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { delta } from '../fixtures/artifact-world.ts'
import { damage, editEntry, infraHere, makeHome, seal, sealAndPin, treeOf } from '../fixtures/home-world.ts'
import { editCatalog, makePromotionHome, packManifest, writeSource } from '../fixtures/promotion-world.ts'
import { sealFiles, writeFolder } from '../fixtures/seal-world.ts'

t.test('the whole text', async t => {
  const home = makeHome(t)
  const one = await sealAndPin(home)
  const two = await seal(home)
  damage(home, two.runId, 'infra-changelog_snapshot.jsonl')
  const before = treeOf(home.top)
  const { code, stdout, stderr } = await infraHere(['verify', '--home', home.path])
  const [, want, got] = /want ([0-9a-f]{64}), got ([0-9a-f]{64})/.exec(stdout) ?? []
  t.not(want, got)
  t.strictSame([code, stderr], [1, ''])
  t.equal(
    stdout,
    `valid    ${one.runId}  ${one.root}
INVALID  ${two.runId}
    infra-changelog_snapshot.jsonl: SEAL_DIGEST_MISMATCH sha256 (want ${want}, got ${got})
valid    registry/ACTIVE_REGISTRY_POINTERS_v0_1.json
valid    pin telemetry_registry  ${one.root}
3 valid, 1 invalid
`,
  )
  t.strictSame(treeOf(home.top), before)
})

t.test('folders that are named', async t => {
  const home = makeHome(t)
  const { runId, root } = await seal(home)
  const verify = (...words: string[]) => infraHere(['verify', ...words], { cwd: home.runs })
  t.match(await verify(runId), { code: 0, stdout: `valid    ${runId}  ${root}\n1 valid, 0 invalid\n` })
  t.match(await verify(runId, 'nothing'), { code: 1, stdout: /nothing\n +\.: SEAL_FOLDER_MISSING/ })
  t.test('may hold a copy of a run of another name', async t => {
    const { cpSync } = await import('node:fs')
    cpSync(join(home.runs, runId), join(home.runs, 'copy'), { recursive: true })
    t.match(await verify('copy'), { code: 1, stdout: /SEAL_RUN_ID_MISMATCH/ })
    t.match(await verify('copy', '--run-id', runId), { code: 0 })
  })
  t.test('are held to the rules of what they hold', async t => {
    writeFolder(join(home.runs, 'broken'), sealFiles({ runId: 'broken' }))
    const { code, stdout } = await verify('broken', '--json')
    t.equal(code, 1)
    t.match(JSON.parse(stdout), {
      valid: false,
      verdicts: [
        {
          path: 'broken',
          valid: false,
          readable: true,
          root_sha256: /^[0-9a-f]{64}$/,
          faults: [/:1:1 error/],
        },
      ],
    })
  })
  t.test('are shown with what a terminal obeys in quotes', async t => {
    const name = 'a\u001b[31mb'
    mkdirSync(join(home.runs, name))
    const { stdout } = await verify(name)
    t.match(stdout, 'INVALID  "a\\u001b[31mb"\n')
    t.notMatch(stdout, '\u001b')
  })
  t.test('get their remarks, valid or not', async t => {
    const files = sealFiles({
      runId: 'crlf',
      payload: { x: '' },
      list: text => text.replaceAll('\n', '\r\n'),
    })
    writeFolder(join(home.runs, 'crlf'), files)
    t.match(await verify('crlf'), { code: 0, stdout: /^ {4}warning: MANIFEST\.sha256: SEAL_LIST_CRLF/m })
  })
})

t.test('a home', async t => {
  t.test('without runs and pins has no fault', async t => {
    t.match(await infraHere(['verify', '--home', makeHome(t).path]), {
      code: 0,
      stdout: '0 valid, 0 invalid\n',
    })
  })
  t.test('with a broken pointer is invalid', async t => {
    const home = makeHome(t)
    await seal(home)
    writeFileSync(home.pointer, '{')
    t.match(await infraHere(['verify', '--home', home.path]), { code: 1, stdout: /POINTER_NOT_JSON/ })
  })
  t.test('with a pin to a run that is gone is invalid', async t => {
    const home = makeHome(t)
    const { runId } = await sealAndPin(home)
    rmSync(join(home.runs, runId), { recursive: true })
    t.match(await infraHere(['verify', '--home', home.path]), { code: 1, stdout: /POINTER_RUN_MISSING/ })
  })
  t.test('with a pin that is unknown or withdrawn is valid: it serves nothing', async t => {
    const home = makeHome(t)
    await sealAndPin(home)
    editEntry(home, entry => {
      entry.active_ref_known = false
    })
    const { code, stdout } = await infraHere(['verify', '--home', home.path])
    t.equal(code, 0)
    t.notMatch(stdout, 'pin telemetry_registry')
  })
})

t.test('what cannot be read is no verdict: it exits 3', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  const fs = await import('node:fs')
  const withFs = (over: object) =>
    t.mockImport<typeof import('../../src/cli/program.ts')>('../../src/cli/program.ts', {
      'node:fs': { ...fs, ...over },
    })
  const { runCli } = await withFs({
    readSync: () => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
    },
  })
  let out = ''
  const io = {
    out: (text: string) => (out += text),
    err: () => {},
    env: {},
    cwd: '/',
    now: () => new Date(0),
  }
  t.equal(await runCli(['verify', join(home.runs, runId), '--json'], '0', io), 3)
  t.match(JSON.parse(out), { verdicts: [{ valid: false, readable: false }] })
  out = ''
  t.equal(await runCli(['verify', '--home', home.path, '--json'], '0', io), 3)
  t.equal(await runCli(['activate', runId, '--reason', 'x', '--home', home.path], '0', io), 3)

  let size = 0
  const moving = await withFs({
    fstatSync: (descriptor: number) => Object.assign(fs.fstatSync(descriptor), { size: 1000 + size++ }),
  })
  out = ''
  t.equal(await moving.runCli(['verify', join(home.runs, runId), '--json'], '0', io), 3)
  const { verdicts } = JSON.parse(out)
  t.match(verdicts, [{ valid: false, readable: false, faults: [/SEAL_CHANGED_WHILE_READ/] }])
})

t.test('--schema', async t => {
  t.test('says which schema applies to which artifact of a home', async t => {
    const home = makePromotionHome(t)
    const { runId, root } = await sealAndPin(home)
    await infraHere(['promote', 'threshold_packs_file', '--home', home.path])
    const packs = readdirSync(home.runs).find(name => name.endsWith('seal_threshold_packs'))
    const before = treeOf(home.top)
    const { code, stdout, stderr } = await infraHere(['verify', '--schema', '--home', home.path])
    t.strictSame([code, stderr], [0, ''])
    t.equal(
      stdout.replace(/(seal_threshold_packs {2})[0-9a-f]{64}/, '$1<root>'),
      `valid    ${runId}  ${root}
    schema run-envelope: run.json
    schema manifest: manifest.json
    schema telemetry-registry.v2: telemetry-registry.v2_snapshot.json
valid    ${packs}  <root>
    schema run-envelope: run.json
    schema manifest: manifest.json
    schema REGISTRY_threshold_packs_file_v0_1: example_v1.json, plane_v2.json, regime_v1.json
valid    registry/ACTIVE_REGISTRY_POINTERS_v0_1.json
    schema pointers: registry/ACTIVE_REGISTRY_POINTERS_v0_1.json
valid    pin telemetry_registry  ${root}
valid    registry/REGISTRY_CATALOG_v0_1.json
    schema catalog: registry/REGISTRY_CATALOG_v0_1.json
5 valid, 0 invalid
`,
    )
    t.strictSame(treeOf(home.top), before, 'and changes nothing')
  })

  t.test('tells each violation with file, line and pointer, of a set that is soundly sealed', async t => {
    const home = makePromotionHome(t)
    const line = JSON.stringify({ ...delta, to_ref: { ...delta.to_ref, manifest_sha256: 'not-a-hash' } })
    const payload = { 'REGISTRY_DELTA_LOG_v0_1.jsonl': `${JSON.stringify(delta)}\n${line}\n` }
    writeFolder(join(home.runs, 'bad'), sealFiles({ runId: 'bad', payload }))
    t.match(
      await infraHere(['verify', 'bad'], { cwd: home.runs }),
      { code: 0 },
      'the seal alone says nothing',
    )
    const { code, stdout } = await infraHere(['verify', '--schema', 'bad'], { cwd: home.runs })
    t.equal(code, 1)
    const want = 'want string, pattern ^[a-f0-9]{64}$, got "not-a-hash"'
    t.match(stdout, `REGISTRY_DELTA_LOG_v0_1.jsonl:2:`)
    t.match(stdout, ` error bad_value /to_ref/manifest_sha256: ${want}\n`)
    const json = JSON.parse(
      (await infraHere(['verify', '--schema', 'bad', '--json'], { cwd: home.runs })).stdout,
    )
    t.match(json.verdicts, [{ registries: ['registry_delta_log'], schemas: [{ file: 'run.json' }, {}, {}] }])
  })

  t.test('judges what is not soundly sealed too, and says both', async t => {
    const home = makePromotionHome(t)
    await infraHere(['promote', 'migration_ledger', '--home', home.path])
    const [runId] = readdirSync(home.runs)
    const path = join(home.runs, runId!, 'applied_migrations_snapshot.json')
    chmodSync(path, 0o644)
    writeFileSync(path, '{"_version": 1}')
    const { code, stdout } = await infraHere(['verify', '--schema', '--home', home.path])
    t.equal(code, 1)
    for (const what of ['SEAL_DIGEST_MISMATCH', 'wrong_type /_version', 'missing_key /migrations'])
      t.match(stdout, what)
  })

  t.test('a promoted run that has lost its artifact, or is of another registry than it says', async t => {
    const home = makePromotionHome(t)
    const run = (text: string) =>
      text.replace('"run_type"', '"source_registry": "migration_ledger", "run_type"')
    writeFolder(join(home.runs, 'lost'), sealFiles({ runId: 'lost', payload: { 'x.txt': '' }, run }))
    const { code, stdout } = await infraHere(['verify', '--schema', 'lost'], { cwd: home.runs })
    t.equal(code, 1)
    t.match(stdout, 'applied_migrations_snapshot.json:1:1 error missing_file there is no such file\n')
  })

  t.test('a catalog or a pointer file that is wrong', async t => {
    const home = makePromotionHome(t)
    await sealAndPin(home)
    editCatalog(home, catalog => (catalog.registries[0].schema_id = 'REGISTRY_x'))
    const { code, stdout } = await infraHere(['verify', '--schema', '--home', home.path])
    t.equal(code, 1)
    t.match(
      stdout,
      /^INVALID {2}registry\/REGISTRY_CATALOG_v0_1\.json\n {4}.* error unknown_schema \/registries\/0\/schema_id/m,
    )
    t.match(await infraHere(['verify', '--home', home.path]), { code: 0 }, 'only when it is asked for')
    writeSource(home, 'registry/OPERATION_CATALOG_v0_1.json', '{}')
    t.match(await infraHere(['verify', '--schema', '--home', home.path]), {
      code: 1,
      stdout: /INVALID {2}registry\/OPERATION_CATALOG_v0_1\.json\n {4}LAYER_CATALOG_INVALID /,
    })
  })

  t.test('says so of a run that holds no artifact with a schema', async t => {
    const home = makePromotionHome(t)
    writeFolder(join(home.runs, 'other'), sealFiles({ runId: 'other', payload: { 'RUN.md': 'x' } }))
    const said = await infraHere(['verify', '--schema', 'other', '--json'], { cwd: home.runs })
    const schemas = [
      { file: 'run.json', schema: 'run-envelope' },
      { file: 'manifest.json', schema: 'manifest' },
    ]
    t.strictSame(JSON.parse(said.stdout).verdicts[0].registries, [])
    t.strictSame(JSON.parse(said.stdout).verdicts[0].schemas, schemas)
  })

  t.test('shows a few files of a collection, and how many more', async t => {
    const home = makePromotionHome(t)
    await infraHere(['promote', 'evidence_pack_registry', '--home', home.path])
    for (const run of ['p3', 'p4', 'p5']) {
      const pack = `reports/path1/evidence/runs/${run}/outputs/evidence_pack_v0_2`
      writeSource(home, `${pack}/manifest.json`, JSON.stringify(packManifest))
    }
    await infraHere(['promote', 'evidence_pack_registry', '--home', home.path])
    const { stdout } = await infraHere(['verify', '--schema', '--home', home.path])
    t.match(stdout, /schema REGISTRY_evidence_pack_v0_2: p1\S+, p2\S+, p1\S+\n/)
    t.match(stdout, /schema REGISTRY_evidence_pack_v0_2: p1\S+, p2\S+, p3\S+, and 3 more\n/)
  })
})
