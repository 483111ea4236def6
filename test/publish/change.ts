// The pair of registry and log: what one change makes of it, and that an interrupted one is mended by the next. Power
// loss is enumerated in a model of the real calls.

import {
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { blobSha } from '../../src/core/digest.ts'
import { type Change, changePair, type Pair, planChange, readPair } from '../../src/publish/change.ts'
import { withLock } from '../../src/publish/lock.ts'
import { planRecovery } from '../../src/publish/recovery.ts'
import { edit, editWorld } from '../fixtures/edit-world.ts'
import { type Home, homeAt, treeOf } from '../fixtures/home-world.ts'
import { bytesOf } from '../fixtures/registry-world.ts'

const OLD = bytesOf(editWorld())
const first = edit({})
const NEW = Buffer.from(first.bytes)
const LINE = Buffer.from(first.lines)
const change: Change = { registry: NEW, lines: LINE }
const legacy = Buffer.from(
  '{"timestamp":"2026-01-01T00:00:00Z","action":"disable","owner":"acme","repo":"old","process":"infra-cli","schema_version":"2.0"}\n',
)

function makePair(t: Test, registry: Uint8Array = OLD, changelog: Uint8Array = legacy): Home {
  const home = homeAt(t.testdir({ infra: { changelog: {} } }))
  writeFileSync(home.working, registry)
  writeFileSync(home.changelog, changelog)
  return home
}

const pairOf = (home: Home): string[] => [
  readFileSync(home.working, 'utf8'),
  readFileSync(home.changelog, 'utf8'),
]
const text = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString()

t.test('a change', async t => {
  t.test('puts the registry in place and the lines at the end of the log', async t => {
    const home = makePair(t)
    const seen: Pair[] = []
    const { decision, recovered } = await changePair(home.path, pair => {
      seen.push(pair)
      return change
    })
    t.strictSame([decision, recovered], [change, null])
    t.strictSame(pairOf(home), [text(NEW), text(legacy, LINE)])
    t.match(seen, [{ registry: OLD, changelog: legacy }])
    t.strictSame(readdirSync(join(home.path, '.codex/STAGING')), [], 'nothing is left beside')
    t.strictSame(readPair(home.path), { registry: NEW, changelog: Buffer.concat([legacy, LINE]) })
  })

  t.test('is made to what lies there, whatever was known of it before', async t => {
    const home = makePair(t)
    const known = readFileSync(home.working)
    t.equal(readPair(home.path, known).registry, known, 'what is the same is not read again')
    writeFileSync(home.working, NEW)
    t.strictSame(readPair(home.path, known).registry, NEW)
    let got: Pair | undefined
    await changePair(
      home.path,
      pair => {
        got = pair
        return { registry: OLD, lines: LINE }
      },
      known,
    )
    t.strictSame(got?.registry, NEW)
  })

  t.test('is made to both as they were at one moment', async t => {
    const home = makePair(t)
    let written = false
    const files = await import('../../src/seal/read-file.ts')
    const { readPair: readBoth } = await t.mockImport<typeof import('../../src/publish/change.ts')>(
      '../../src/publish/change.ts',
      {
        '../../src/seal/read-file.ts': {
          ...files,
          readFileOnce: (path: string, max: number) => {
            // Somebody changes both after the registry was read, and before the log is.
            if (path === home.changelog && !written) {
              written = true
              writeFileSync(home.working, NEW)
              writeFileSync(home.changelog, text(legacy, LINE))
            }
            return files.readFileOnce(path, max)
          },
        },
      },
    )
    t.strictSame(readBoth(home.path, OLD), { registry: NEW, changelog: Buffer.concat([legacy, LINE]) })
    t.ok(written)
  })

  t.test('keeps the mode of the registry, whatever the umask is', async t => {
    const home = makePair(t)
    const umask = process.umask(0o077)
    t.teardown(() => process.umask(umask))
    for (const mode of [0o600, 0o644, 0o664, 0o755]) {
      chmodSync(home.working, mode)
      writeFileSync(home.working, OLD)
      writeFileSync(home.changelog, '')
      await changePair(home.path, () => change)
      t.equal(statSync(home.working).mode & 0o777, mode)
    }
  })

  t.test('that is not decided on changes nothing, not even what an earlier one left', async t => {
    const home = makePair(t, OLD, Buffer.concat([legacy, LINE.subarray(0, 40)]))
    const before = treeOf(home.top)
    await t.rejects(
      changePair(home.path, () => Promise.reject(new TypeError('no'))),
      { message: 'no' },
    )
    t.strictSame(treeOf(home.top), before)
  })

  t.test('waits for nobody: the second writer is told that there is another', async t => {
    const home = makePair(t)
    await withLock(home.path, async () => {
      await t.rejects(
        changePair(home.path, () => change),
        { code: 'PUBLISH_LOCKED' },
      )
      t.match(await planChange(home.path, () => change), { decision: change }, 'a plan needs no lock')
    })
    t.strictSame(pairOf(home), [text(OLD), text(legacy)])
  })

  t.test('needs both files, and files they are', async t => {
    const home = makePair(t)
    rmSync(home.changelog)
    await t.rejects(
      changePair(home.path, () => change),
      { code: 'PUBLISH_SOURCE_MISSING' },
    )
    writeFileSync(home.changelog, '')
    renameSync(home.working, `${home.working}.real`)
    symlinkSync(`${home.working}.real`, home.working)
    await t.rejects(
      changePair(home.path, () => change),
      { code: 'PUBLISH_SOURCE_UNREADABLE' },
    )
  })

  t.test('that cannot be written leaves both as they were', async t => {
    const fs = await import('node:fs')
    for (const name of ['renameSync', 'fsyncSync', 'writeSync']) {
      const home = makePair(t)
      const broken = () => {
        throw Object.assign(new Error(`${name} fails`), { code: 'EIO' })
      }
      let calls = 0
      const real = fs[name as 'fsyncSync'] as (...args: unknown[]) => unknown
      // The first write and flush are of the staged file, which has its own tests; these are of the log.
      const mock = (...args: unknown[]) => (name === 'renameSync' || calls++ === 0 ? broken() : real(...args))
      const { changePair: change2 } = await t.mockImport<typeof import('../../src/publish/change.ts')>(
        '../../src/publish/change.ts',
        { 'node:fs': { ...fs, [name]: mock } },
      )
      await t.rejects(
        change2(home.path, () => change),
        { code: 'PUBLISH_WRITE_FAILED' },
        name,
      )
      t.strictSame(pairOf(home), [text(OLD), text(legacy)], name)
      t.strictSame(readdirSync(join(home.path, '.codex/STAGING')), [])
    }
  })

  t.test('whose undoing fails too says so, and the next one cuts it off', async t => {
    const fs = await import('node:fs')
    const home = makePair(t)
    const fail = () => {
      throw new Error('the disk is gone')
    }
    const { changePair: change2 } = await t.mockImport<typeof import('../../src/publish/change.ts')>(
      '../../src/publish/change.ts',
      { 'node:fs': { ...fs, renameSync: fail, ftruncateSync: fail } },
    )
    await t.rejects(
      change2(home.path, () => change),
      { code: 'PUBLISH_WRITE_FAILED', message: /the next change cuts/ },
    )
    t.strictSame(pairOf(home), [text(OLD), text(legacy, LINE)])
    t.match(await changePair(home.path, () => change), { recovered: /cut off/ })
    t.strictSame(pairOf(home), [text(NEW), text(legacy, LINE)])
  })
})

t.test('what an interrupted change left', async t => {
  t.test('is mended in what a plan is shown, and by a change', async t => {
    const home = makePair(t, OLD, Buffer.concat([legacy, LINE]))
    const before = treeOf(home.top)
    const seen: string[] = []
    const decide = (pair: Pair) => {
      seen.push(text(pair.changelog))
      return change
    }
    t.match(await planChange(home.path, decide), { recovered: /cut off/ })
    t.strictSame(treeOf(home.top), before)
    t.match(await changePair(home.path, decide), { recovered: /cut off/ })
    t.strictSame(seen, [text(legacy), text(legacy)])
    t.strictSame(pairOf(home), [text(NEW), text(legacy, LINE)])
  })
})

type Op =
  | {
      readonly do: 'create' | 'write' | 'flush' | 'truncate'
      readonly path: string
      readonly bytes?: Buffer
      readonly size?: number
    }
  | { readonly do: 'rename'; readonly path: string; readonly to: string }

/** `node:fs` that writes down what is done through it, relative to `home`. */
async function recorder(home: string, ops: Op[]): Promise<Record<string, unknown>> {
  const fs = await import('node:fs')
  const names = new Map<number, string>()
  const at = (path: string): string => relative(home, path)
  return {
    ...fs,
    openSync: (path: string, flags: number, mode?: number) => {
      const fd = fs.openSync(path, flags, mode)
      names.set(fd, at(path))
      if (flags & fs.constants.O_CREAT) ops.push({ do: 'create', path: at(path) })
      return fd
    },
    writeSync: (fd: number, bytes: Uint8Array, from = 0) => {
      const count = fs.writeSync(fd, bytes, from)
      ops.push({ do: 'write', path: names.get(fd)!, bytes: Buffer.from(bytes.subarray(from, from + count)) })
      return count
    },
    ftruncateSync: (fd: number, size: number) => {
      fs.ftruncateSync(fd, size)
      ops.push({ do: 'truncate', path: names.get(fd)!, size })
    },
    fsyncSync: (fd: number) => {
      fs.fsyncSync(fd)
      ops.push({ do: 'flush', path: names.get(fd)! })
    },
    renameSync: (from: string, to: string) => {
      fs.renameSync(from, to)
      ops.push({ do: 'rename', path: at(from), to: at(to) })
    },
  }
}

interface Content {
  now: Buffer
  safe: Buffer
}

/** What a power loss can leave of a file: what was flushed, what was not, and everything between. */
function remainsOf({ now, safe }: Content): Buffer[] {
  if (now.equals(safe)) return [now]
  const shared = Math.min(now.byteLength, safe.byteLength)
  const added = now.subarray(shared)
  const zeros = Buffer.concat([now.subarray(0, shared), Buffer.alloc(added.byteLength)])
  const half = Buffer.concat([now.subarray(0, shared), added.subarray(0, added.byteLength >> 1)])
  const halfZeros = Buffer.concat([half, Buffer.alloc(added.byteLength - (added.byteLength >> 1))])
  // Where old bytes were cut off and new ones written in their place, a block of each.
  const from = now.findIndex((byte, at) => byte !== safe[at])
  const middle = from + ((now.byteLength - from) >> 1)
  const mixed = Buffer.concat([now.subarray(0, middle), safe.subarray(middle)])
  return [safe, half, zeros, halfZeros, ...(from === -1 ? [] : [mixed]), now]
}

const REGISTRY = 'telemetry-registry.v2.json'
const LOG = 'changelog/infra-changelog.jsonl'

/** Lets the power fail after each call, and returns how many pairs came up and what was wrong with them. */
function enumerate(
  start: { registry: Buffer; log: Buffer },
  ops: readonly Op[],
  states: Map<string, string>,
) {
  const log: Content = { now: start.log, safe: start.log }
  const old: Content = { now: start.registry, safe: start.registry }
  let staged: Content | undefined
  let renamed = false
  let durable = false
  const wrong: string[] = []
  let count = 0
  for (let done = 0; done <= ops.length; done += 1) {
    const op = ops[done - 1]
    const file = op?.path === LOG ? log : staged
    if (op?.do === 'create') staged = { now: Buffer.alloc(0), safe: Buffer.alloc(0) }
    if (op?.do === 'write') file!.now = Buffer.concat([file!.now, op.bytes!])
    if (op?.do === 'truncate') file!.now = file!.now.subarray(0, op.size)
    if (op?.do === 'flush' && op.path === '') durable = renamed
    else if (op?.do === 'flush' && file !== undefined) file.safe = file.now
    if (op?.do === 'rename') renamed = true
    const registries = [...(durable ? [] : remainsOf(old)), ...(renamed ? remainsOf(staged!) : [])]
    for (const registry of registries) {
      for (const remaining of remainsOf(log)) {
        count += 1
        const state = stateOf(registry, remaining)
        states.set(state, '')
        if (state === 'broken' || (done === ops.length && state !== 'new'))
          wrong.push(`after ${done}: ${state}`)
      }
    }
  }
  return { count, wrong }
}

/** Recovers a pair as the next command would, and judges it. */
function stateOf(registry: Buffer, log: Buffer): string {
  const known = registry.equals(OLD) ? 'old' : registry.equals(NEW) ? 'new' : 'broken'
  if (known === 'broken') return known
  try {
    const plan = planRecovery(log, blobSha(registry))
    const mended =
      plan === undefined
        ? log
        : Buffer.concat([log.subarray(0, plan.keep), Buffer.from(plan.addEnd ? '\n' : '')])
    const want = known === 'old' ? legacy : Buffer.concat([legacy, LINE])
    return mended.equals(want) ? known : 'broken'
  } catch {
    return 'broken'
  }
}

t.test('power loss', async t => {
  for (const [what, left] of [
    ['during a change', legacy],
    [
      'during a change that mends another',
      Buffer.concat([legacy, Buffer.from(edit({ repo: 'another' }).lines)]),
    ],
  ] as const) {
    t.test(what, async t => {
      const home = makePair(t, OLD, left)
      const ops: Op[] = []
      const mocks = { 'node:fs': await recorder(home.path, ops) }
      const disk = await t.mockImport<typeof import('../../src/publish/disk.ts')>(
        '../../src/publish/disk.ts',
        mocks,
      )
      const { changePair: recorded } = await t.mockImport<typeof import('../../src/publish/change.ts')>(
        '../../src/publish/change.ts',
        { ...mocks, '../../src/publish/disk.ts': disk },
      )
      await recorded(home.path, () => change)
      t.strictSame(pairOf(home), [text(NEW), text(legacy, LINE)])
      t.match(ops.at(-2), { do: 'rename', to: REGISTRY })
      const states = new Map<string, string>()
      const { count, wrong } = enumerate({ registry: OLD, log: left }, ops, states)
      t.strictSame(wrong, [])
      t.strictSame([...states.keys()].sort(), ['new', 'old'])
      t.comment(`${ops.length} calls, ${count} pairs, ${wrong.length} violations`)
      const flushes = ops.flatMap((op, at) => (op.do === 'flush' ? [at] : []))
      t.ok(flushes.length >= 3)
      for (const leftOut of flushes) {
        const without = enumerate(
          { registry: OLD, log: left },
          ops.filter((_, at) => at !== leftOut),
          new Map(),
        )
        const { path } = ops[leftOut]!
        t.ok(
          without.wrong.length > 0,
          `without flushing ${path || 'the home'}: ${without.wrong.length} of ${without.count}`,
        )
      }
    })
  }
})
