// Many services asked: all of them, in their order, and no more at a time than is allowed.

import t from 'tap'
import { probeAll, type Target } from '../../src/manifest/probe.ts'
import { freePort, healthOf, sendHealth, serveHttp, serveSilence } from '../fixtures/health-world.ts'
import { pause } from '../fixtures/service.ts'

function target(service: string, port: number, more: Partial<Target> = {}): Target {
  const declared = { name: service, environment: 'prod' }
  return { service, host: 'lime', port, address: '127.0.0.1', declared, ...more }
}

t.test('each finding is of its target', async t => {
  const port = await serveHttp(t, (_request, response) => sendHealth(response, healthOf('press')))
  const targets = [
    target('press', port),
    target('mill', port),
    target('gone', await freePort()),
    target('lost', port, { address: null }),
  ]
  const findings = await probeAll(targets, { concurrency: 8, deadlineMs: 5_000 })
  t.strictSame(
    findings.map(({ target, state }) => [target.service, state]),
    [
      ['press', 'ready'],
      ['mill', 'wrong_identity'],
      ['gone', 'stopped'],
      ['lost', 'no_address'],
    ],
  )
  t.match(findings[0], { version: '1.4.0', detail: null, latencyMs: Number })
  t.match(findings[2], { version: null, since: null, latencyMs: null })
  t.strictSame(await probeAll([], { concurrency: 8, deadlineMs: 1 }), [])
})

t.test('200 services are asked, never more than the bound at a time', async t => {
  const BOUND = 16
  let waiting: (() => void)[] = []
  let left = 200
  let most = 0
  const port = await serveHttp(t, (_request, response) => {
    waiting.push(() => sendHealth(response, healthOf('press')))
    most = Math.max(most, waiting.length)
    if (waiting.length === Math.min(BOUND, left)) release()
  })
  // All that are allowed are here. One too many would come now.
  const release = async (): Promise<void> => {
    await pause(20)
    const answers = waiting
    left -= answers.length
    waiting = []
    for (const answer of answers) answer()
  }
  const targets = Array.from({ length: 200 }, (_, at) => target(`s${at}`, port))
  const progress: number[] = []
  const findings = await probeAll(targets, {
    concurrency: BOUND,
    deadlineMs: 20_000,
    onProgress: done => progress.push(done),
  })
  t.equal(most, BOUND, 'the bound was reached and kept')
  t.equal(left, 0)
  t.strictSame(
    findings.map(found => found.target.service),
    targets.map(({ service }) => service),
  )
  t.strictSame(
    progress,
    targets.map((_, at) => at + 1),
    'progress counts every one',
  )
})

t.test('one that hangs holds up nobody beside it', async t => {
  const hanging = await serveSilence(t)
  const port = await serveHttp(t, (_request, response) => sendHealth(response, healthOf('press')))
  const targets = [target('slow', hanging), ...Array.from({ length: 20 }, () => target('press', port))]
  const done: number[] = []
  const begun = performance.now()
  const findings = await probeAll(targets, {
    concurrency: 2,
    deadlineMs: 1_500,
    onProgress: () => done.push(performance.now() - begun),
  })
  t.strictSame([findings[0]!.state, findings[20]!.state], ['hanging', 'ready'])
  t.ok(done[19]! < 1_500 && done[20]! >= 1_499, 'it was the last')
})

t.test('an abort ends all of it', async t => {
  const hanging = await serveSilence(t)
  const controller = new AbortController()
  const targets = Array.from({ length: 5 }, () => target('slow', hanging))
  const probing = probeAll(targets, { concurrency: 2, deadlineMs: 60_000, signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.rejects(probing, { message: 'enough' })
})
