// The runbook's prohibited actions (its section 4) and error recovery (its section 5), as far as they concern promoted
// registries, verification, and a pointer that somebody edits by hand: the refusal, or the way back, of each.

import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { verifyPin } from '../../src/seal/pin.ts'
import { type Home, infraHere, nextSecond, pointerEntry, treeOf } from '../fixtures/home-world.ts'
import { makePromotionHome, writeSource } from '../fixtures/promotion-world.ts'
import { sealFiles, statedRoot, thrownCode, writeFolder } from '../fixtures/seal-world.ts'

const REGISTRY = 'migration_ledger'
const ARTIFACT = 'applied_migrations_snapshot.json'
const SOURCE = 'schema/applied_migrations.json'

const run = (home: Home, ...words: readonly string[]) => infraHere([...words, '--home', home.path])

async function promote(home: Home): Promise<string> {
  const { stdout } = await run(home, 'promote', REGISTRY, '--json')
  return JSON.parse(stdout).run_id
}

const activate = (home: Home, runId: string) =>
  run(home, 'activate', runId, '--registry', REGISTRY, '--reason', 'a test')

/** A home whose ledger is promoted and pinned. */
async function world(t: Test): Promise<{ home: Home; runId: string; artifact: string }> {
  const home = makePromotionHome(t)
  const runId = await promote(home)
  const { code, stderr } = await activate(home, runId)
  t.strictSame([code, stderr], [0, ''])
  t.match(pointerEntry(home, REGISTRY), {
    active_ref: { run_id: runId, relpath: ARTIFACT },
    active_ref_known: true,
  })
  t.match(await run(home, 'verify', '--schema'), { code: 0 })
  return { home, runId, artifact: join(home.runs, runId, ARTIFACT) }
}

function editByHand(home: Home, edit: (ref: Record<string, unknown>) => void): void {
  const file = JSON.parse(readFileSync(home.pointer, 'utf8'))
  edit(file.pointers.find((entry: { registry_id: string }) => entry.registry_id === REGISTRY).active_ref)
  writeFileSync(home.pointer, `${JSON.stringify(file, null, 2)}\n`)
}

function editSealed(path: string): void {
  chmodSync(path, 0o644)
  writeFileSync(path, readFileSync(path, 'utf8').replace('UNVERIFIED', 'VERIFIED'))
}

t.test('prohibited', async t => {
  t.test('editing a file of a run: it is read-only, and an edit is found', async t => {
    const { home, runId, artifact } = await world(t)
    for (const name of readdirSync(join(home.runs, runId)))
      t.equal(statSync(join(home.runs, runId, name)).mode & 0o222, 0, `${name} is read-only`)
    editSealed(artifact)
    const { code, stdout } = await run(home, 'verify')
    t.equal(code, 1)
    t.match(stdout, `${ARTIFACT}: SEAL_DIGEST_MISMATCH`)
    t.match(stdout, `INVALID  pin ${REGISTRY}`)
    t.match(await activate(home, runId), { code: 1, stderr: /SEAL_DIGEST_MISMATCH/ })
  })

  t.test('no command writes into a run that is there', async t => {
    const { home, runId } = await world(t)
    const before = treeOf(join(home.runs, runId))
    const second = await promote(home)
    await activate(home, second)
    await activate(home, runId)
    await run(home, 'verify', '--schema')
    t.strictSame(treeOf(join(home.runs, runId)), before)
  })

  t.test('deleting a run: the pin says that it is gone, and nothing takes its place', async t => {
    const { home, runId } = await world(t)
    await promote(home)
    rmSync(join(home.runs, runId), { recursive: true })
    const { code, stdout } = await run(home, 'verify')
    t.equal(code, 1)
    t.match(stdout, 'POINTER_RUN_MISSING')
    t.equal(
      thrownCode(() => verifyPin(home.path, REGISTRY)),
      'POINTER_RUN_MISSING',
    )
  })

  t.test('a pointer to what is not sealed, by hand and by command', async t => {
    const { home } = await world(t)
    const text = readFileSync(join(home.path, SOURCE), 'utf8')
    writeFolder(join(home.runs, 'loose'), new Map([[ARTIFACT, Buffer.from(text)]]))
    t.match(await activate(home, 'loose'), { code: 1, stderr: /SEAL_NOT_A_SEAL/ })
    editByHand(home, ref => {
      ref.run_id = 'loose'
    })
    t.match(await run(home, 'verify'), {
      code: 1,
      stdout: /INVALID {2}pin migration_ledger\n.*SEAL_NOT_A_SEAL/,
    })
  })

  t.test('a pointer that was not validated: another root, another file, another home', async t => {
    const bends: Readonly<Record<string, (ref: Record<string, unknown>) => void>> = {
      POINTER_ROOT_MISMATCH: ref => {
        ref.manifest_sha256 = 'ab'.repeat(32)
      },
      POINTER_BAD_DIGEST: ref => {
        ref.manifest_sha256 = 'not-a-hash'
      },
      POINTER_RELPATH_UNLISTED: ref => {
        ref.relpath = 'other.json'
      },
      POINTER_BAD_RELPATH: ref => {
        ref.relpath = '../x'
      },
      POINTER_BAD_RUN_ROOT: ref => {
        ref.run_root = '..'
      },
      POINTER_TRUE_WITHOUT_REF: ref => {
        ref.run_id = null
      },
    }
    for (const [code, bend] of Object.entries(bends)) {
      const { home } = await world(t)
      editByHand(home, bend)
      const said = await run(home, 'verify')
      t.equal(said.code, 1)
      t.match(said.stdout, code)
    }
  })

  t.test('a pointer to a sound run of another registry, or to another file of the right one', async t => {
    const { home } = await world(t)
    const { stdout } = await run(home, 'promote', 'expected_versions', '--json')
    const other = JSON.parse(stdout)
    t.match(await activate(home, other.run_id), { code: 1, stderr: /LAYER_INPUT_WRONG/ })
    const good = readFileSync(home.pointer)
    editByHand(home, ref => {
      ref.relpath = 'run.json'
    })
    t.match(await run(home, 'verify', '--schema'), { code: 1, stdout: /POINTER_BAD_RELPATH/ })
    writeFileSync(home.pointer, good)
    editByHand(home, ref => {
      ref.run_id = other.run_id
      ref.manifest_sha256 = other.root_sha256
      ref.relpath = null
    })
    t.match(await run(home, 'verify', '--schema'), { code: 1, stdout: /LAYER_INPUT_WRONG/ })
  })

  t.test('a pointer to a sound seal over what its schema refuses', async t => {
    const { home, runId } = await world(t)
    const payload = { [ARTIFACT]: '{"_version": 1, "migrations": []}' }
    const files = sealFiles({ runId: 'unsound', payload })
    writeFolder(join(home.runs, 'unsound'), files)
    t.match(await run(home, 'verify', join(home.runs, 'unsound')), { code: 0 }, 'it is sealed')
    const pointer = readFileSync(home.pointer)
    t.match(await activate(home, 'unsound'), { code: 1, stderr: /wrong_type/ })
    t.strictSame(readFileSync(home.pointer), pointer)
    t.equal(pointerEntry(home, REGISTRY).active_ref.run_id, runId)
    editByHand(home, ref => {
      ref.run_id = 'unsound'
      ref.manifest_sha256 = statedRoot(files)
    })
    t.match(await run(home, 'verify', '--schema'), { code: 1, stdout: /error wrong_type \/_version/ })
  })

  t.test('a run that is newer, or has a name that sorts later, is not the active one', async t => {
    const { home, runId } = await world(t)
    await promote(home)
    writeFolder(
      join(home.runs, 'zzz__seal_migration_ledger'),
      sealFiles({ runId: 'zzz__seal_migration_ledger' }),
    )
    t.equal(verifyPin(home.path, REGISTRY).pin.runId, runId)
    t.match(await run(home, 'verify'), { stdout: new RegExp(`^valid {4}pin ${REGISTRY} `, 'm') })
  })

  t.test('changing what is promoted: the source stays as it is, by a promotion and by a refusal', async t => {
    const { home } = await world(t)
    const before = treeOf(join(home.path, 'schema'))
    await promote(home)
    await run(home, 'promote', REGISTRY, '--source-run', 'x')
    t.strictSame(treeOf(join(home.path, 'schema')), before)
  })
})

t.test('recovery', async t => {
  t.test('a promotion that fails leaves no part of a run, and the next one begins anew', async t => {
    const { home } = await world(t)
    const good = readFileSync(join(home.path, SOURCE), 'utf8')
    const before = readdirSync(home.runs)
    writeSource(home, SOURCE, good.slice(0, -20))
    t.match(await run(home, 'promote', REGISTRY), { code: 1, stderr: /PROMOTE_SOURCE_INVALID/ })
    t.strictSame(readdirSync(home.runs), before)
    t.strictSame(readdirSync(join(home.path, '.codex/STAGING')), [])
    writeSource(home, SOURCE, good)
    t.match(await run(home, 'promote', REGISTRY), { code: 0 })
    t.equal(readdirSync(home.runs).length, before.length + 1)
  })

  t.test('a sealed run that does not verify is not mended: it is evidence, and another is made', async t => {
    const { home, runId, artifact } = await world(t)
    editSealed(artifact)
    const evidence = treeOf(join(home.runs, runId))
    const second = await promote(home)
    t.match(await activate(home, second), { code: 0 }, 'a damaged pin does not stand in the way')
    t.equal(verifyPin(home.path, REGISTRY).pin.runId, second)
    t.strictSame(treeOf(join(home.runs, runId)), evidence, 'the old one lies where it lay')
    const { code, stdout } = await run(home, 'verify', '--schema')
    t.equal(code, 1)
    t.match(stdout, `INVALID  ${runId}`)
    t.match(stdout, `valid    ${second}`)
  })

  t.test('a pointer that cannot be written stays as it was, and is written by the next attempt', async t => {
    const { home, runId } = await world(t)
    const second = await promote(home)
    const pointer = readFileSync(home.pointer)
    const fs = await import('node:fs')
    const renameSync = () => {
      throw Object.assign(new Error('EIO: i/o error, rename'), { code: 'EIO' })
    }
    const { runCli } = await t.mockImport<typeof import('../../src/cli/program.ts')>(
      '../../src/cli/program.ts',
      { 'node:fs': { ...fs, renameSync } },
    )
    let err = ''
    const io = { out: () => {}, err: (text: string) => (err += text), env: {}, cwd: '/', now: nextSecond }
    const words = ['activate', second, '--registry', REGISTRY, '--reason', 'a test', '--home', home.path]
    t.equal(await runCli(words, '0', io), 3)
    t.match(err, 'PUBLISH_WRITE_FAILED')
    t.strictSame(readFileSync(home.pointer), pointer)
    t.equal(verifyPin(home.path, REGISTRY).pin.runId, runId)
    t.match(await activate(home, second), { code: 0 })
    t.equal(verifyPin(home.path, REGISTRY).pin.runId, second)
  })

  t.test('an artifact that its schema no longer fits is told of, and nothing is mended', async t => {
    const { home } = await world(t)
    writeFolder(
      join(home.runs, 'old'),
      sealFiles({ runId: 'old', payload: { [ARTIFACT]: '{"_version": "0.9"}' } }),
    )
    const before = treeOf(home.top)
    t.match(await run(home, 'verify', '--schema'), { code: 1, stdout: /error missing_key \/migrations/ })
    t.strictSame(treeOf(home.top), before)
    t.ok(existsSync(join(home.runs, 'old')))
  })
})
