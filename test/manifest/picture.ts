import t from 'tap'
import { buildPicture, isAllUp } from '../../src/manifest/picture.ts'
import { findingOf, NOW, PICTURE } from '../fixtures/picture-world.ts'

const later = (s: number): Date => new Date(NOW.getTime() + s * 1_000)

t.test('a picture is in the order of names, whatever the order of asking', async t => {
  const names = PICTURE.rows.map(({ service }) => service)
  t.strictSame(names, names.toSorted())
  t.equal(names.length, 11)
  t.equal(PICTURE.time, NOW.toISOString())
})

t.test('since when', async t => {
  const since = (picture: typeof PICTURE) => picture.rows.map(row => [row.since, row.sinceFrom])
  const first = buildPicture([findingOf('press', 'hanging')], NOW)
  t.strictSame(since(first), [[NOW.toISOString(), 'probe']], 'first seen now')
  const second = buildPicture([findingOf('press', 'hanging')], later(5), first)
  t.strictSame(since(second), [[NOW.toISOString(), 'probe']], 'still as it was')
  const third = buildPicture([findingOf('press', 'stopped')], later(10), second)
  t.strictSame(since(third), [[later(10).toISOString(), 'probe']], 'another state')
  const fourth = buildPicture([findingOf('press', 'hanging')], later(15), third)
  t.strictSame(since(fourth), [[later(15).toISOString(), 'probe']], 'back is not as before')

  const said = '2026-03-01T00:00:00.000Z'
  t.strictSame(since(buildPicture([findingOf('press', 'ready', { since: said })], NOW)), [[said, 'service']])
  const future = findingOf('press', 'ready', { since: later(1).toISOString() })
  t.strictSame(
    since(buildPicture([future], NOW)),
    [[NOW.toISOString(), 'probe']],
    'the future is not believed',
  )
})

t.test('a service that comes between two rounds is seen from then on', async t => {
  const first = buildPicture([findingOf('press', 'ready')], NOW)
  const second = buildPicture([findingOf('mill', 'ready'), findingOf('press', 'ready')], later(5), first)
  t.match(second.rows, [{ service: 'mill', since: later(5).toISOString() }, { since: NOW.toISOString() }])
})

t.test('all are up when each is ready or degraded', async t => {
  const up = [findingOf('a', 'ready'), findingOf('b', 'degraded')]
  t.ok(isAllUp(buildPicture(up, NOW)))
  t.notOk(isAllUp(buildPicture([...up, findingOf('c', 'not_ready')], NOW)))
  t.notOk(isAllUp(PICTURE))
})
