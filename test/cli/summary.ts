// How changes are put in one line.

import t from 'tap'
import { reasonOf, subjectOf, summarize } from '../../src/cli/summary.ts'
import { editAll, linesOf } from '../fixtures/edit-world.ts'

t.test('a series of changes in one line', async t => {
  const one = linesOf(editAll([{ reason: 'why' }]).changes)
  t.equal(summarize(one), 'register acme/new')
  t.equal(subjectOf(one), 'infra: register acme/new')
  t.equal(subjectOf([]), 'infra: seal the registry')
  t.equal(reasonOf(one, 'x'), 'register acme/new: why')
  const { changes } = editAll([
    { repo: 'a' },
    { action: 'disable', repo: 'app' },
    { action: 'retarget-org', telemetryRepo: 'tel', confirmRedirect: true },
  ])
  t.equal(summarize(linesOf(changes)), '3 changes: register acme/a, disable acme/app, retarget-org acme')
  t.equal(reasonOf(linesOf(changes), 'x'), 'register acme/a; disable acme/app; retarget-org acme')
  t.equal(reasonOf([], 'otherwise'), 'otherwise')
  const many = linesOf(editAll(Array.from({ length: 90 }, (_, at) => ({ repo: `repo-${at}` }))).changes)
  t.ok(summarize(many).length <= 100 && summarize(many).endsWith('…'))
  t.equal(reasonOf(many, 'x').length, 1000)
  const long = linesOf(editAll([{ reason: 'x'.repeat(1000) }]).changes)
  t.equal(reasonOf(long, 'x').length, 1000)
})
