// The laws of an edit, over random sequences of requests: against a model simple enough to be believed on sight, with
// every document frozen, every log replayed, and two branches carried over to each other.

import fc from 'fast-check'
import t from 'tap'
import { isOwn, type OwnChange, renderChange } from '../../src/changelog/change.ts'
import { checkChangelog, parseChangelog } from '../../src/changelog/changelog.ts'
import { blobSha } from '../../src/core/digest.ts'
import { renderCanonical } from '../../src/core/json.ts'
import { checkConsistency } from '../../src/edit/consistency.ts'
import { diffRegistries } from '../../src/edit/diff.ts'
import { EditError } from '../../src/edit/error.ts'
import { type Mutation, planMutation } from '../../src/edit/mutate.ts'
import { planRebase } from '../../src/edit/rebase.ts'
import { replayLog } from '../../src/edit/replay.ts'
import type { EditRequest } from '../../src/edit/request.ts'
import { parseRegistry } from '../../src/registry/parse.ts'
import { checkRules } from '../../src/registry/rules.ts'
import type { RegistryDocument } from '../../src/registry/schema.ts'
import { editWorld, frozen, linesOf, logOf, requests } from '../fixtures/edit-world.ts'
import { registries, runs } from '../fixtures/registry-world.ts'

interface Row {
  readonly org: string
  readonly telemetry: string
  readonly repos: readonly { repo: string; state: string; context: string; reason: string; process: string }[]
}

const lower = (text: string): string => text.toLowerCase()

function modelOf(document: RegistryDocument): Row[] {
  return Object.entries(document.orgs).map(([org, { telemetry_repo, repos }]) => ({
    org,
    telemetry: telemetry_repo,
    repos: Object.entries(repos).map(([repo, entry]) => ({ repo, ...entry })),
  }))
}

/** Returns the model after the request, or `undefined` where it is to be refused. */
function model(rows: Row[], request: EditRequest): Row[] | undefined {
  const { action, org, repo = '', context = '', telemetryRepo, reason = '', reset } = request
  if (org === 'not legal' || repo === 'a b' || reason.trim() === '') return undefined
  if (action === 'register' && context === 'staging') return undefined
  if (telemetryRepo?.includes('/') && telemetryRepo.split('/')[0] !== org) return undefined
  const asked = telemetryRepo === undefined ? undefined : `${org}/${telemetryRepo.split('/').at(-1)}`
  const row = rows.find(each => each.org === org)
  if (row === undefined && rows.some(each => lower(each.org) === lower(org))) return undefined
  const put = (next: Row): Row[] =>
    row === undefined ? [...rows, next] : rows.map(each => (each === row ? next : each))
  if (action === 'retarget-org') {
    if (row === undefined || asked === undefined || lower(asked) === lower(row.telemetry)) return undefined
    if (row.repos.some(each => lower(`${org}/${each.repo}`) === lower(asked))) return undefined
    return row.repos.length > 0 && !request.confirmRedirect ? undefined : put({ ...row, telemetry: asked })
  }
  if (action === 'remove-org') {
    return row?.repos.length === 0 && request.confirmDelete ? rows.filter(each => each !== row) : undefined
  }
  const there = row?.repos.find(each => each.repo === repo)
  if (there === undefined && row?.repos.some(each => lower(each.repo) === lower(repo))) return undefined
  const rest = (row?.repos ?? []).filter(each => each !== there)
  if (action === 'register') {
    const telemetry = row?.telemetry ?? asked
    if (telemetry === undefined || (asked !== undefined && asked !== telemetry)) return undefined
    if ((there !== undefined) !== (reset === true) || there?.context === 'production') return undefined
    if (lower(telemetry) === lower(`${org}/${repo}`)) return undefined
    const entry = { repo, state: 'enabled', context, process: 'infra-cli', reason }
    return put({ org, telemetry, repos: [...rest, entry] })
  }
  if (row === undefined || there === undefined) return undefined
  if (action === 'unregister') {
    const live = there.context === 'production' && there.state === 'enabled'
    return live || !request.confirmDelete ? undefined : put({ ...row, repos: rest })
  }
  const state = action === 'enable' ? 'enabled' : 'disabled'
  if (there.state === state) return undefined
  const repos = row.repos.map(each =>
    each === there ? { ...there, state, process: 'infra-cli', reason } : each,
  )
  return put({ ...row, repos })
}

function registryOfModel(rows: Row[], base: RegistryDocument): unknown {
  const orgs = rows.map(({ org, telemetry, repos }) => {
    const members = repos.map(({ repo, ...entry }) => [repo, entry])
    return [org, { telemetry_repo: telemetry, repos: Object.fromEntries(members) }]
  })
  return { ...base, orgs: Object.fromEntries(orgs) }
}

function attempt(document: RegistryDocument, request: EditRequest): Mutation | undefined {
  try {
    return planMutation(frozen(document), request)
  } catch (error) {
    if (error instanceof EditError) return undefined
    throw error
  }
}

function run(
  base: RegistryDocument,
  sequence: readonly EditRequest[],
): { document: RegistryDocument; changes: OwnChange[] } {
  let document = base
  const changes: OwnChange[] = []
  for (const request of sequence) {
    const mutation = attempt(document, request)
    if (mutation === undefined) continue
    document = mutation.document
    changes.push(...mutation.changes)
  }
  return { document, changes }
}

const bases = fc.oneof(fc.constant(editWorld()), registries)
const sequences = fc.array(requests, { minLength: 10, maxLength: 40 })

t.test('a sequence of edits does what the model does, and refuses what it refuses', async t => {
  let done = 0
  let refused = 0
  fc.assert(
    fc.property(bases, sequences, (base, sequence) => {
      let document = base
      for (const request of sequence) {
        const want = model(modelOf(document), request)
        const mutation = attempt(document, request)
        if ((mutation === undefined) !== (want === undefined)) {
          throw new Error(
            `the model ${want === undefined ? 'refuses' : 'accepts'} ${JSON.stringify(request)}`,
          )
        }
        if (mutation === undefined || want === undefined) {
          refused += 1
          continue
        }
        done += 1
        const text = renderCanonical(registryOfModel(want, document))
        if (text !== Buffer.from(mutation.bytes).toString()) throw new Error(`the model has ${text}`)
        if (checkRules(mutation.document).length > 0) throw new Error('a rule is broken')
        parseRegistry(mutation.bytes, 'after')
        document = mutation.document
      }
    }),
    runs(150),
  )
  t.comment(`${done} edits done, ${refused} refused`)
  t.ok(done > 300 && refused > 300, 'many of each')
})

t.test('the log of any sequence is one that we read, and replays to the registry', async () => {
  fc.assert(
    fc.property(bases, sequences, (base, sequence) => {
      const { document, changes } = run(base, sequence)
      const log = logOf(changes)
      const lines = parseChangelog(log, 'log')
      const replay = replayLog(base, lines)
      return (
        changes.every(isOwn) &&
        Buffer.from(lines.map(({ change }) => renderChange(change)).join('')).equals(log) &&
        replay.discrepancies.length === 0 &&
        renderCanonical(replay.document) === renderCanonical(document) &&
        replay.blob === blobSha(Buffer.from(renderCanonical(document))) &&
        checkConsistency(base, lines, document).length === 0 &&
        checkConsistency(base, lines, document, { blobs: 'chain' }).length === 0
      )
    }),
    runs(150),
  )
})

t.test('a log with a line dropped, doubled, swapped or bent never passes', async t => {
  let tried = 0
  fc.assert(
    fc.property(
      sequences,
      fc.nat(),
      fc.constantFrom('drop', 'double', 'swap', 'bend'),
      (sequence, pick, how) => {
        const base = editWorld()
        const { document, changes } = run(base, sequence)
        const at = changes.length === 0 ? 0 : pick % changes.length
        const spoilt = [...changes]
        const change = spoilt[at]
        if (change === undefined) return
        if (how === 'drop') spoilt.splice(at, 1)
        else if (how === 'double') spoilt.splice(at, 0, change)
        else if (how === 'bend') spoilt[at] = { ...change, registry_after: 'e'.repeat(40) }
        else if (at + 1 < spoilt.length) spoilt.splice(at, 2, spoilt[at + 1]!, change)
        else return
        tried += 1
        const lines = linesOf(spoilt)
        for (const blobs of ['every', 'chain'] as const) {
          if (checkConsistency(base, lines, document, { blobs }).length === 0)
            throw new Error(`${how} at ${at} passes`)
        }
      },
    ),
    runs(200),
  )
  t.ok(tried > 60, `${tried} logs spoilt`)
})

t.test('a log cut at any byte is whole, or torn at its last line and nowhere else', async t => {
  const { changes } = run(editWorld(), [
    ...['app', 'old'].map(repo => ({
      ...({
        action: repo === 'app' ? 'disable' : 'enable',
        org: 'acme',
        repo,
        reason: 'é🦊',
        now: new Date(),
      } as const),
    })),
  ])
  t.equal(changes.length, 2)
  const log = logOf(changes)
  const ends = [0, renderChange(changes[0]!), log].map(part =>
    part === 0 ? 0 : Buffer.byteLength(part as Buffer),
  )
  for (let length = 0; length <= log.length; length++) {
    const faults = checkChangelog(log.subarray(0, length), 'log')
    if (ends.includes(length)) t.strictSame(faults, [], `cut at ${length}`)
    else if (faults.length !== 1 || faults[0]!.code !== 'LOG_TORN')
      t.fail(`cut at ${length}: ${faults[0]?.code}`)
  }
})

t.test('a registry does not differ from itself, and every change of meaning is a difference', async () => {
  fc.assert(
    fc.property(bases, sequences, (base, sequence) => {
      const { document } = run(base, sequence)
      const differs = diffRegistries(base, document).length > 0
      const meaning = (side: RegistryDocument): string =>
        JSON.stringify(
          modelOf(side)
            .map(row => ({ ...row, repos: row.repos.map(each => JSON.stringify(each)).sort() }))
            .sort((a, b) => (a.org < b.org ? -1 : 1)),
        )
      return (
        diffRegistries(document, document).length === 0 &&
        diffRegistries(document, parseRegistry(Buffer.from(renderCanonical(document)), 'copy')).length ===
          0 &&
        differs === (meaning(base) !== meaning(document))
      )
    }),
    runs(150),
  )
})

t.test(
  'two branches: one carried over to the other replays from the base, or conflicts are named',
  async t => {
    let clean = 0
    let conflicts = 0
    fc.assert(
      fc.property(
        bases,
        fc.array(requests, { minLength: 1, maxLength: 12 }),
        fc.array(requests, { minLength: 1, maxLength: 12 }),
        (base, a, b) => {
          const theirs = run(base, a)
          const ours = run(base, b)
          const rebase = planRebase(frozen(theirs.document), linesOf(ours.changes), {
            now: new Date('2026-03-06'),
          })
          if (!rebase.ok) {
            conflicts += 1
            return rebase.conflicts.every(({ lines }) => lines.length > 0)
          }
          clean += 1
          const log = parseChangelog(logOf([...theirs.changes, ...rebase.changes]), 'log')
          return (
            checkRules(rebase.document).length === 0 &&
            diffRegistries(theirs.document, rebase.document).every(({ org, repo }) =>
              ours.changes.some(
                change =>
                  change.owner === org && (repo === null || ('repo' in change && change.repo === repo)),
              ),
            ) &&
            rebase.dropped.length + rebase.changes.length === ours.changes.length &&
            checkConsistency(base, log, rebase.document).length === 0
          )
        },
      ),
      runs(200),
    )
    t.comment(`${clean} carried over, ${conflicts} in conflict`)
    t.ok(clean > 30 && conflicts > 2, 'some of each')
  },
)

t.test('a branch carried over to its own base is the branch, line for line', async () => {
  fc.assert(
    fc.property(bases, sequences, (base, sequence) => {
      const { document, changes } = run(base, sequence)
      const again = planRebase(base, linesOf(changes), { now: new Date('2026-03-05T10:00:00Z') })
      if (!again.ok) return false
      return (
        renderCanonical(again.document) === renderCanonical(document) &&
        again.changes.map(renderChange).join('') === changes.map(renderChange).join('')
      )
    }),
    runs(100),
  )
})
