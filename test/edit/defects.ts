// The defects of the tools this replaces, as far as a pure edit can have them: each by its number in the list of facts,
// each tried, and each shown not to happen. Those of scripts, git and CI are tried where those are.

import t from 'tap'
import { parseChangelog, scanChangelog } from '../../src/changelog/changelog.ts'
import { checkConsistency } from '../../src/edit/consistency.ts'
import { checkLogExtends } from '../../src/edit/extends.ts'
import { planRebase } from '../../src/edit/rebase.ts'
import { checkRegistry } from '../../src/registry/parse.ts'
import { edit, editAll, editWorld, linesOf, logOf, refused } from '../fixtures/edit-world.ts'
import { bytesOf, entryOf, orgOf, prototypeNames, registryOf } from '../fixtures/registry-world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a registry is bent in ways its type forbids
type Loose = any
const codes = (found: readonly { code: string }[]): string[] => found.map(({ code }) => code)
const disabled = edit({ action: 'disable', repo: 'app' })
const lines = linesOf(disabled.changes)

t.test('D2: four hundred repositories and more are changed and replayed like four', async t => {
  const repos = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`repo-${at}`, entryOf()]))
  const world = registryOf({ acme: orgOf('acme', repos) })
  const { bytes, changes, document } = edit({}, world)
  t.ok(bytes.byteLength > 4 * 65_536)
  t.strictSame(checkConsistency(world, linesOf(changes), document), [])
})

t.test('D7: a registry emptied under any log line does not agree with its log', async t => {
  const found = checkConsistency(editWorld(), lines, { ...disabled.document, orgs: {} })
  t.ok(found.length >= 8, 'every organisation and entry is named')
})

t.test('D8: a hand edit under a line about another repository is found', async t => {
  const bent: Loose = structuredClone(disabled.document)
  bent.orgs.acme.repos.live.context = 'sandbox'
  t.strictSame(codes(checkConsistency(editWorld(), lines, bent)), ['LOG_CHANGE_WITHOUT_LINE'])
})

t.test('D9: no context but the two is registered', async t => {
  t.equal(refused({ context: 'staging' }), 'EDIT_BAD_CONTEXT')
})

t.test('D10: an empty log, an unrelated line, a deleted line and a rewritten one do not pass', async t => {
  t.strictSame(codes(checkConsistency(editWorld(), [], disabled.document)), ['LOG_CHANGE_WITHOUT_LINE'])
  const other = linesOf(edit({ action: 'enable', repo: 'old' }).changes)
  t.ok(codes(checkConsistency(editWorld(), other, disabled.document)).includes('LOG_CHANGE_WITHOUT_LINE'))
  const { changes } = editAll([{}, { action: 'disable', repo: 'new' }])
  const log = logOf(changes)
  t.match(checkLogExtends(log, logOf(changes.slice(1)), 'log'), [{ code: 'LOG_LINE_DELETED' }])
  const rewritten = logOf([{ ...changes[0]!, reason: 'tidied' }, changes[1]!])
  t.match(
    checkLogExtends(log, rewritten, 'log'),
    [{ code: 'LOG_LINE_ALTERED' }],
    'though the registry is the same',
  )
})

t.test('D11: a telemetry repository with another owner, or with too many parts, is refused', async t => {
  t.equal(refused({ org: 'initech', telemetryRepo: 'other/tel' }), 'EDIT_CROSS_ORG_TELEMETRY')
  t.equal(refused({ org: 'initech', telemetryRepo: 'initech/other/tel' }), 'EDIT_BAD_TELEMETRY')
})

t.test(
  'D12: no name that GitHub would not allow is registered, and odd names that it allows are names',
  async t => {
    t.equal(refused({ org: 'a b/c', telemetryRepo: 't' }), 'EDIT_BAD_NAME')
    t.equal(refused({ repo: '../../etc' }), 'EDIT_BAD_NAME')
    t.equal(refused({ org: 'initech', telemetryRepo: ' ' }), 'EDIT_BAD_TELEMETRY')
    t.equal(refused({ org: '__proto__', telemetryRepo: 't' }), 'EDIT_BAD_NAME')
    for (const repo of prototypeNames) {
      const { bytes, document } = edit({ repo })
      t.ok(Object.hasOwn(document.orgs.acme!.repos, repo), repo)
      t.strictSame(checkRegistry(bytes, 'after'), [])
    }
  },
)

t.test('D13: a second spelling does not become a second organisation or entry', async t => {
  for (const action of [
    'register',
    'enable',
    'disable',
    'unregister',
    'retarget-org',
    'remove-org',
  ] as const) {
    t.equal(
      refused({
        action,
        org: 'GLOBEX',
        ...(action.endsWith('-org') ? { telemetryRepo: action === 'retarget-org' ? 't' : undefined } : {}),
      }),
      'EDIT_CASE_COLLISION',
    )
  }
  t.equal(refused({ repo: 'APP' }), 'EDIT_CASE_COLLISION')
})

t.test(
  'D14: another telemetry repository is refused, not ignored and recorded; a command of its own changes it',
  async t => {
    t.equal(refused({ telemetryRepo: 'other' }), 'EDIT_TELEMETRY_MISMATCH')
    const { document } = edit({ action: 'retarget-org', telemetryRepo: 'other', confirmRedirect: true })
    t.equal(document.orgs.acme!.telemetry_repo, 'acme/other')
  },
)

t.test(
  'D15: an organisation without a telemetry repository is never edited, since it is no registry',
  async t => {
    const broken: Loose = editWorld()
    broken.orgs.acme.telemetry_repo = null
    t.strictSame(codes(checkRegistry(bytesOf(broken), 'registry')), ['bad_telemetry_repo'])
  },
)

t.test('D16: disabling what is disabled is refused, and there is no line', async t => {
  t.equal(refused({ action: 'disable', repo: 'old' }), 'EDIT_ALREADY_DISABLED')
  const line = {
    line: 2,
    change: { ...disabled.changes[0]!, registry_before: disabled.changes[0]!.registry_after },
  }
  t.ok(
    codes(checkConsistency(editWorld(), [...lines, line], disabled.document)).includes('LOG_CONTRADICTS'),
    'nor is one believed',
  )
})

t.test('D17: a switch needs a reason, and the one before it is kept', async t => {
  for (const action of ['enable', 'disable'] as const)
    t.equal(refused({ action, repo: 'app', reason: undefined }), 'EDIT_REASON_MISSING')
  t.match(disabled.changes, [{ previous: { reason: 'the first' } }])
})

t.test(
  'D18: a context on enable, disable and unregister is refused, and a line that has one is too',
  async t => {
    for (const action of ['enable', 'disable', 'unregister'] as const) {
      t.equal(refused({ action, repo: 'app', context: 'production' }), 'EDIT_NOT_APPLICABLE')
    }
    const line = disabled.lines.replace('"reason"', '"context":"production","reason"')
    t.strictSame(codes(scanChangelog(Buffer.from(line), 'log').faults), ['LOG_KEY_NOT_ALLOWED'])
  },
)

t.test('D19: an organisation left empty is told of, and can be removed or redirected', async t => {
  const last = edit({ action: 'unregister', org: 'Globex', repo: 'x.y_z', confirmDelete: true })
  t.equal(last.orgEmptied, true)
  const gone = edit({ action: 'remove-org', org: 'Globex', confirmDelete: true }, last.document)
  t.notOk(Object.hasOwn(gone.document.orgs, 'Globex'))
  t.equal(
    edit({ org: 'Globex', telemetryRepo: 'other' }, gone.document).orgCreated,
    true,
    'and comes back with another',
  )
})

t.test(
  'D20: an enabled production repository is not unregistered, and a log that says so is refused',
  async t => {
    t.equal(refused({ action: 'unregister', repo: 'live', confirmDelete: true }), 'EDIT_PRODUCTION_ENABLED')
    t.equal(refused({ repo: 'live', reset: true }), 'EDIT_PRODUCTION_IMMUTABLE')
    const { document: gone } = editAll([
      { action: 'disable', repo: 'live' },
      { action: 'unregister', repo: 'live', confirmDelete: true },
    ])
    const forged = {
      ...edit({ action: 'unregister', repo: 'app', confirmDelete: true }).changes[0]!,
      repo: 'live',
    }
    t.ok(codes(checkConsistency(editWorld(), linesOf([forged]), gone)).includes('LOG_FORBIDDEN'))
  },
)

t.test('D21: a reason is mandatory everywhere', async t => {
  for (const reason of [undefined, '', '  ']) {
    for (const action of [
      'register',
      'enable',
      'disable',
      'unregister',
      'retarget-org',
      'remove-org',
    ] as const) {
      t.match(refused({ action, reason }), /^EDIT_(?:REASON_MISSING|BAD_REASON)$/)
    }
  }
})

t.test('D22: a repository is not its own telemetry target, however it comes to be one', async t => {
  t.equal(refused({ org: 'owner', repo: 't', telemetryRepo: 'owner/t' }), 'EDIT_TELEMETRY_SELF')
  t.equal(
    refused({ action: 'retarget-org', telemetryRepo: 'app', confirmRedirect: true }),
    'EDIT_TELEMETRY_SELF',
  )
})

t.test('D23: repositories given as an array are no registry, and are named as what they are', async t => {
  const broken: Loose = editWorld()
  broken.orgs.acme.repos = []
  t.match(checkRegistry(bytesOf(broken), 'registry'), [{ code: 'wrong_type', pointer: '/orgs/acme/repos' }])
})

t.test('D24: two edits of one registry cannot both be written: each names the registry it found', async t => {
  const [one, two] = [edit({ repo: 'one' }), edit({ repo: 'two' })]
  const found = checkConsistency(editWorld(), linesOf([...one.changes, ...two.changes]), two.document)
  t.ok(codes(found).includes('LOG_WRONG_BEFORE'), 'the lost update is seen')
})

t.test('D25: of two branches the second is carried over, and nobody edits JSON', async t => {
  const [one, two] = [edit({ repo: 'one' }), edit({ repo: 'two' })]
  const rebase = planRebase(one.document, linesOf(two.changes), { now: new Date('2026-03-06') })
  if (!rebase.ok) return t.fail('a conflict')
  const log = parseChangelog(logOf([...one.changes, ...rebase.changes]), 'log')
  t.strictSame(checkConsistency(editWorld(), log, rebase.document), [])
})
