import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import {
  createMeters,
  LOAD_BOUNDS,
  LOAD_ENDS,
  OUTCOMES,
  openLoadMeter,
  openMeters,
  outcomeOf,
} from '../../src/server/meters.ts'
import { PROBLEMS } from '../../src/server/problems.ts'
import { registryText, snapshotOf } from '../fixtures/server-world.ts'

const countOf = (rows: readonly (readonly [string, number])[], name: string) =>
  rows.find(([key]) => key === name)![1]

t.test('nothing was counted yet, and everything that can be is there', async t => {
  const began = Date.now() / 1000
  const read = openMeters(createMeters(3), 2).read()
  t.strictSame(
    read.outcomes,
    OUTCOMES.map(name => [name, 0]),
  )
  t.strictSame(
    read.problems,
    Object.keys(PROBLEMS).map(name => [name, 0]),
  )
  t.strictSame(read.watching, [
    ['sse', 0],
    ['poll', 0],
  ])
  t.strictSame(
    read.loads.map(({ result, count, sumS }) => [result, count, sumS]),
    LOAD_ENDS.map(name => [name, 0, 0]),
  )
  t.strictSame(
    read.routes.map(({ route }) => route),
    ['other', 'waiting'],
  )
  t.ok(read.startedS < began && read.startedS > began - 3_600, 'the process was started a while ago')
  t.ok(read.residentBytes > 1e6 && read.heapUsedBytes > 1e6, 'and needs memory')
})

t.test('whoever reads gets the sum of all threads', async t => {
  const buffer = createMeters(3)
  const threads = [0, 1, 2].map(thread => openMeters(buffer, thread))
  for (const [n, meters] of threads.entries()) {
    for (let times = 0; times <= n; times += 1) {
      meters.resolved('disabled')
      meters.problem('overloaded')
      meters.notified()
      meters.watching('sse', 1)
      meters.route('/repos').observe(200, 1)
    }
    meters.sample({ meanMs: 10 * n, maxMs: 100 - n })
  }
  threads[1]!.watching('sse', -1)
  for (const meters of threads) {
    const read = meters.read()
    t.equal(countOf(read.outcomes, 'disabled'), 6)
    t.equal(countOf(read.outcomes, 'enabled'), 0)
    t.equal(countOf(read.problems, 'overloaded'), 6)
    t.equal(read.notified, 6)
    t.equal(countOf(read.watching, 'sse'), 5)
    t.match(read.routes.at(-1), { route: '/repos', classes: [{ count: 6, sumS: 6 }] })
    t.strictSame([read.lagMeanS, read.lagMaxS], [0.02, 0.1], 'of the loops, the one that is latest')
  }
})

t.test('another thread writes into the same buffer', async t => {
  const buffer = createMeters(2)
  const meters = openMeters(buffer, 0)
  meters.resolved('enabled')
  const script = `
    const { workerData } = require('node:worker_threads')
    import(${JSON.stringify(new URL('../../src/server/meters.ts', import.meta.url).href)}).then(({ openMeters }) => {
      const meters = openMeters(workerData, 1)
      for (let n = 0; n < 1000; n += 1) meters.resolved('enabled')
    })`
  const worker = new Worker(script, { eval: true, workerData: buffer })
  for (let n = 0; n < 500; n += 1) meters.resolved('enabled')
  await once(worker, 'exit')
  t.equal(countOf(meters.read().outcomes, 'enabled'), 1501)
})

t.test('a thread that takes the place of another goes on counting, and keeps nobody waiting', async t => {
  const buffer = createMeters(1)
  const first = openMeters(buffer, 0)
  first.resolved('enabled')
  first.watching('poll', 1)
  first.notified()
  first.route('/repos').observe(200, 1)
  const second = openMeters(buffer, 0)
  second.route('/repos').observe(200, 1)
  const read = second.read()
  t.equal(countOf(read.outcomes, 'enabled'), 1)
  t.equal(read.notified, 1)
  t.match(read.routes.at(-1), { classes: [{ count: 2 }] })
  t.equal(countOf(read.watching, 'poll'), 0)
})

t.test('a route is asked for by name and has one meter', async t => {
  const meters = openMeters(createMeters(1), 0)
  t.equal(meters.route('/repos'), meters.route('/repos'))
  t.not(meters.route('/repos'), meters.route('/orgs'))
  t.throws(() => {
    for (let n = 0; n < 100; n += 1) meters.route(`/${n}`)
  }, /more than 64 routes/)
})

t.test('a thread without a row is refused', async t => {
  for (const thread of [-1, 2, 0.5])
    t.throws(() => openMeters(createMeters(2), thread), { name: 'RangeError' })
})

t.test('a load lies in the first bucket whose bound it does not pass', async t => {
  const buffer = createMeters(1)
  const loaded = openLoadMeter(buffer)
  loaded('activated', 0.5)
  loaded('activated', 1)
  loaded('refused', 170_000)
  loaded('unchanged', 30)
  const { loads } = openMeters(buffer, 0).read()
  t.match(loads, [
    { result: 'activated', count: 2, sumS: 0.0015 },
    { result: 'unchanged', count: 1, sumS: 0.03 },
    { result: 'refused', count: 1, sumS: 170 },
  ])
  const [activated, unchanged, refused] = loads.map(({ cumulative }) => cumulative)
  t.strictSame(
    activated,
    [...LOAD_BOUNDS, Infinity].map(() => 2),
  )
  t.strictSame(
    unchanged,
    [...LOAD_BOUNDS, Infinity].map(bound => Number(bound > 0.025)),
  )
  t.strictSame(
    refused,
    [...LOAD_BOUNDS, Infinity].map(bound => Number(bound === Infinity)),
  )
})

t.test('an outcome is what the caller would make of a look-up', async t => {
  const snapshot = snapshotOf(registryText())
  for (const [org, repo, outcome] of [
    ['Acme-Works', 'app', 'enabled'],
    ['Acme-Works', 'old', 'disabled'],
    ['Acme-Works', 'none', 'repo_not_registered'],
    ['nobody', 'app', 'org_not_registered'],
  ] as const)
    t.equal(outcomeOf(snapshot.resolve(org, repo)), outcome)
})
