// Power loss, in a model: the calls that the real code makes are recorded, and after each of them the lights go out.
// What was not flushed is then there, half there, zeros, or not there, in every combination; a folder that was not
// flushed has any part of its changes. Whatever comes up is the old state or the new one, and what was reported is
// kept. Leaving out any one flush must be noticed: otherwise either it or this test is of no use.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { renderPointer } from '../../src/publish/pointer-file.ts'
import { buildRun } from '../../src/publish/run-files.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'

type Op =
  | { readonly do: 'mkdir' | 'create'; readonly path: string }
  | { readonly do: 'write'; readonly path: string; readonly bytes: Buffer }
  | { readonly do: 'flush'; readonly path: string }
  | { readonly do: 'rename'; readonly path: string; readonly to: string }

/** `node:fs` that writes down, relative to `home`, what is done through it. */
async function recorder(home: string, ops: Op[]): Promise<Record<string, unknown>> {
  const fs = await import('node:fs')
  const names = new Map<number, string>()
  const at = (path: string): string => relative(home, path)
  return {
    ...fs,
    mkdirSync: (path: string) => {
      fs.mkdirSync(path)
      ops.push({ do: 'mkdir', path: at(path) })
    },
    openSync: (path: string, flags: number, mode?: number) => {
      const fd = fs.openSync(path, flags, mode)
      names.set(fd, at(path))
      if (flags & fs.constants.O_CREAT) ops.push({ do: 'create', path: at(path) })
      return fd
    },
    writeSync: (fd: number, bytes: Uint8Array, from: number) => {
      const count = fs.writeSync(fd, bytes, from)
      ops.push({ do: 'write', path: names.get(fd)!, bytes: Buffer.from(bytes.subarray(from, from + count)) })
      return count
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

/** A file or a folder: what it holds now, and what of that is safe. */
interface Node {
  kind: 'file' | 'folder'
  bytes: Buffer
  safeBytes: Buffer | null
  entries: Map<string, Node>
  safeEntries: Map<string, Node>
  /** Changes to the entries since the last flush, oldest first. */
  pending: { name: string; node: Node | null }[]
}

const newNode = (kind: Node['kind']): Node => ({
  kind,
  bytes: Buffer.alloc(0),
  safeBytes: null,
  entries: new Map(),
  safeEntries: new Map(),
  pending: [],
})

function find(root: Node, path: string): Node {
  let node = root
  for (const part of path === '' ? [] : path.split('/')) node = node.entries.get(part)!
  return node
}

function change(root: Node, path: string, node: Node | null): void {
  const parent = find(root, dirname(path) === '.' ? '' : dirname(path))
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (node === null) parent.entries.delete(name)
  else parent.entries.set(name, node)
  parent.pending.push({ name, node })
}

function apply(root: Node, op: Op): void {
  switch (op.do) {
    case 'mkdir':
      return change(root, op.path, newNode('folder'))
    case 'create':
      return change(root, op.path, newNode('file'))
    case 'write': {
      const file = find(root, op.path)
      file.bytes = Buffer.concat([file.bytes, op.bytes])
      return
    }
    case 'flush': {
      const node = find(root, op.path)
      node.safeBytes = node.bytes
      node.safeEntries = new Map(node.entries)
      node.pending = []
      return
    }
    case 'rename': {
      const node = find(root, op.path)
      // The name in the old folder going is never what breaks: it is left out of the choice, and gone at once.
      find(root, dirname(op.path)).entries.delete(op.path.slice(op.path.lastIndexOf('/') + 1))
      return change(root, op.to, node)
    }
  }
}

type Tree = Map<string, Buffer | null>

/** Returns every content of `node` that a power loss can leave, as paths below it to bytes, `null` for a folder. */
function survivors(node: Node): Tree[] {
  if (node.kind === 'file') {
    const zeros = Buffer.alloc(node.bytes.length)
    const half = node.bytes.subarray(0, node.bytes.length >> 1)
    const some = node.safeBytes === node.bytes ? [node.bytes] : [Buffer.alloc(0), half, zeros, node.bytes]
    return some.map(bytes => new Map([['', bytes]]))
  }
  const trees: Tree[] = []
  for (let mask = 0; mask < 1 << node.pending.length; mask += 1) {
    const entries = new Map(node.safeEntries)
    for (const [index, { name, node: child }] of node.pending.entries()) {
      if (!(mask & (1 << index))) continue
      if (child === null) entries.delete(name)
      else entries.set(name, child)
    }
    let partial: Tree[] = [new Map([['', null]])]
    for (const [name, child] of entries) {
      const below = survivors(child)
      partial = partial.flatMap(tree =>
        below.map(
          part => new Map([...tree, ...[...part].map(([path, bytes]) => [join(name, path), bytes] as const)]),
        ),
      )
    }
    trees.push(...partial)
  }
  return trees
}

interface Scene {
  /** What is safe before the first call. */
  readonly start: Tree
  readonly ops: readonly Op[]
  /** Judges what came up: the old state, the new one, or neither. */
  readonly judge: (tree: Tree) => 'old' | 'new' | 'broken'
}

function rootOf(start: Tree): Node {
  const root = newNode('folder')
  for (const [path, bytes] of [...start].sort(([a], [b]) => (a < b ? -1 : 1))) {
    change(root, path, newNode(bytes === null ? 'folder' : 'file'))
    const node = find(root, path)
    if (bytes !== null) node.bytes = bytes
  }
  const settle = (node: Node): void => {
    node.safeBytes = node.bytes
    node.safeEntries = new Map(node.entries)
    node.pending = []
    for (const child of node.entries.values()) settle(child)
  }
  settle(root)
  return root
}

/** Lets the power fail after each call and returns how many states came up, and which of them were wrong. */
function enumerate({ start, ops, judge }: Scene): { states: number; wrong: string[]; outcomes: Set<string> } {
  const root = rootOf(start)
  const wrong: string[] = []
  const outcomes = new Set<string>()
  let states = 0
  for (let done = 0; done <= ops.length; done += 1) {
    if (done > 0) apply(root, ops[done - 1]!)
    const reported = done === ops.length
    for (const tree of survivors(root)) {
      states += 1
      const outcome = judge(tree)
      outcomes.add(outcome)
      if (outcome === 'broken' || (reported && outcome === 'old')) wrong.push(`after ${done}: ${outcome}`)
    }
  }
  return { states, wrong, outcomes }
}

function bites(t: Test, scene: Scene): void {
  t.test('leaves the old state or the new one, and the new one once it is reported', async t => {
    const { states, wrong, outcomes } = enumerate(scene)
    t.strictSame(wrong, [])
    t.strictSame([...outcomes].sort(), ['new', 'old'])
    t.comment(`${scene.ops.length} calls, ${states} states, ${wrong.length} violations`)
  })
  t.test('and no flush is there for nothing', async t => {
    const flushes = scene.ops.flatMap((op, index) => (op.do === 'flush' ? [index] : []))
    t.ok(flushes.length >= 2)
    for (const left of flushes) {
      const { states, wrong } = enumerate({ ...scene, ops: scene.ops.filter((_, index) => index !== left) })
      const { path } = scene.ops[left]!
      t.ok(wrong.length > 0, `without flushing ${path || 'the home'}: ${wrong.length} of ${states} states`)
    }
  })
}

t.test('replacing a file', async t => {
  const home = t.testdir({ registry: { pointer: 'old content' }, '.codex': { STAGING: {} } })
  const ops: Op[] = []
  const { replaceFile } = await t.mockImport<typeof import('../../src/publish/disk.ts')>(
    '../../src/publish/disk.ts',
    {
      'node:fs': await recorder(home, ops),
    },
  )
  const path = 'registry/pointer'
  replaceFile(join(home, path), Buffer.from('the new content'), join(home, '.codex/STAGING/staged'))
  t.equal(readFileSync(join(home, path), 'utf8'), 'the new content')
  bites(t, {
    start: new Map<string, Buffer | null>([
      ['registry', null],
      [path, Buffer.from('old content')],
      ['.codex', null],
      ['.codex/STAGING', null],
    ]),
    ops,
    judge: tree => {
      const text = tree.get(path)?.toString()
      return text === 'old content' ? 'old' : text === 'the new content' ? 'new' : 'broken'
    },
  })
})

t.test('the first pointer', async t => {
  const home = t.testdir()
  const ops: Op[] = []
  const { writePointer } = await t.mockImport<typeof import('../../src/publish/pointer-file.ts')>(
    '../../src/publish/pointer-file.ts',
    { 'node:fs': await recorder(home, ops) },
  )
  const bytes = renderPointer(undefined, {
    registry_id: 'telemetry_registry',
    active_ref: { run_id: null, run_root: null, relpath: null, manifest_sha256: null },
    active_ref_known: 'unknown',
    active_asof_utc: 'unknown',
  })
  writePointer(home, bytes, undefined)
  const path = 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json'
  t.strictSame(readFileSync(join(home, path)), Buffer.from(bytes))
  bites(t, {
    start: new Map(),
    ops,
    judge: tree => {
      const found = tree.get(path)
      return found === undefined ? 'old' : found?.equals(bytes) ? 'new' : 'broken'
    },
  })
})

t.test('storing a run', async t => {
  const run = buildRun(
    {
      run_id: 'run-1',
      created_utc: '2026-08-09T10:15:00Z',
      run_type: 'seal_promotion',
      option: 'QA',
      operation_id: 'OP-QA12',
      git_commit: null,
      working_tree_state: null,
      inputs: {},
    },
    new Map([['deep/payload.json', Buffer.from('{}\n')]]),
  )
  const home = t.testdir()
  const ops: Op[] = []
  const { storeRun } = await t.mockImport<typeof import('../../src/publish/store-run.ts')>(
    '../../src/publish/store-run.ts',
    { 'node:fs': await recorder(home, ops) },
  )
  storeRun(home, run)
  const prefix = '.codex/RUNS/run-1'
  const seen = new Map<string, 'new' | 'broken'>()
  const judge = (tree: Tree): 'old' | 'new' | 'broken' => {
    if (!tree.has(prefix)) return 'old'
    const found = [...tree].filter(([path]) => path.startsWith(prefix))
    const key = found.map(([path, bytes]) => `${path}=${bytes?.toString('hex')}`).join('\n')
    const known = seen.get(key)
    if (known !== undefined) return known
    // The real reader, over real files.
    const disk = join(t.testdirName, 'after', 'run-1')
    rmSync(disk, { recursive: true, force: true })
    for (const [path, bytes] of found) {
      const at = join(disk, relative(prefix, path))
      if (bytes === null) mkdirSync(at, { recursive: true })
      else {
        mkdirSync(dirname(at), { recursive: true })
        writeFileSync(at, bytes)
      }
    }
    const verdict = checkSeal(readRunFolder(disk)).seal?.root === run.root ? 'new' : 'broken'
    seen.set(key, verdict)
    return verdict
  }
  t.match(ops.at(-2), { do: 'rename', to: prefix })
  bites(t, { start: new Map(), ops, judge })
})
