import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import type { Transport } from '../../../src/server/meters.ts'
import type { Subject } from '../../../src/server/watch/scope.ts'
import { MAX_WATCHERS, type Watcher, Watchers } from '../../../src/server/watch/watchers.ts'
import { FakeLive, REPOS, registryText, snapshotOf } from '../../fixtures/server-world.ts'

const before = snapshotOf(registryText())
const otherText = snapshotOf(registryText(REPOS, 'another description'))
const otherEntry = snapshotOf(registryText({ ...REPOS, 'k/k': 'disabled production' }))

function world(max?: number) {
  const live = new FakeLive(before)
  const counted = { sse: 0, poll: 0, notified: 0 }
  const watchers = new Watchers({
    live,
    max,
    meter: {
      watching(transport, by) {
        counted[transport] += by
      },
      notified() {
        counted.notified += 1
      },
    },
  })
  const told: string[] = []
  const watch = (name: string, subject: Subject, transport: Transport = 'sse') => {
    const scope = watchers.scopeOf(subject)
    const watcher: Watcher & { tag: string } = {
      transport,
      scope,
      tag: scope.tag,
      slot: null,
      notify() {
        watcher.tag = scope.tag
        told.push(name)
      },
      due: () => told.push(`${name} is due`),
      end: () => told.push(`${name} ends`),
    }
    watchers.add(watcher, 60_000)
    return watcher
  }
  const take = async (): Promise<string[]> => {
    for (let i = 0; i < 5; i++) await nextTurn()
    return told.splice(0)
  }
  return { live, watchers, watch, take, counted }
}

t.test('who watches is told of what was asked, once, and of nothing else', async t => {
  const { live, watch, take, counted } = world()
  watch('all', { kind: 'revision' })
  watch('org', { kind: 'org', org: 'K' })
  watch('repo', { kind: 'repo', org: 'k', repo: 'K' }, 'poll')
  watch('other', { kind: 'org', org: 'beta_corp' })
  live.swap(before)
  t.strictSame(await take(), [], 'the same again')
  live.swap(otherText)
  t.strictSame(await take(), ['all'])
  live.swap(otherEntry)
  t.strictSame(await take(), ['all', 'org', 'repo'])
  live.swap(otherEntry)
  t.strictSame(await take(), [])
  t.strictSame(counted, { sse: 3, poll: 1, notified: 4 })
})

t.test('of several swaps in one turn only the last is told', async t => {
  const { live, watch, take } = world()
  watch('all', { kind: 'revision' })
  watch('repo', { kind: 'repo', org: 'k', repo: 'k' })
  live.swap(otherEntry)
  live.swap(otherText)
  t.strictSame(await take(), ['all'], 'the entry is as it was')
  live.swap(otherEntry)
  live.swap(before)
  live.swap(otherText)
  t.strictSame(await take(), [], 'there and back again')
})

t.test('a swap during a sweep is told to those that were already told, too', async t => {
  const { live, watch, take } = world()
  const first = watch('first', { kind: 'revision' })
  const slow = watch('slow', { kind: 'revision' })
  watch('last', { kind: 'revision' })
  const { notify } = slow
  Object.assign(slow, {
    notify() {
      notify()
      if (slow.tag === otherText.info.revision) live.swap(otherEntry)
    },
  })
  live.swap(otherText)
  t.strictSame(
    await take(),
    ['first', 'slow', 'last', 'first', 'slow'],
    'the last goes straight to the newest',
  )
  t.equal(first.tag, otherEntry.info.revision)
})

t.test('who comes between a swap and its sweep does not keep the news from the others', async t => {
  const { live, watch, take } = world()
  watch('early', { kind: 'revision' })
  live.swap(otherText)
  watch('late', { kind: 'revision' })
  t.strictSame(await take(), ['early'], 'and has seen it already')
})

t.test('who has gone is told nothing', async t => {
  const { live, watchers, watch, take, counted } = world()
  const gone = watch('gone', { kind: 'revision' })
  watchers.delete(gone)
  watchers.delete(gone)
  live.swap(otherText)
  t.strictSame(await take(), [])
  t.strictSame([watchers.count, counted], [0, { sse: 0, poll: 0, notified: 0 }])
})

t.test('all who watch the same share one scope, for as long as anybody does', async t => {
  const { watchers, watch } = world()
  const [a, b] = [watch('a', { kind: 'org', org: 'k' }), watch('b', { kind: 'org', org: 'K' })]
  t.equal(a.scope, b.scope)
  watchers.delete(a)
  t.equal(watchers.scopeOf({ kind: 'org', org: 'k' }), b.scope)
  watchers.delete(b)
  t.not(watchers.scopeOf({ kind: 'org', org: 'k' }), b.scope)
})

t.test('there is room for so many and no more', async t => {
  const { watchers, watch } = world(2)
  watch('a', { kind: 'revision' })
  t.equal(watchers.checkRoom(), undefined)
  const b = watch('b', { kind: 'info' }, 'poll')
  t.match(watchers.checkRoom(), { code: 'overloaded', detail: /^2 clients/ })
  watchers.delete(b)
  t.equal(watchers.checkRoom(), undefined)
  t.ok(MAX_WATCHERS > 10_000)
})

t.test('closing lets everybody go, and listens no more', async t => {
  const { live, watchers, watch, take } = world()
  watch('a', { kind: 'revision' })
  watch('b', { kind: 'info' }, 'poll')
  t.equal(watchers.closed, false)
  await watchers.close()
  t.equal(watchers.closed, true)
  t.strictSame(await take(), ['a ends', 'b ends'])
  live.swap(otherText)
  t.strictSame([await take(), live.listeners.size], [[], 0])
})
