// Why an entry is as it is: each value with the place that says it, and what has become of the manifest since.

import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { explainService } from '../../src/manifest/explain.ts'
import { deriveService } from '../../src/manifest/services.ts'
import { fileOf, manifestOf } from '../fixtures/manifest-world.ts'

const file = fileOf(manifestOf({ service: { host: 'lime', port: 80 } }), 'a/.infra.yaml')
const entry = deriveService(file)
const source = { text: file.text, digest: file.digest }
const changedTo = (text: string) => ({ text, digest: sha256(text) })

t.test('an entry that is as its manifest says', async t => {
  t.strictSame(explainService('press', entry, source), {
    name: 'press',
    origin: { manifest: 'a/.infra.yaml', sha256: file.digest },
    digest: file.digest,
    state: 'current',
    values: [
      { key: 'project', value: 'press', now: 'press', place: { line: 2, column: 10 }, why: 'manifest' },
      { key: 'environment', value: 'prod', now: 'prod', place: null, why: 'default' },
      {
        ...{ key: 'provider', value: 'digitalocean', now: 'digitalocean' },
        ...{ place: { line: 3, column: 11 }, why: 'manifest' },
      },
      { key: 'host', value: 'lime', now: 'lime', place: { line: 5, column: 9 }, why: 'manifest' },
      { key: 'port', value: 80, now: 80, place: { line: 6, column: 9 }, why: 'manifest' },
    ],
  })
})

t.test('what has become of it since', async t => {
  const state = (...args: Parameters<typeof explainService>) => explainService(...args).state
  t.equal(state('press', { host: 'lime' }, null), 'foreign')
  t.equal(state('press', entry, null), 'gone')
  t.equal(state('press', entry, changedTo('x: [')), 'invalid')
  t.equal(state('press', entry, changedTo(`${file.text}# more\n`)), 'changed')
  t.equal(state('press', { ...entry, port: 81 }, source), 'edited')
  t.equal(state('press', { ...entry, runtime: 'node' }, source), 'edited')
  t.equal(state('other', entry, source), 'edited', 'it stands under another name')
  t.equal(state('press', { ...entry, pager: 1 } as typeof entry, source), 'current', 'a note changes nothing')
})

t.test('values that the manifest says otherwise now, or no longer, or that are notes', async t => {
  const now = changedTo(file.text.replace('host: lime\n', '').replace('80', '81'))
  const { values } = explainService('press', { ...entry, pager: 1 } as typeof entry, now)
  t.match(
    values
      .filter(({ key }) => ['host', 'port', 'pager'].includes(key))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
    [
      { key: 'host', value: 'lime', now: undefined, place: null, why: 'default' },
      { key: 'pager', value: 1, place: null, why: 'note' },
      { key: 'port', value: 80, now: 81, place: { line: 5 }, why: 'manifest' },
    ],
  )
  t.match(explainService('press', entry, null).values[0], { key: 'project', why: 'unknown', place: null })
})
