import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import type { LoadRequest } from '../../src/live/load.ts'
import { startLoader } from '../../src/live/loader.ts'
import { compileRegistry } from '../../src/registry/compile.ts'
import { LOAD_WORKER, registryText } from '../fixtures/service.ts'

/** A thread that does what the name of the file says. */
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ({ file }) => {
      if (file === 'exit') process.exit(7)
      if (file === 'throw') throw new Error('thrown in the thread')
      if (file === 'hang') for (;;);
      if (file.startsWith('/')) block(file)
      const leaving = file === 'answer, then leave'
      parentPort.postMessage({ result: { kind: 'unchanged', disk: file }, leaving })
      if (leaving) parentPort.close()
      if (file === 'answer, then exit') process.exit(0)
    })
    function block(pipe) {
      const { execFileSync } = process.getBuiltinModule('node:child_process')
      execFileSync('sh', ['-c', 'echo $$ > "$0"; exec sleep 60', pipe])
    }`)}`,
)

type FileRequest = Extract<LoadRequest, { kind: 'file' }>

const request = (file: string): FileRequest => ({
  kind: 'file',
  file,
  sha256: null,
  active: null,
  skip: null,
  look: null,
})

t.test('a registry is loaded in another thread', async t => {
  const loader = startLoader(LOAD_WORKER)
  t.teardown(() => loader.close())
  const text = registryText(1)
  const file = join(t.testdir({ 'registry.json': text }), 'registry.json')
  const loaded = await loader.load(request(file))
  t.match(loaded, { kind: 'loaded', revision: sha256(text), schemaVersion: '2.0' })
  const compiled = loaded.kind === 'loaded' ? loaded.compiled : null
  // Posted, not copied: what the other thread made is what is here.
  t.ok(compiled instanceof SharedArrayBuffer)
  t.strictSame(Buffer.from(compiled!), Buffer.from(compileRegistry(JSON.parse(text))))
  t.match(await loader.load({ ...request(file), active: sha256(text) }), { kind: 'unchanged' })
  t.match(await loader.load(request(`${file}x`)), { kind: 'refused', code: 'registry_missing' })
})

for (const [fault, detail] of [
  ['exit', /stopped with code 7/],
  ['throw', /thrown in the thread/],
] as const) {
  t.test(`a thread that ends during a load (${fault}) costs that load, and the next one works`, async t => {
    const loader = startLoader(script)
    t.teardown(() => loader.close())
    for (let i = 0; i < 3; i++) {
      t.match(await loader.load(request(fault)), { kind: 'refused', code: 'load_failed', detail, disk: null })
      t.strictSame(await loader.load(request('ok')), { kind: 'unchanged', disk: 'ok' })
    }
  })
}

t.test('a thread that hangs costs one load of the deadline, and the next one works', async t => {
  const deadlineMs = 3_000
  const loader = startLoader(script, { deadlineMs })
  t.teardown(() => loader.close())
  t.match(await loader.load(request('ok')), { kind: 'unchanged' })
  const began = performance.now()
  const detail = new RegExp(`no answer within ${deadlineMs} ms`)
  t.match(await loader.load(request('hang')), { code: 'load_failed', detail })
  const took = performance.now() - began
  t.ok(took >= deadlineMs - 5, `after ${took.toFixed(0)} ms`)
  t.strictSame(await loader.load(request('ok')), { kind: 'unchanged', disk: 'ok' })
})

for (const [fault, file, then] of [
  ['it exits', 'answer, then exit', null],
  ['it throws', 'ok', 'throw'],
] as const) {
  t.test(`a thread that ends between two loads (${fault}) is replaced before the next`, async t => {
    const started = once(process, 'worker') as Promise<[Worker]>
    const loader = startLoader(script, { deadlineMs: 5_000 })
    t.teardown(() => loader.close())
    const [worker] = await started
    // Unlike once(), which an error would reject: the end is what is waited for.
    const ended = new Promise(resolve => worker.on('exit', resolve))
    t.match(await loader.load(request(file)), { kind: 'unchanged' })
    // An error is told on its own way, and could be there before the answer.
    if (then !== null) worker.postMessage(request(then))
    await ended
    t.match(await loader.load(request('ok')), { kind: 'unchanged' })
  })
}

t.test('a thread that leaves is not asked again, though it is still there', async t => {
  const loader = startLoader(script, { deadlineMs: 5_000 })
  t.teardown(() => loader.close())
  for (let i = 0; i < 3; i++) {
    const left = await loader.load(request('answer, then leave'))
    t.strictSame(left, { kind: 'unchanged', disk: 'answer, then leave' })
    t.strictSame(await loader.load(request('ok')), { kind: 'unchanged', disk: 'ok' })
  }
})

t.test('a message that cannot be posted, or a thread that cannot start, is load_failed', async t => {
  const loader = startLoader(script)
  t.teardown(() => loader.close())
  t.match(await loader.load({ ...request('ok'), file: (() => '') as unknown as string }), {
    code: 'load_failed',
  })
  t.match(await loader.load(request('ok')), { kind: 'unchanged' })
  const lost = startLoader(new URL('./no-such-thread.ts', import.meta.url))
  t.teardown(() => lost.close())
  t.match(await lost.load(request('ok')), { code: 'load_failed' })
})

t.test('closing during a load ends it', async t => {
  const loader = startLoader(script)
  const load = loader.load(request('hang'))
  await loader.close()
  t.match(await load, { kind: 'refused', code: 'load_failed' })
  await loader.close()
})

t.test('closing ends a load also where its thread is stuck and cannot be ended', async t => {
  const pipe = join(t.testdir(), 'pipe')
  execFileSync('mkfifo', [pipe])
  const loader = startLoader(script, { deadlineMs: 15_000 })
  const load = loader.load(request(pipe))
  const child = Number(await readFile(pipe, 'utf8'))
  t.teardown(() => process.kill(child))
  await loader.close()
  t.match(await load, { kind: 'refused', code: 'load_failed', detail: 'The operation was aborted' })
})
