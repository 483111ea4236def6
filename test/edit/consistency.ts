// Registry against log, entry for entry, each way they can part.

import t from 'tap'
import { checkConsistency } from '../../src/edit/consistency.ts'
import type { RegistryDocument } from '../../src/registry/schema.ts'
import { editAll, editWorld, linesOf } from '../fixtures/edit-world.ts'
import { entryOf, orgOf } from '../fixtures/registry-world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a registry is bent in ways its type forbids
type Loose = any

const { document, changes } = editAll([{ action: 'disable', repo: 'app' }, {}])
const lines = linesOf(changes)

function faultsOf(bend: (registry: Loose) => void, of = lines): string[] {
  const bent: RegistryDocument = structuredClone(document)
  bend(bent)
  return checkConsistency(editWorld(), of, bent).map(({ code, line, pointer }) =>
    [code, line, pointer].filter(part => part !== undefined).join(' '),
  )
}

t.test('a registry and its log agree', async t => {
  t.strictSame(
    faultsOf(() => {}),
    [],
  )
  t.strictSame(checkConsistency(editWorld(), [], editWorld()), [])
})

t.test('a change that no line tells of is found', async t => {
  const repos = '/orgs/acme/repos'
  t.strictSame(
    faultsOf(r => Object.assign(r.orgs.acme.repos.live, { context: 'sandbox' })),
    [`LOG_CHANGE_WITHOUT_LINE ${repos}/live`],
  )
  t.strictSame(
    faultsOf(r => Object.assign(r.orgs.acme.repos.old, { reason: 'x' })),
    [`LOG_CHANGE_WITHOUT_LINE ${repos}/old`],
  )
  t.strictSame(
    faultsOf(r => delete r.orgs.acme.repos.retired),
    [`LOG_CHANGE_WITHOUT_LINE ${repos}/retired`],
  )
  t.strictSame(
    faultsOf(r => Object.assign(r.orgs.Globex.repos, { more: entryOf() })),
    ['LOG_CHANGE_WITHOUT_LINE /orgs/Globex/repos/more'],
  )
  t.strictSame(
    faultsOf(r => Object.assign(r.orgs.Globex, { telemetry_repo: 'Globex/x' })),
    ['LOG_CHANGE_WITHOUT_LINE /orgs/Globex'],
  )
  t.strictSame(
    faultsOf(r => delete r.orgs.hollow),
    ['LOG_CHANGE_WITHOUT_LINE /orgs/hollow'],
  )
  t.strictSame(
    faultsOf(r => Object.assign(r.orgs, { initech: orgOf('initech', {}) })),
    ['LOG_CHANGE_WITHOUT_LINE /orgs/initech'],
  )
  t.strictSame(
    faultsOf(r => Object.assign(r, { generated_at: '2026-03-05T00:00:00Z' })),
    ['LOG_CHANGE_WITHOUT_LINE /generated_at'],
  )
  t.strictSame(
    faultsOf(r => delete r.description),
    ['LOG_CHANGE_WITHOUT_LINE /description'],
  )
})

t.test('a line that the registry does not bear out is found', async t => {
  t.strictSame(
    faultsOf(r => delete r.orgs.acme.repos.new),
    ['LOG_LINE_WITHOUT_CHANGE 2 /orgs/acme/repos/new'],
  )
  t.strictSame(
    faultsOf(r => Object.assign(r.orgs.acme.repos, { app: editWorld().orgs.acme!.repos.app })),
    ['LOG_LINE_WITHOUT_CHANGE 1 /orgs/acme/repos/app'],
  )
  t.strictSame(
    faultsOf(r => Object.assign(r.orgs.acme.repos.new, { context: 'production' })),
    ['LOG_LINE_DISAGREES 2 /orgs/acme/repos/new'],
  )
})

t.test('a registry in another order than its lines is found', async t => {
  const turned = faultsOf(r => {
    const { app, ...rest } = r.orgs.acme.repos
    r.orgs.acme.repos = { ...rest, app }
  })
  t.strictSame(turned, ['LOG_ORDER_DIFFERS /orgs'])
})

t.test('a line that names another registry after it is found', async t => {
  const bent = lines.with(1, { line: 2, change: { ...changes[1]!, registry_after: 'e'.repeat(40) } })
  t.strictSame(
    faultsOf(() => {}, bent),
    ['LOG_WRONG_AFTER 2'],
  )
})

t.test('everything that is wrong is told at once', async t => {
  const found = faultsOf(r => {
    delete r.orgs.acme.repos.new
    delete r.orgs.hollow
    r.description = 'x'
  })
  t.equal(found.length, 3)
})
