import { EventEmitter, once } from 'node:events'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ChokidarOptions, watch as chokidarWatch } from 'chokidar'
import t, { type Test } from 'tap'
import { startWatcher, type WatchOptions } from '../../src/live/watch.ts'

/** Stands for chokidar's watcher: says what the test says, and counts how often it is closed. */
class Fake extends EventEmitter {
  readonly paths: readonly string[]
  readonly options: ChokidarOptions
  closed = 0
  failsToClose = false

  constructor(paths: string | string[], options: ChokidarOptions) {
    super()
    this.paths = [paths].flat()
    this.options = options
  }

  async close(): Promise<void> {
    this.closed += 1
    if (this.failsToClose) throw new Error('cannot close')
  }
}

function world(t: Test, file: string, start?: (fake: Fake) => void) {
  const fakes: Fake[] = []
  const told: string[] = []
  let hints = 0
  const watch = ((paths: string | string[], options: ChokidarOptions) => {
    const fake = new Fake(paths, options)
    fakes.push(fake)
    start?.(fake)
    return fake
  }) as unknown as NonNullable<WatchOptions['watch']>
  const watcher = startWatcher({
    file,
    watch,
    onHint: () => {
      hints += 1
    },
    onState: (state, detail) => told.push(`${state}: ${detail}`),
  })
  t.teardown(() => watcher.close())
  return { watcher, fakes, told, hints: () => hints }
}

/** Time that passes when the test says so. */
function fakeClock(t: Test) {
  let now = 1_000_000
  t.intercept(Date, 'now', { value: () => now })
  return {
    tick(ms: number) {
      now += ms
    },
  }
}

t.test('chokidar is given the file, its folder and the folder above, and looks at nothing else', async t => {
  const dir = t.testdir({ home: { 'registry.json': '', neighbour: '' } })
  const file = join(dir, 'home', 'registry.json')
  const { watcher, fakes } = world(t, file)
  await watcher.refresh()
  t.equal(fakes.length, 1)
  const { paths, options } = fakes[0]!
  t.strictSame(new Set(paths), new Set([file, join(dir, 'home'), dir]))
  t.strictSame(Object.keys(options).sort(), ['depth', 'ignoreInitial', 'ignored'])
  t.match(options, { depth: 0, ignoreInitial: true })
  const ignored = options.ignored as (path: string) => boolean
  for (const path of paths) t.notOk(ignored(path), path)
  t.ok(ignored(join(dir, 'home', 'neighbour')))
  t.ok(ignored(join(dir, 'other')))
})

t.test('the folder of every symlink on the way is watched too', async t => {
  const dir = t.testdir({ a: { '..1': { 'r.json': '' } }, b: {}, c: {} })
  symlinkSync('..1', join(dir, 'a', '..data'))
  symlinkSync(join(dir, 'a'), join(dir, 'b', 'current'))
  symlinkSync('../b/current/..data/r.json', join(dir, 'c', 'r.json'))
  const { watcher, fakes } = world(t, join(dir, 'c', 'r.json'))
  await watcher.refresh()
  const { paths, options } = fakes[0]!
  for (const folder of ['c', 'b', 'a', 'a/..1']) t.ok(paths.includes(join(dir, folder)), folder)
  const ignored = options.ignored as (path: string) => boolean
  for (const name of ['c/r.json', 'b/current', 'a/..data', 'a/..1/r.json'])
    t.notOk(ignored(join(dir, name)), name)
})

t.test('a ring of symlinks ends, and a path that does not exist is watched from above', async t => {
  const dir = t.testdir({})
  symlinkSync('b', join(dir, 'a'))
  symlinkSync('a', join(dir, 'b'))
  const ring = world(t, join(dir, 'a', 'r.json'))
  await ring.watcher.refresh()
  t.ok(ring.fakes[0]!.paths.includes(dir))
  const absent = world(t, join(dir, 'no', 'r.json'))
  await absent.watcher.refresh()
  t.ok(absent.fakes[0]!.paths.includes(dir))
})

t.test('every event is a hint, cooked or raw, and so is ready', async t => {
  const { watcher, fakes, hints, told } = world(t, join(t.testdir({ 'r.json': '' }), 'r.json'))
  await watcher.refresh()
  const fake = fakes[0]!
  fake.emit('all', 'change', '/x')
  fake.emit('raw', 'rename', 'r.json', {})
  fake.emit('raw', 'rename', undefined, {})
  fake.emit('ready')
  t.equal(hints(), 4)
  fake.emit('raw', 'change', 'a-neighbour', {})
  t.equal(hints(), 4, 'but not those of a neighbour, which would only put off the look')
  t.strictSame(told, [], 'a first ready is no news')
})

t.test('it follows a folder or a symlink that is replaced, and only then', async t => {
  const dir = t.testdir({ live: { 'r.json': '1' }, next: { 'r.json': '2' } })
  const { watcher, fakes } = world(t, join(dir, 'live', 'r.json'))
  await watcher.refresh()
  await watcher.refresh()
  writeFileSync(join(dir, 'live', 'r.json'), '3')
  await watcher.refresh()
  t.equal(fakes.length, 1, 'another content is not another way')
  renameSync(join(dir, 'live'), join(dir, 'old'))
  renameSync(join(dir, 'next'), join(dir, 'live'))
  await Promise.all([watcher.refresh(), watcher.refresh(), watcher.refresh()])
  t.equal(fakes.length, 2)
  t.strictSame(
    fakes.map(({ closed }) => closed),
    [1, 0],
    'the old one is closed, once',
  )
})

t.test('a watcher that fails is degraded, told once, and set up again later and later', async t => {
  const clock = fakeClock(t)
  const { watcher, fakes, told, hints } = world(t, join(t.testdir({ 'r.json': '' }), 'r.json'))
  await watcher.refresh()
  fakes[0]!.emit('error', new Error('EMFILE'))
  fakes[0]!.emit('error', new Error('EMFILE again'))
  fakes[0]!.emit('ready')
  t.strictSame(told, ['degraded: EMFILE'], 'ready is said even so, and means nothing')
  t.equal(hints(), 0)
  fakes[0]!.emit('all', 'change', '/x')
  t.equal(hints(), 1, 'what it still says is heard')

  const delays: number[] = []
  for (let waited = 0; delays.length < 8; waited += 500) {
    const before = fakes.length
    await watcher.refresh()
    if (fakes.length > before) {
      delays.push(waited)
      waited = 0
      fakes.at(-1)!.emit('error', 'EMFILE')
    }
    clock.tick(500)
  }
  t.strictSame(
    delays.map(ms => Math.round(ms / 1000)),
    [1, 2, 4, 8, 16, 32, 60, 60],
  )

  clock.tick(60_000)
  await watcher.refresh()
  const last = fakes.at(-1)!
  t.equal(told.filter(line => line.startsWith('ok')).length, 0)
  last.emit('ready')
  t.equal(told.at(-1), 'ok: watching again')
  fakes.at(-2)!.emit('error', new Error('late'))
  t.equal(told.at(-1), 'ok: watching again', 'a watcher that was replaced has no say')
  t.ok(fakes.slice(0, -1).every(({ closed }) => closed === 1))
  last.emit('error', new Error('EMFILE'))
  const before = fakes.length
  clock.tick(1_000)
  await watcher.refresh()
  t.equal(fakes.length, before + 1, 'and the first delay is short again')
})

t.test('a watcher that cannot be made, or cannot be closed, is a failure like any other', async t => {
  const clock = fakeClock(t)
  const dir = t.testdir({ live: { 'r.json': '1' }, next: { 'r.json': '2' } })
  let broken = true
  const { watcher, fakes, told } = world(t, join(dir, 'live', 'r.json'), () => {
    if (broken) throw new Error('EMFILE')
  })
  await watcher.refresh()
  t.strictSame(told, ['degraded: EMFILE'])
  broken = false
  clock.tick(1_000)
  await watcher.refresh()
  fakes.at(-1)!.emit('ready')
  t.equal(told.at(-1), 'ok: watching again')
  fakes.at(-1)!.failsToClose = true
  renameSync(join(dir, 'live'), join(dir, 'old'))
  renameSync(join(dir, 'next'), join(dir, 'live'))
  await watcher.refresh()
  t.equal(told.at(-1), 'degraded: cannot close')
})

t.test('a watcher that says nothing harms nothing, and a closed one is not started again', async t => {
  const { watcher, fakes, told, hints } = world(t, join(t.testdir({ 'r.json': '' }), 'r.json'))
  const refreshing = watcher.refresh()
  await watcher.close()
  await refreshing
  await watcher.refresh()
  t.ok(fakes.every(({ closed }) => closed > 0))
  t.strictSame(told, [])
  t.equal(hints(), 0)
})

t.test('with the real chokidar, a file renamed into a swapped folder is hinted at', async t => {
  const dir = t.testdir({ live: { 'r.json': '1' } })
  const file = join(dir, 'live', 'r.json')
  const events = new EventEmitter()
  const watcher = startWatcher({
    file,
    watch: chokidarWatch,
    onHint: () => events.emit('hint'),
    onState: (state, detail) => t.fail(`${state}: ${detail}`),
  })
  t.teardown(() => watcher.close())
  await once(events, 'hint')
  for (let round = 0; round < 3; round++) {
    const next = join(dir, `next-${round}`)
    mkdirSync(next)
    writeFileSync(join(next, 'r.json'), String(round))
    const hint = once(events, 'hint', { signal: AbortSignal.timeout(5_000) })
    renameSync(dirname(file), join(dir, `old-${round}`))
    renameSync(next, dirname(file))
    await hint
    const ready = once(events, 'hint', { signal: AbortSignal.timeout(5_000) })
    await watcher.refresh()
    await ready
    t.pass(`round ${round}`)
  }
})
