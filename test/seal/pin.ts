// From a home to verified bytes: what is served is what was pinned, every way in which it can be absent has its own
// name, and the working directory has no part in it.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { SealError } from '../../src/seal/fault.ts'
import { verifyPin, verifyPointerBytes } from '../../src/seal/pin.ts'
import { PointerError } from '../../src/seal/pointer-fault.ts'
import {
  hasVectors,
  PAYLOAD,
  pointerBytes,
  REGISTRY,
  RUN_ID,
  readJson,
  sealFiles,
  sealWorld,
  statedRoot,
  thrownCode,
  VECTORS,
  writeFolder,
} from '../fixtures/seal-world.ts'

t.test('a good pin', async t => {
  const { home, files, root, pointerPath } = sealWorld(t)
  const { pin, seal, payload, pointerDigest } = verifyPin(home, REGISTRY)
  t.match(pin, { registryId: REGISTRY, runId: RUN_ID, root, serial: 7, notes: 'first activation' })
  t.equal(payload, seal.files.get(PAYLOAD), 'the payload is the very buffer that was hashed')
  t.ok(files.get(PAYLOAD)!.equals(payload!))
  t.equal(pointerDigest, createHash('sha256').update(readFileSync(pointerPath)).digest('hex'))
  t.ok(Object.isFrozen(seal) && Object.isFrozen(pin))
  t.equal(
    verifyPin(relative(process.cwd(), home), REGISTRY).seal.root,
    root,
    'a relative home is the same home',
  )
})

t.test('a pin of a whole set has no payload', async t => {
  const world = sealWorld(t)
  world.pointer.pointers[0]!.active_ref.relpath = null
  world.writePointer()
  t.equal(verifyPin(world.home, REGISTRY).payload, null)
})

t.test('what is absent is named', async t => {
  const refusal = (act: () => unknown): PointerError | SealError => {
    try {
      act()
    } catch (error) {
      if (error instanceof PointerError || error instanceof SealError) return error
    }
    throw new Error('nothing was refused')
  }
  t.test('the home', async t => {
    t.equal(
      thrownCode(() => verifyPin(join(t.testdirName, 'nowhere'), REGISTRY)),
      'POINTER_HOME_MISSING',
    )
  })
  t.test('the pointer', async t => {
    const { home, pointerPath } = sealWorld(t)
    rmSync(pointerPath)
    const { code, message } = refusal(() => verifyPin(home, REGISTRY))
    t.equal(code, 'POINTER_MISSING')
    t.match(message, pointerPath)
  })
  t.test('the run', async t => {
    const { home, folder } = sealWorld(t)
    rmSync(folder, { recursive: true })
    const { code, message } = refusal(() => verifyPin(home, REGISTRY))
    t.equal(code, 'POINTER_RUN_MISSING')
    t.match(message, folder)
  })
  t.test('the file', async t => {
    const { home, folder } = sealWorld(t)
    rmSync(join(folder, PAYLOAD))
    const { code, faults } = refusal(() => verifyPin(home, REGISTRY))
    t.strictSame([code, faults.map(fault => fault.path)], ['SEAL_MISSING_FILE', [PAYLOAD]])
  })
  t.test('the file in the set', async t => {
    const world = sealWorld(t)
    world.pointer.pointers[0]!.active_ref.relpath = 'other.json'
    world.writePointer()
    const { code, message } = refusal(() => verifyPin(world.home, REGISTRY))
    t.equal(code, 'POINTER_RELPATH_UNLISTED')
    t.match(message, `${RUN_ID}/other.json`)
  })
  t.test('the manifest is no file of the set', async t => {
    const world = sealWorld(t)
    world.pointer.pointers[0]!.active_ref.relpath = 'manifest.json'
    world.writePointer()
    t.equal(
      thrownCode(() => verifyPin(world.home, REGISTRY)),
      'POINTER_RELPATH_UNLISTED',
    )
  })
})

t.test('a set that was sealed again under the same name is refused', async t => {
  const { home, folder } = sealWorld(t)
  const other = sealFiles({ payload: { [PAYLOAD]: '{\n  "a": 2\n}\n' } })
  rmSync(folder, { recursive: true })
  writeFolder(folder, other)
  t.throws(() => verifyPin(home, REGISTRY), {
    code: 'POINTER_ROOT_MISMATCH',
    faults: [{ got: statedRoot(other) }],
  })
})

t.test('links', async t => {
  t.test('out of the home are refused', async t => {
    const { home, folder } = sealWorld(t)
    const outside = `${home}.outside`
    t.teardown(() => rmSync(outside, { recursive: true, force: true }))
    renameSync(folder, outside)
    symlinkSync(outside, folder)
    t.equal(
      thrownCode(() => verifyPin(home, REGISTRY)),
      'POINTER_OUTSIDE_HOME',
    )
  })
  t.test('of a run to another run are refused', async t => {
    const { home, folder } = sealWorld(t)
    renameSync(folder, `${folder}.real`)
    symlinkSync(`${folder}.real`, folder)
    t.equal(
      thrownCode(() => verifyPin(home, REGISTRY)),
      'SEAL_SYMLINK',
    )
  })
  t.test('within the home, and to the home, are followed', async t => {
    const { home, root } = sealWorld(t)
    mkdirSync(join(home, 'v2'))
    renameSync(join(home, '.codex'), join(home, 'v2/.codex'))
    symlinkSync('v2/.codex', join(home, '.codex'))
    symlinkSync(home, `${home}.link`)
    t.teardown(() => rmSync(`${home}.link`))
    t.equal(verifyPin(`${home}.link`, REGISTRY).seal.root, root)
  })
  t.test('from the pointer are followed', async t => {
    const { home, root, pointerPath } = sealWorld(t)
    renameSync(pointerPath, `${pointerPath}.real`)
    symlinkSync(`${pointerPath}.real`, pointerPath)
    t.equal(verifyPin(home, REGISTRY).seal.root, root)
  })
})

t.test('the pointer file itself', async t => {
  const { home, pointerPath } = sealWorld(t)
  const code = () => thrownCode(() => verifyPin(home, REGISTRY))
  writeFileSync(pointerPath, Buffer.alloc(64 * 1024 + 1, 0x20))
  t.equal(code(), 'POINTER_TOO_LARGE')
  rmSync(pointerPath)
  mkdirSync(pointerPath)
  t.equal(code(), 'POINTER_NOT_A_FILE')
  rmSync(pointerPath, { recursive: true })
  t.equal(spawnSync('mkfifo', [pointerPath]).status, 0)
  t.equal(code(), 'POINTER_NOT_A_FILE', 'a fifo blocks nobody')
  rmSync(pointerPath)
  symlinkSync(pointerPath, pointerPath)
  t.equal(code(), 'POINTER_UNREADABLE', 'a loop')
})

interface Case {
  case: string
  ours: string
  pointer_file: unknown
}

const OUTCOMES: Record<string, readonly string[]> = {
  valid: ['served'],
  'valid shape, refused for serving': ['POINTER_FALSE'],
}

t.test('each pointer case gets its verdict, from any working directory', async t => {
  if (!hasVectors(t)) return
  const home = join(VECTORS, 'pointer_cases')
  const cases = readJson(join(home, 'cases.json')) as Case[]
  const outcomes = cases.map(({ pointer_file }) => {
    const bytes = pointerBytes(pointer_file)
    return thrownCode(() => verifyPointerBytes(home, bytes, 'run_registry')) ?? 'served'
  })
  for (const [index, { case: name, ours }] of cases.entries()) {
    const outcome = outcomes[index]!
    if (ours === 'INVALID')
      t.match(outcome, /^(?:SEAL|POINTER)_(?!UNKNOWN$|FALSE$)[A-Z0-9_]+$/, `${name}: ${outcome}`)
    else t.ok(OUTCOMES[ours]?.includes(outcome), `${name}: ${outcome}`)
  }
  t.equal(cases.length, 15)

  const pinUrl = pathToFileURL(join(import.meta.dirname, '../../src/seal/pin.ts')).href
  const script = `
    import { readFileSync } from 'node:fs'
    import { verifyPointerBytes } from ${JSON.stringify(pinUrl)}
    const cases = JSON.parse(readFileSync(${JSON.stringify(join(home, 'cases.json'))}, 'utf8'))
    const outcomes = cases.map(({ pointer_file }) => {
      const bytes = Buffer.from(JSON.stringify(pointer_file, null, 2) + '\\n')
      try {
        verifyPointerBytes(${JSON.stringify(home)}, bytes, 'run_registry')
        return 'served'
      } catch (error) {
        return error.code
      }
    })
    console.log(JSON.stringify(outcomes))`
  for (const cwd of ['/', home, t.testdir()]) {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd,
      encoding: 'utf8',
    })
    t.strictSame(
      JSON.parse(child.stdout || '[]'),
      outcomes,
      `from ${cwd === home ? 'the home' : 'elsewhere'}`,
    )
  }
  t.comment(`${cases.length} pointer cases`)
})

t.test('upstream’s own pointer shape is read', async t => {
  if (!hasVectors(t)) return
  const home = join(VECTORS, 'real_promotions_20260205')
  const bytes = readFileSync(join(VECTORS, '../facts/upstream_active_pointers_no_prose.json'))
  const outcome = (id: string): string => thrownCode(() => verifyPointerBytes(home, bytes, id)) ?? 'served'
  t.equal(outcome('expected_versions'), 'served')
  t.equal(outcome('fingerprint_index'), 'served')
  t.equal(outcome('system_health_report'), 'POINTER_UNKNOWN')
  t.equal(outcome('registry_delta_log'), 'POINTER_NOT_PINNED')
  t.equal(outcome('migration_ledger'), 'POINTER_RUN_MISSING')
})
