// The command line seen from outside: the real program, real files, real git, from the first seal to a rollback; each
// exit code; and refusals and dry runs, which leave every byte where it was.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { verifyPin } from '../../src/seal/pin.ts'
import {
  commitAll,
  damage,
  editEntry,
  git,
  type Home,
  homeAt,
  infra,
  infraHere,
  makeHome,
  notRun,
  PROGRAM,
  pointerEntry,
  REGISTRY_ID,
  type Said,
  seal,
  sealAndPin,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'
import { hasVectors, sealFiles, VECTORS, writeFolder } from '../fixtures/seal-world.ts'

/** Runs a verb with `--json` on the home, and reads the one document that it prints. */
function json(t: Test, home: Home, ...words: string[]) {
  const { code, stdout, stderr } = infra([...words, '--json'], { cwd: home.top })
  t.doesNotThrow(() => JSON.parse(stdout), `${words[0]} prints one document`)
  return { code, stderr, ...JSON.parse(stdout) }
}

t.test('from the first seal to a rollback', async t => {
  const home = makeHome(t, { git: true })
  const first = json(t, home, 'seal')
  t.match(first, { code: 0, stderr: '', change: null, dry_run: false })
  t.match(json(t, home, 'verify'), { code: 0, valid: true, verdicts: [{ root_sha256: first.root_sha256 }] })
  t.match(json(t, home, 'activate', first.run_id, '--reason', 'begin'), { code: 0, after: { serial: 1 } })
  commitAll(home.top, 'first')
  t.match(json(t, home, 'status'), {
    code: 0,
    pin: { run_id: first.run_id, serial: 1, valid: true },
    drift: { registry: false, changelog: false },
    activations: [{ serial: 1, notes: 'begin' }],
  })
  writeEntries(home, 4)
  t.match(json(t, home, 'status'), { code: 0, drift: { registry: true } })
  const second = json(t, home, 'seal')
  t.match(second, { code: 0, change: { entries: 3, removed: 0 } })
  t.match(json(t, home, 'activate', second.run_id, '--reason', 'grow', '--expect', first.root_sha256), {
    code: 0,
    changed: true,
    before: { serial: 1 },
    after: { serial: 2 },
  })
  commitAll(home.top, 'second')
  t.match(json(t, home, 'rollback', '--reason', 'back'), { after: { run_id: first.run_id, serial: 3 } })
  commitAll(home.top, 'third')
  t.match(json(t, home, 'rollback', '--to', second.run_id, '--reason', 'forth'), { after: { serial: 4 } })
  t.match(json(t, home, 'activate', second.run_id, '--reason', 'again'), { code: 0, changed: false })
  commitAll(home.top, 'fourth')
  const { activations, drift } = json(t, home, 'status')
  t.strictSame(
    activations.map(({ serial, notes }: { serial: number; notes: string }) => [serial, notes]),
    [
      [4, 'forth'],
      [3, 'back'],
      [2, 'grow'],
      [1, 'begin'],
    ],
  )
  t.strictSame(drift, { registry: false, changelog: false })
  t.match(json(t, home, 'verify'), { code: 0, valid: true, verdicts: { length: 4 } })
  t.equal(git(home.top, 'status', '--porcelain'), '', 'nothing but what was committed is there')

  t.test('and git can remove and restore the runs', async t => {
    const before = treeOf(home.runs)
    git(home.top, 'checkout', '--quiet', '--detach', 'HEAD~4')
    t.notOk(existsSync(home.runs))
    git(home.top, 'checkout', '--quiet', 'main')
    const contents = (tree: Map<string, string>) =>
      [...tree].map(([path, text]) => [path, text.split(' ')[1]])
    t.strictSame(contents(treeOf(home.runs)), contents(before))
    t.match(json(t, home, 'verify'), { code: 0, valid: true })
  })
})

t.test('a sealed run', async t => {
  const home = makeHome(t)
  const ids = [json(t, home, 'seal').run_id, json(t, home, 'seal').run_id]
  t.test('has read-only files', async t => {
    for (const name of readdirSync(join(home.runs, ids[0])))
      t.equal(statSync(join(home.runs, ids[0], name)).mode & 0o777, 0o444, name)
  })
  t.test('of one second is another run than the next', async t => {
    t.not(ids[0], ids[1])
    t.match(ids, [/^\d{4}-\d\d-\d\d__\d{6}__seal_telemetry_registry$/, /./])
  })
  t.test('has the same payload hashes as another of the same files', async t => {
    const hashes = ids.map(id =>
      JSON.parse(readFileSync(join(home.runs, id, 'manifest.json'), 'utf8'))
        .filter(({ relpath }: { relpath: string }) => relpath !== 'run.json')
        .map(({ sha256 }: { sha256: string }) => sha256),
    )
    t.equal(hashes[0].length, 2)
    t.strictSame(hashes[0], hashes[1])
  })
})

interface Refusal {
  readonly name: string
  readonly code: number
  readonly said: RegExp
  readonly words: (home: Home) => Promise<string[]> | string[]
  readonly count?: number
}

const activate = (runId: string, ...more: string[]): string[] => ['activate', runId, '--reason', 'x', ...more]

const REFUSALS: readonly Refusal[] = [
  { name: 'a run that is not there', code: 1, said: /POINTER_RUN_MISSING/, words: () => activate('nothing') },
  { name: 'a name that is a path', code: 1, said: /PUBLISH_BAD_RUN/, words: () => activate('../RUNS') },
  {
    name: 'an unsealed run',
    code: 1,
    said: /SEAL_NOT_A_SEAL/,
    words: home => {
      mkdirSync(join(home.runs, 'unsealed'), { recursive: true })
      cpSync(home.working, join(home.runs, 'unsealed/telemetry-registry.v2_snapshot.json'))
      return activate('unsealed')
    },
  },
  {
    name: 'a damaged run',
    code: 1,
    said: /SEAL_DIGEST_MISMATCH sha256 \(want [0-9a-f]{64}, got [0-9a-f]{64}\)/,
    words: async home => {
      const { runId } = await seal(home)
      damage(home, runId)
      return activate(runId)
    },
  },
  {
    name: 'a set that is no registry',
    code: 1,
    said: /PUBLISH_NOT_A_REGISTRY/,
    words: home => {
      writeFolder(join(home.runs, 'other'), sealFiles({ runId: 'other', payload: { x: '' } }))
      return activate('other')
    },
  },
  {
    name: 'a registry that breaks the rules',
    code: 1,
    said: /telemetry-registry\.v2_snapshot\.json:1:1 error/,
    words: home => {
      writeFolder(join(home.runs, 'broken'), sealFiles({ runId: 'broken' }))
      return activate('broken')
    },
  },
  {
    name: 'a mass change',
    code: 1,
    said: /PUBLISH_MASS_CHANGE/,
    count: 40,
    words: async home => {
      writeEntries(home, 5)
      const small = await seal(home)
      writeEntries(home, 40)
      await sealAndPin(home)
      return activate(small.runId)
    },
  },
  {
    name: 'sealing a mass change',
    code: 1,
    said: /PUBLISH_MASS_CHANGE.*--mass-change/,
    count: 40,
    words: async home => {
      await sealAndPin(home)
      writeEntries(home, 5)
      return ['seal']
    },
  },
  {
    name: 'another ROOT than the expected one',
    code: 4,
    said: /PUBLISH_CONFLICT/,
    words: async home => {
      await sealAndPin(home)
      return activate((await seal(home)).runId, '--expect', 'none')
    },
  },
  {
    name: 'a broken pointer',
    code: 1,
    said: /POINTER_NOT_JSON/,
    words: async home => {
      writeFileSync(home.pointer, '{"pointers":')
      return activate((await seal(home)).runId)
    },
  },
  {
    name: 'a rollback with nowhere to go',
    code: 1,
    said: /PUBLISH_NO_PREVIOUS/,
    words: async home => {
      await sealAndPin(home)
      return ['rollback', '--reason', 'x']
    },
  },
  {
    name: 'a seal without a changelog',
    code: 1,
    said: /PUBLISH_SOURCE_MISSING/,
    words: home => {
      rmSync(home.changelog)
      return ['seal']
    },
  },
  {
    name: 'a seal of a registry that breaks the rules',
    code: 1,
    said: /telemetry-registry\.v2\.json:\d+:\d+ error/,
    words: home => {
      writeFileSync(home.working, '{"schema_version":"2.0","orgs":{}}')
      return ['seal']
    },
  },
  { name: 'a verb that is none', code: 2, said: /Did you mean seal\?/, words: () => ['sael'] },
  {
    name: 'an option that is none',
    code: 2,
    said: /Did you mean --dry-run\?/,
    words: () => ['seal', '--dryrun'],
  },
  {
    name: 'a source that cannot be read',
    code: 3,
    said: /PUBLISH_SOURCE_UNREADABLE/,
    words: home => {
      rmSync(home.changelog)
      symlinkSync('nowhere', home.changelog)
      return ['seal']
    },
  },
  {
    name: 'a place that cannot be written',
    code: 3,
    said: /PUBLISH_WRITE_FAILED.*nothing was changed/,
    words: home => {
      writeFileSync(join(home.path, '.codex'), '')
      return ['seal']
    },
  },
]

t.test('a refusal leaves the tree byte for byte as it was:', async t => {
  for (const { name, code, said, words, count = 3 } of REFUSALS) {
    t.test(name, async t => {
      const home = makeHome(t, { count, git: true })
      const line = await words(home)
      const before = treeOf(home.top)
      const { code: got, stdout, stderr } = infra(line, { cwd: home.path })
      t.equal(got, code)
      t.equal(stdout, '', 'stdout is clean')
      t.match(stderr, said)
      t.strictSame(treeOf(home.top), before)
      if (code === 2) return
      const told = await infraHere([...line, '--json'], { cwd: home.path })
      t.equal(told.code, code)
      t.match(JSON.parse(told.stdout), { error: { code: /^[A-Z_a-z]+$/, faults: { length: 1 } } })
    })
  }
})

t.test('verbs that write', async t => {
  const home = makeHome(t, { git: true })
  const { runId } = await sealAndPin(home)
  await sealAndPin(home)
  const lines = [
    ['seal'],
    activate(runId),
    ['rollback', '--reason', 'x'],
    ['rollback', '--to', runId, '--reason', 'x'],
  ]
  t.test('write nothing with --dry-run', async t => {
    const before = treeOf(home.top)
    for (const words of lines) {
      const { code, stdout, stderr } = infra([...words, '--dry-run'], { cwd: home.path })
      t.match({ code, stdout, stderr }, { code: 0, stdout: /^would (?:seal|activate) /, stderr: '' })
      const { stdout: document } = await infraHere([...words, '-n', '--json', '--home', home.path])
      t.match(JSON.parse(document), { dry_run: true })
      t.strictSame(treeOf(home.top), before, `${words[0]} wrote nothing`)
    }
  })
  t.test('do so on a read-only tree, and say so when they are meant', async t => {
    const view = join(t.testdir({ view: {} }), 'view')
    const mount = spawnSync('sh', [
      '-c',
      'mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"',
      '-',
      home.top,
      view,
    ])
    if (mount.status !== 0) {
      spawnSync('umount', [view])
      return notRun(t, `no read-only mount (${mount.stderr})`)
    }
    try {
      const cwd = homeAt(view).path
      for (const words of lines) {
        t.match(infra([...words, '--dry-run'], { cwd }), { code: 0, stderr: '' }, `${words[0]} --dry-run`)
        t.match(
          infra(words, { cwd }),
          { code: 3, stdout: '', stderr: /PUBLISH_WRITE_FAILED.*EROFS/ },
          `${words[0]} may not be done`,
        )
      }
      for (const words of [['verify'], ['status']])
        t.match(infra(words, { cwd }), { code: 0, stderr: '' }, `${words[0]} may be done`)
    } finally {
      t.equal(spawnSync('umount', [view]).status, 0)
    }
  })
})

t.test('the home is found', async t => {
  const home = makeHome(t, { git: true })
  const { runId } = await sealAndPin(home)
  const said = (options: Parameters<typeof infra>[1], ...words: string[]): Said =>
    infra(['status', '--json', ...words], options)
  const found = ({ code, stdout }: Said) => [code, JSON.parse(stdout).pin.run_id]
  t.strictSame(found(said({ cwd: home.top })), [0, runId])
  t.strictSame(found(said({ cwd: join(home.runs, runId) })), [0, runId], 'from a sub-folder')
  t.strictSame(found(said({ cwd: '/' }, '--home', home.path)), [0, runId])
  t.strictSame(found(said({ cwd: home.top }, '--home', 'infra')), [0, runId])
  t.strictSame(found(said({ cwd: '/', env: { INFRA_HOME: home.path } })), [0, runId])
  t.match(infra(['status'], { cwd: '/' }), { code: 1, stderr: /HOME_MISSING.*--home or INFRA_HOME/ })
  t.match(infra(['status'], { cwd: home.top, env: { PATH: '/nowhere' } }), {
    code: 0,
    stdout: /activations {3}unknown/,
  })
})

t.test('help and version', async t => {
  for (const verb of ['seal', 'verify', 'activate', 'rollback', 'status']) {
    const said = await infraHere([verb, '--help'])
    t.match(said, { code: 0, stderr: '', stdout: new RegExp(`^Usage: infra ${verb} .*--json`, 's') })
  }
  t.match(infra(['seal', '--help']), { code: 0, stderr: '', stdout: /^Usage: infra seal / })
  t.match(infra(['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
})

t.test('output that nobody takes', async t => {
  const home = makeHome(t)
  const { runId } = await seal(home)
  t.test('is a failure when the disk behind it is full', { skip: !existsSync('/dev/full') }, async t => {
    const full = openSync('/dev/full', 'w')
    const { status } = spawnSync(process.execPath, [PROGRAM, ...activate(runId), '--home', home.path], {
      stdio: ['ignore', full, 'ignore'],
    })
    t.equal(status, 3)
    t.equal(pointerEntry(home).serial, 1, 'what was done is done')
  })
  t.test('is none when the reader went', async t => {
    const script = `"$1" "$2" verify --home "$3" | true; exit "\${PIPESTATUS[0]}"`
    const words = ['-c', script, '-', process.execPath, PROGRAM, home.path]
    const { status, stderr } = spawnSync('bash', words, { encoding: 'utf8' })
    t.strictSame([status, stderr], [0, ''])
  })
})

t.test('serials', async t => {
  const home = makeHome(t)
  const one = await sealAndPin(home)
  const two = await sealAndPin(home)
  const move = (...words: string[]) => json(t, home, ...words, '--reason', 'x')
  t.match(move('rollback'), { after: { run_id: one.runId, serial: 3 } })
  editEntry(home, entry => {
    entry.active_ref_known = false
  })
  t.match(json(t, home, 'status'), {
    code: 1,
    pin: { valid: false, faults: [/POINTER_FALSE/] },
    drift: { registry: null },
  })
  t.match(move('activate', two.runId), { before: null, after: { serial: 4 } })
  editEntry(home, entry => {
    entry.active_ref_known = 'unknown'
    entry.active_asof_utc = 'unknown'
    entry.active_ref = { run_id: null, run_root: null, relpath: null, manifest_sha256: null }
  })
  t.match(json(t, home, 'status'), { code: 1, pin: { faults: [/POINTER_UNKNOWN/] } })
  t.match(move('activate', one.runId), { before: null, after: { serial: 5 } })
})

t.test('a clone with core.autocrlf', async t => {
  const home = makeHome(t, { git: true })
  const { runId, root } = await sealAndPin(home)
  commitAll(home.top, 'sealed')
  const clone = (t: Test): Home => {
    const to = realpathSync(t.testdir())
    git(
      home.top,
      '-c',
      'core.autocrlf=true',
      'clone',
      '--quiet',
      '--config',
      'core.autocrlf=true',
      home.top,
      to,
    )
    t.equal(git(to, 'config', '--local', 'core.autocrlf').trim(), 'true')
    return homeAt(to)
  }
  await t.test('verifies where the attributes say that nothing is text', async t => {
    const good = clone(t)
    t.match(json(t, good, 'verify'), { code: 0, valid: true })
    t.equal(verifyPin(good.path, REGISTRY_ID).seal.root, root)
    t.strictSame(treeOf(join(good.runs, runId)).size, treeOf(join(home.runs, runId)).size)
  })
  await t.test('does not where they are gone, and is told what happened', async t => {
    rmSync(join(home.top, '.gitattributes'))
    commitAll(home.top, 'without attributes')
    const { code, stdout } = infra(['verify'], { cwd: clone(t).path })
    t.equal(code, 1)
    t.match(stdout, /warning: \.: SEAL_LINE_ENDINGS_CHANGED line endings changed .*-text in \.gitattributes/)
    t.match(stdout, /SEAL_SIZE_MISMATCH size \(want \d+ bytes, got \d+\)/)
  })
})

t.test('real folders', async t => {
  if (!hasVectors(t)) return
  const run = 'p1_20260204_001'
  const verify = (name: string) => infra(['verify', join(VECTORS, name), '--run-id', run])
  t.match(verify(run), { code: 0, stdout: /1f5f45f8[0-9a-f]+9631\n/ })
  const { code, stdout } = verify(`${run}__as_in_git_HEAD`)
  t.equal(code, 1)
  const count = (pattern: RegExp) => stdout.match(pattern)?.length ?? 0
  t.equal(count(/: SEAL_SIZE_MISMATCH size \(want \d+ bytes, got \d+\)$/gm), 5)
  t.equal(count(/: SEAL_DIGEST_MISMATCH sha256 \(want [0-9a-f]{64}, got [0-9a-f]{64}\)$/gm), 5)
  t.equal(count(/: SEAL_/g), 11, 'ten faults and the hint')
  t.equal(count(/SEAL_LINE_ENDINGS_CHANGED/g), 1)
})

t.test('a folder that nobody may write still has its mode afterwards', async t => {
  const home = makeHome(t)
  const { runId } = await sealAndPin(home)
  chmodSync(join(home.runs, runId), 0o555)
  const before = treeOf(join(home.runs, runId))
  t.match(json(t, home, 'seal'), { code: 0 })
  t.strictSame(treeOf(join(home.runs, runId)), before)
  chmodSync(join(home.runs, runId), 0o755)
})
