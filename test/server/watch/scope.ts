import t from 'tap'
import { keyOf, Scope, type Subject } from '../../../src/server/watch/scope.ts'
import { REPOS, registryText, snapshotOf } from '../../fixtures/server-world.ts'

const before = snapshotOf(registryText())
const otherText = snapshotOf(registryText(REPOS, 'another description'))
const otherEntry = snapshotOf(registryText({ ...REPOS, 'beta_corp/one': 'disabled production' }))
const moreInOrg = snapshotOf(registryText({ ...REPOS, 'k/new': 'enabled sandbox' }))
const loadedAgain = snapshotOf(registryText(), { loadedAt: '2026-03-03T09:00:00.000Z' })

function tagOf(subject: Subject, snapshot = before): string {
  const scope = new Scope(subject)
  scope.look(snapshot)
  return scope.tag
}

const subjects: Readonly<Record<string, Subject>> = {
  info: { kind: 'info' },
  revision: { kind: 'revision' },
  org: { kind: 'org', org: 'k' },
  repo: { kind: 'repo', org: 'k', repo: 'k' },
  unregistered: { kind: 'repo', org: 'k', repo: 'new' },
  'of no organisation': { kind: 'repo', org: 'nobody', repo: 'new' },
}

t.test('a tag changes with the answer to what is asked, and with nothing else', async t => {
  const changed = (snapshot: typeof before): string[] =>
    Object.keys(subjects).filter(name => tagOf(subjects[name]!, snapshot) !== tagOf(subjects[name]!))
  t.strictSame(changed(snapshotOf(registryText())), [])
  t.strictSame(changed(loadedAgain), ['info'], 'loaded again')
  t.strictSame(changed(otherText), ['info', 'revision'], 'other bytes, the same entries')
  t.strictSame(changed(otherEntry), ['info', 'revision'], 'an entry elsewhere')
  t.strictSame(changed(moreInOrg), ['info', 'revision', 'org', 'unregistered'], 'one more')
})

t.test('each subject has one key, in any case, and no other subject has it', async t => {
  const keys = Object.values(subjects).map(keyOf)
  t.equal(new Set(keys).size, keys.length)
  t.equal(keyOf({ kind: 'org', org: 'ACME' }), keyOf({ kind: 'org', org: 'acme' }))
  t.equal(keyOf({ kind: 'repo', org: 'A', repo: 'B' }), keyOf({ kind: 'repo', org: 'a', repo: 'b' }))
})

t.test('the event', async t => {
  const { revision } = before.info
  t.test('of everything has the revision as its id', async t => {
    const scope = new Scope({ kind: 'revision' })
    scope.look(before)
    t.equal(scope.id, revision)
    t.match(String(scope.event), /^id: [0-9a-f]{64}\ndata: \{"schema_version":"2\.0",.*\}\n\n$/)
    t.equal(JSON.parse(/^data: (.*)$/m.exec(String(scope.event))![1]!).revision, revision)
    t.equal(scope.event, scope.event, 'is rendered once')
    scope.look(otherText)
    t.match(String(scope.event), otherText.info.revision, 'and again for another snapshot')
  })
  t.test('of less says in its id what it is of', async t => {
    const scope = new Scope({ kind: 'org', org: 'k' })
    scope.look(before)
    t.equal(scope.id, `${revision}.${before.orgDigest('k')}`)
  })
})

t.test('who saw an event with an id', async t => {
  const scope = new Scope({ kind: 'org', org: 'k' })
  scope.look(before)
  const seen = scope.id
  t.ok(scope.isKnownBy(seen), 'knows what it said')
  scope.look(otherEntry)
  t.ok(scope.isKnownBy(seen), 'has missed nothing when something else has changed')
  t.ok(
    scope.isKnownBy(otherEntry.info.revision),
    'the bare revision will do, when it is the one that is served',
  )
  t.notOk(scope.isKnownBy(before.info.revision), 'and tells nothing when it is not')
  scope.look(moreInOrg)
  t.notOk(scope.isKnownBy(seen), 'has missed a change')
  scope.look(before)
  t.ok(scope.isKnownBy(seen), 'has missed nothing when all is as it was')
  for (const id of ['', '.', 'x', `${'0'.repeat(64)}`, `.${'0'.repeat(16)}`, `x.${scope.tag}x`])
    t.notOk(scope.isKnownBy(id), JSON.stringify(id))
  const all = new Scope({ kind: 'revision' })
  all.look(otherEntry)
  t.notOk(all.isKnownBy(seen), 'of less than everything: not of everything')
})
