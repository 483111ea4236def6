import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { blobSha, type Digest, sha256 } from '../../src/core/digest.ts'
import { load } from '../../src/live/load.ts'
import { type FileRequest, loadFile } from '../../src/live/load-file.ts'
import type { LoadCode } from '../../src/live/load-result.ts'
import { type Look, stampFile } from '../../src/live/look.ts'
import { compileRegistry } from '../../src/registry/compile.ts'
import { MAX_REGISTRY_BYTES } from '../../src/seal/read-file.ts'
import { registryText } from '../fixtures/service.ts'

const text = registryText(1)

const MIB = 1024 * 1024

function ask(file: string, more: Partial<FileRequest> = {}) {
  return loadFile({ file, sha256: null, active: null, skip: null, look: null, ...more })
}

/** A reading long ago of what lies there now, by its stamp; by its digest, of something else. */
function lookAt(file: string, disk: Digest): Look {
  return { stamp: stampFile(file)!.text, disk, at: Date.now() - 1, tookMs: 1_000 }
}

t.test('a registry that keeps the rules is loaded, with what is known of its bytes', async t => {
  const file = join(t.testdir({ 'registry.json': text }), 'registry.json')
  const bytes = Buffer.from(text)
  t.strictSame(ask(file), {
    kind: 'loaded',
    compiled: compileRegistry(JSON.parse(text)),
    history: null,
    schemaVersion: '2.0',
    revision: sha256(bytes),
    blobSha: blobSha(bytes),
    bytes: bytes.byteLength,
    pin: null,
    pointer: null,
    change: null,
    massChange: false,
    look: null,
  })
})

t.test('what is served already is unchanged, whatever the pin says', async t => {
  const file = join(t.testdir({ 'registry.json': text }), 'registry.json')
  const active = sha256(text)
  const same = { kind: 'unchanged', disk: active, pointer: null, verified: true, look: null }
  t.strictSame(ask(file, { active }), same)
  t.strictSame(ask(file, { active, sha256: active }), same)
  t.match(ask(file, { active: sha256('another') }), { kind: 'loaded' })
})

t.test('bytes that are not the pinned ones are refused before they are parsed', async t => {
  const dir = t.testdir({ good: text, bad: 'not even JSON' })
  const pin = sha256(text)
  t.match(ask(join(dir, 'good'), { sha256: pin }), { kind: 'loaded' })
  t.match(ask(join(dir, 'good'), { sha256: sha256('another') }), { code: 'seal_invalid', disk: pin })
  t.match(ask(join(dir, 'bad'), { sha256: pin }), { code: 'seal_invalid', disk: sha256('not even JSON') })
})

t.test(
  'what cannot be served is refused with its code, and with what lies on disk if it could be read',
  async t => {
    const version = text.replace('"schema_version": "2.0"', '"schema_version": "3.0"')
    const violation = text.replace('"enabled"', '"maybe"')
    const dir = t.testdir({
      empty: '',
      truncated: text.slice(0, text.length / 2),
      version,
      violation,
      folder: {},
      crlf: text.replaceAll('\n', '\r\n'),
      twice: text + text,
      loop: t.fixture('symlink', 'loop'),
      dangling: t.fixture('symlink', 'nowhere'),
    })
    const rows: [name: string, code: LoadCode, disk: string | null][] = [
      ['absent', 'registry_missing', null],
      ['dangling', 'registry_missing', null],
      ['empty/below-a-file', 'registry_missing', null],
      ['loop', 'registry_unreadable', null],
      ['folder', 'registry_unreadable', null],
      ['empty', 'registry_invalid', ''],
      ['truncated', 'registry_invalid', text.slice(0, text.length / 2)],
      ['crlf', 'registry_invalid', text.replaceAll('\n', '\r\n')],
      ['twice', 'registry_invalid', text + text],
      ['violation', 'registry_invalid', violation],
      ['version', 'registry_version_unsupported', version],
    ]
    for (const [name, code, disk] of rows) {
      t.match(
        ask(join(dir, name)),
        { kind: 'refused', code, disk: disk === null ? null : sha256(disk) },
        name,
      )
    }
  },
)

t.test('a detail names the file and never the folders above it', async t => {
  const dir = t.testdir({ folder: {} })
  for (const name of ['absent', 'folder']) {
    const result = ask(join(dir, name))
    t.match(result, { detail: new RegExp(`^${name}: `) })
    t.notMatch(JSON.stringify(result), dir)
  }
})

t.test('what is not a regular file is refused at once, unread', async t => {
  const dir = t.testdir({})
  const fifo = join(dir, 'fifo')
  execFileSync('mkfifo', [fifo])
  symlinkSync('/dev/zero', join(dir, 'endless'))
  for (const file of [fifo, '/dev/zero', join(dir, 'endless')]) {
    const began = performance.now()
    t.match(ask(file), { code: 'registry_unreadable', detail: /not a regular file/ }, file)
    t.ok(performance.now() - began < 100, 'fast')
  }
})

t.test('a file that may not be read is refused', async t => {
  const file = join(t.testdir({ 'registry.json': text }), 'registry.json')
  chmodSync(file, 0)
  if (process.getuid?.() === 0) {
    // Root reads everything; a child that has given that up is the only honest way to ask.
    const script = `
      process.setgroups([]); process.setgid(65534); process.setuid(65534)
      const { loadFile } = await import(${JSON.stringify(new URL('../../src/live/load-file.ts', import.meta.url).href)})
      console.log(JSON.stringify(loadFile({ file: ${JSON.stringify(file)}, sha256: null, active: null, skip: null, look: null })))`
    const run = spawn(process.execPath, ['--input-type=module', '-e', script], { env: {} })
    let out = ''
    run.stdout.on('data', chunk => {
      out += chunk
    })
    await once(run, 'close')
    if (out === '') return t.pass('NOT TESTED: the source is out of reach of an unprivileged user here')
    return t.match(JSON.parse(out), { code: 'registry_unreadable', detail: /EACCES/ })
  }
  t.match(ask(file), { code: 'registry_unreadable', detail: /EACCES/ })
})

t.test('a file larger than the cap is refused without being read', async t => {
  const dir = t.testdir({ sparse: '' })
  const file = join(dir, 'sparse')
  for (const size of [MAX_REGISTRY_BYTES + 1, 10 * 1024 ** 3]) {
    truncateSync(file, size)
    const before = process.memoryUsage().rss
    const began = performance.now()
    t.match(ask(file), { code: 'registry_too_large', detail: new RegExp(`got ${size}\\)`), disk: null })
    t.ok(performance.now() - began < 100, 'fast')
    t.ok(process.memoryUsage().rss - before < 5 * 1024 ** 2, 'no memory taken')
  }
})

t.test('a file that changes while it is read is never put together from two contents', async t => {
  // Many pages, so that a read can meet a write half-way.
  const texts = [1, 2].map(manyRepos)
  const dir = t.testdir({ 'registry.json': texts[0]!, a: texts[0]!, b: texts[1]! })
  const file = join(dir, 'registry.json')
  const script = `
    const { openSync, readFileSync, writeSync } = require('node:fs')
    const texts = ['a', 'b'].map(name => readFileSync(name))
    const fd = openSync('registry.json', 'r+')
    console.log('writing')
    const clock = new Int32Array(new SharedArrayBuffer(4))
    for (let n = 0; ; n++) {
      writeSync(fd, texts[n % 2], 0, texts[n % 2].length, 0)
      Atomics.wait(clock, 0, 0, n % 64)
    }`
  const writer = spawn(process.execPath, ['-e', script], {
    cwd: dir,
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => writer.kill('SIGKILL'))
  await once(writer.stdout!, 'data')
  const seen = { loaded: 0, torn: 0, refused: 0 }
  const end = performance.now() + 2_000
  while (performance.now() < end) {
    const result = ask(file)
    if (result.kind !== 'loaded') seen.refused += 1
    else if (texts.some(one => sha256(one) === result.revision)) seen.loaded += 1
    else seen.torn += 1
    if (result.kind === 'refused') t.match(result, { code: 'registry_unreadable', detail: /changed while/ })
  }
  writer.kill('SIGKILL')
  await once(writer, 'exit')
  t.comment(JSON.stringify(seen))
  t.equal(seen.torn, 0)
  t.ok(seen.loaded + seen.refused >= 10, 'the dose')
  t.ok(seen.loaded > 0, 'between two writes it is loaded')
})

t.test('a write that is half-way done when it is looked at is not taken for its result', async t => {
  const [before, after] = [registryText(1), registryText(2)]
  const half = before.length >> 1
  const file = join(t.testdir({ 'registry.json': before }), 'registry.json')
  writeFileSync(file, after.slice(0, half) + before.slice(half))
  // Whatever the machine does meanwhile: the write was just now, and ends between the first look and the second.
  const { ctimeMs } = statSync(file)
  t.intercept(Date, 'now', { value: () => ctimeMs + 1 })
  const waits: number[] = []
  t.intercept(Atomics, 'wait', {
    value: (...[, , , ms]: Parameters<typeof Atomics.wait>) => {
      if (waits.push(Number(ms)) === 1) writeFileSync(file, after)
      return 'timed-out'
    },
  })
  t.match(ask(file), { kind: 'loaded', revision: sha256(after) })
  t.strictSame(waits, [10, 10], 'it looked twice, found something else, and looked twice again')
})

t.test('anything else that fails is load_failed, and never thrown', async t => {
  t.match(
    load({ kind: 'file', file: 7 as unknown as string, sha256: null, active: null, skip: null, look: null }),
    {
      code: 'load_failed',
      disk: null,
    },
  )
  const file = join(t.testdir({ 'registry.json': text }), 'registry.json')
  t.match(ask(`${file}\0`), { kind: 'refused', code: 'registry_unreadable' })
  t.match(ask(file, { sha256: 'A'.repeat(64) as Digest }), { code: 'seal_invalid' })
})

/** A valid registry of some 100 kB, of the same length for each `n`. */
function manyRepos(n: number): string {
  const document = JSON.parse(registryText(n))
  const { repos } = document.orgs.acme
  for (let i = 0; i < 600; i++) repos[`r${i}`] = repos.api
  return `${JSON.stringify(document, null, 2)}\n`
}

t.test('what was refused is read, and not judged again', async t => {
  const file = join(t.testdir({ bad: 'not even JSON' }), 'bad')
  const final = sha256('not even JSON')
  t.match(ask(file), { kind: 'refused', code: 'registry_invalid', final })
  t.match(ask(file, { sha256: sha256('another') }), { kind: 'refused', code: 'seal_invalid', final })
  t.strictSame(ask(file, { skip: final }), { kind: 'skipped', look: null })
  t.match(ask(file, { skip: sha256('another') }), { kind: 'refused' })
  t.match(ask(`${file}x`, { skip: final }), { kind: 'refused', code: 'registry_missing', final: null })
})

t.test('what was read a moment ago, and has the same stamp, is not read again', async t => {
  const file = join(t.testdir({ 'registry.json': text }), 'registry.json')
  const [active, other] = [sha256('what is served'), sha256('what was refused')]
  // Neither is what lies there: only by not reading it can it be taken for that.
  const look = lookAt(file, active)
  const lookAtRefused = lookAt(file, other)
  t.strictSame(ask(file, { active, look }), {
    kind: 'unchanged',
    disk: active,
    pointer: null,
    verified: false,
    look,
  })
  t.strictSame(ask(file, { active, look: lookAtRefused }), { kind: 'skipped', look: lookAtRefused })
  for (const stale of [{ at: 0 }, { stamp: 'another' }, { tookMs: 0 }]) {
    t.match(ask(file, { active, look: { ...look, ...stale } }), { kind: 'loaded', revision: sha256(text) })
  }
})

t.test('what has the same stamp for long is hashed again, and not kept', async t => {
  const long = registryText(10_000)
  const file = join(t.testdir({ 'registry.json': long }), 'registry.json')
  const look = { ...lookAt(file, sha256(long)), at: 0 }
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const measure = () => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  const request = { file, sha256: null, active: sha256(long), skip: null, look }
  t.match(loadFile(request, measure), { kind: 'unchanged', verified: true, look: null })
  t.ok(most < MIB, `${most} bytes were taken`)
  const other = { ...request, active: sha256('another'), skip: sha256(long) }
  t.match(loadFile(other, measure), { kind: 'skipped', look: null })
  t.ok(most < MIB, `${most} bytes were taken`)
  t.match(loadFile({ ...request, look: null }, measure), { kind: 'unchanged', verified: true })
  t.ok(most >= long.length, 'where nothing is known it is')
})

t.test('a reading of a file that has been still for a while is handed back', async t => {
  const file = join(t.testdir({ 'registry.json': text }), 'registry.json')
  t.equal(ask(file).look, null, 'of one that has just been written it is not')
  // No clock can be set on a file's own time of change: the one of the process is.
  const later = Date.now() + 3_600_000
  const now = Date.now
  t.teardown(() => {
    Date.now = now
  })
  Date.now = () => later
  const disk = sha256(text)
  for (const more of [{}, { active: disk }, { sha256: sha256('another') }, { skip: disk }]) {
    t.match(ask(file, more).look, { stamp: stampFile(file)!.text, disk, at: later }, JSON.stringify(more))
  }
})
