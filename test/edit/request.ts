// The request before anything is looked up: each part of it good, and each way it can be wrong.

import t from 'tap'
import {
  collision,
  parseContext,
  parseNow,
  parseOrgName,
  parseReason,
  parseRepoName,
  parseTelemetry,
  verifyApplicable,
} from '../../src/edit/request.ts'
import { MAX_REASON_LENGTH } from '../../src/registry/vocabulary.ts'
import { refusalOf, requestOf } from '../fixtures/edit-world.ts'

const codeOf = (act: () => unknown): string => refusalOf(act).code

t.test('an action takes its own options and no other', async t => {
  verifyApplicable(requestOf({ context: 'sandbox', telemetryRepo: 't', reset: true }))
  verifyApplicable(requestOf({ action: 'unregister', confirmDelete: true }))
  verifyApplicable(requestOf({ action: 'enable', confirmDelete: false, context: undefined }))
  verifyApplicable(requestOf({ action: 'retarget-org', telemetryRepo: 't', confirmRedirect: true }))
  verifyApplicable(requestOf({ action: 'remove-org', confirmDelete: true }))
  for (const action of ['enable', 'disable', 'unregister', 'remove-org'] as const) {
    for (const over of [
      { context: 'sandbox' },
      { telemetryRepo: 't' },
      { reset: true },
      { confirmRedirect: true },
    ]) {
      t.equal(
        codeOf(() => verifyApplicable(requestOf({ action, ...over }))),
        'EDIT_NOT_APPLICABLE',
      )
    }
  }
  for (const action of ['retarget-org', 'remove-org'] as const) {
    t.equal(
      codeOf(() => verifyApplicable(requestOf({ action, repo: 'app' }))),
      'EDIT_NOT_APPLICABLE',
      `${action} of a repo`,
    )
  }
  t.equal(
    codeOf(() => verifyApplicable(requestOf({ confirmDelete: true }))),
    'EDIT_NOT_APPLICABLE',
  )
  t.equal(
    refusalOf(() => verifyApplicable(requestOf({ action: 'enable', context: 'sandbox', telemetryRepo: 't' })))
      .message,
    'enable does not take --context and --telemetry-repo (want only a repository and --reason)',
  )
})

t.test('names are those GitHub allows', async t => {
  t.equal(parseOrgName(requestOf()), 'acme')
  t.equal(parseRepoName(requestOf({ repo: '__proto__' })), '__proto__')
  for (const org of ['', 'a b/c', '-a', '__proto__', '\u212aick', 'a'.repeat(40)]) {
    t.equal(
      codeOf(() => parseOrgName(requestOf({ org }))),
      'EDIT_BAD_NAME',
      org,
    )
  }
  for (const repo of [undefined, '', '.', '..', '../../etc', 'a/b', 'x.git', ' ', 'a'.repeat(101)]) {
    t.equal(
      codeOf(() => parseRepoName(requestOf({ repo }))),
      'EDIT_BAD_NAME',
      String(repo),
    )
  }
})

t.test('a context is one of two, and is given', async t => {
  t.equal(parseContext(requestOf({ context: 'production' })), 'production')
  t.equal(
    codeOf(() => parseContext(requestOf({ context: undefined }))),
    'EDIT_CONTEXT_MISSING',
  )
  for (const context of ['', 'staging', 'Sandbox']) {
    t.equal(
      codeOf(() => parseContext(requestOf({ context }))),
      'EDIT_BAD_CONTEXT',
      context,
    )
  }
})

t.test('a telemetry repository is one of the organisation, named in full or by its name', async t => {
  t.equal(parseTelemetry('acme', 'tele'), 'tele')
  t.equal(parseTelemetry('acme', 'acme/tele'), 'tele')
  t.equal(
    codeOf(() => parseTelemetry('acme', 'evil/tele')),
    'EDIT_CROSS_ORG_TELEMETRY',
  )
  t.equal(
    codeOf(() => parseTelemetry('acme', 'ACME/tele')),
    'EDIT_CASE_COLLISION',
  )
  for (const given of ['', ' ', '/', 'acme/', '/t', 'acme/a/b', 'a b', 'x.git']) {
    t.equal(
      codeOf(() => parseTelemetry('acme', given)),
      'EDIT_BAD_TELEMETRY',
      given,
    )
  }
})

t.test('a reason is one line that says something, kept as it was given', async t => {
  for (const reason of ['x', '  spaced  ', '"quoted" \\ | é 🦊', '🦊'.repeat(MAX_REASON_LENGTH)]) {
    t.equal(parseReason(requestOf({ reason })), reason)
  }
  t.equal(
    codeOf(() => parseReason(requestOf({ reason: undefined }))),
    'EDIT_REASON_MISSING',
  )
  const bad = ['', ' ', '\t', '\u200b\u2060', '\u2800', 'a\nb', 'a\rb', 'a\u2028b', 'a\u0000', '\ud800']
  for (const reason of [...bad, 'x'.repeat(MAX_REASON_LENGTH + 1)]) {
    t.equal(
      codeOf(() => parseReason(requestOf({ reason }))),
      'EDIT_BAD_REASON',
      encodeURIComponent(reason.toWellFormed().slice(0, 5)),
    )
  }
})

t.test('the moment is written to the second and never lies before the last line', async t => {
  const now = new Date('2026-03-05T10:00:00.999Z')
  t.equal(parseNow({ now }), '2026-03-05T10:00:00Z')
  t.equal(
    parseNow({ now, lastTimestamp: '2026-03-05T10:00:00Z' }),
    '2026-03-05T10:00:00Z',
    'the same second is no step back',
  )
  t.equal(
    codeOf(() => parseNow({ now, lastTimestamp: '2026-03-05T10:00:01Z' })),
    'EDIT_CLOCK_BACKWARD',
  )
  t.equal(
    codeOf(() => parseNow({ now: new Date(Number.NaN) })),
    'EDIT_BAD_CLOCK',
  )
  t.equal(
    codeOf(() => parseNow({ now: new Date('+012026-01-01T00:00:00Z') })),
    'EDIT_BAD_CLOCK',
  )
})

t.test('a second spelling is refused by the name of the first', async t => {
  t.equal(
    collision('organisation', 'GaryBayes', 'garybayes').message,
    'organisation "GaryBayes" is registered as "garybayes", and GitHub names ignore case (want garybayes, got GaryBayes)',
  )
})
