// The engines' functions, and the engines' three callers written over them: preflight, the fan-out of the dashboards and
// the scripts of a shell. On recorded registries each gives what was recorded. Where the recordings are not at hand the
// callers run on a world of their own, and this says so.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import {
  type Client,
  type ClientError,
  type EngineRecord,
  listDashboardEligibleRepos,
  resolveInfra,
  resolveInfraForRepo,
} from '../../src/client/client.ts'
import { blobSha } from '../../src/core/digest.ts'
import { type Front, frontWorld, type Mood, pass, say, sayProblem, spoil } from '../fixtures/client-world.ts'
import { registryText, snapshotOf } from '../fixtures/server-world.ts'

const vectors = new URL('../../../shared/vectors/', import.meta.url)

/** What a caller leaves behind: its exit code, and what it prints or writes. */
interface Ran {
  readonly code: number
  readonly out: string
}

/** The first job of every dispatch: keeps the record as evidence, and stops where there is no telemetry to write. */
async function preflight(
  client: Client,
  targetRepo: string,
): Promise<Ran & { readonly telemetryRepo?: string }> {
  try {
    const infra = await resolveInfra({ githubToken: 'ghs_x', client, targetRepo })
    const out = `${JSON.stringify(infra, null, 2)}\n`
    if (infra.outcomeCode === 'INFRA_TELEMETRY_UNRESOLVABLE') return { code: 1, out }
    return { code: 0, out, telemetryRepo: infra.telemetryRepo }
  } catch (thrown) {
    return { code: 2, out: (thrown as ClientError).code }
  }
}

/** The daily start of the dashboards: one for each row, and none is a fact, not a failure. */
async function fanOut(client: Client): Promise<Ran & { readonly started: readonly string[] }> {
  try {
    const rows = await listDashboardEligibleRepos({ githubToken: 'ghs_x', allowV1Fallback: false, client })
    const started = rows.map(({ owner, repo, telemetryRepo }) => `${owner}/${repo} ${telemetryRepo}`)
    return { code: 0, out: started.length === 0 ? 'no dashboards' : '', started }
  } catch (thrown) {
    return { code: 1, out: (thrown as ClientError).code, started: [] }
  }
}

/** The scripts that a shell reads: three values on a line, or the bare telemetry repository. */
async function script(
  client: Client,
  targetRepo: string,
  print: (infra: EngineRecord) => string,
): Promise<Ran> {
  try {
    const out = print(await resolveInfraForRepo({ githubToken: 'ghs_x', client, targetRepo }))
    return { code: out === '\n' ? 2 : 0, out }
  } catch (thrown) {
    return { code: 3, out: (thrown as ClientError).code }
  }
}
const contextLine = ({ repoContext, repoState, outcomeCode }: EngineRecord): string =>
  `${JSON.stringify({ context: repoContext, state: repoState, outcome: outcomeCode })}\n`
const telemetryLine = ({ telemetryRepo }: EngineRecord): string => `${telemetryRepo}\n`

t.test('the three callers, on a world of their own', async t => {
  const front = await frontWorld(t)
  const { client } = front
  t.match(await preflight(client, 'acme-works/app'), {
    code: 0,
    telemetryRepo: 'Acme-Works/telemetry',
    out: /"targetRepoName": "app"/,
  })
  t.match(await preflight(client, 'Acme-Works/old'), { code: 0, out: /"repoState": "disabled"/ })
  t.match(await preflight(client, 'Acme-Works/constructor'), { code: 0, out: /INFRA_REPO_UNREGISTERED/ })
  t.match(await preflight(client, 'nobody/app'), { code: 1, out: /INFRA_TELEMETRY_UNRESOLVABLE/ })
  t.strictSame((await fanOut(client)).started, [
    'Acme-Works/app Acme-Works/telemetry',
    'Acme-Works/App.Sandbox_2 Acme-Works/telemetry',
    `Acme-Works/r${'0123456789'.repeat(9)}012345678 Acme-Works/telemetry`,
    'beta_corp/one beta_corp/telemetry',
    'beta_corp/two beta_corp/telemetry',
    'k/k k/telemetry',
  ])
  t.match(await script(client, 'k/k', contextLine), {
    code: 0,
    out: '{"context":"production","state":"enabled","outcome":"INFRA_OK"}\n',
  })
  t.strictSame(await script(client, 'k/k', telemetryLine), { code: 0, out: 'k/telemetry\n' })
  t.strictSame(await script(client, 'x/k', telemetryLine), { code: 2, out: '\n' })
  for (const { headers } of front.asked) t.equal(headers.authorization, undefined, 'no token is sent')
  front.live.snapshot = snapshotOf(registryText({ 'k/k': 'disabled sandbox' }))
  t.strictSame(await fanOut(client), { code: 0, out: 'no dashboards', started: [] })
})

t.test('none of them takes an outage for an answer', async t => {
  const front = await frontWorld(t)
  const { client } = front
  t.match(await preflight(client, 'k/k'), { code: 0 })
  const html = { 'content-type': 'text/html' }
  const outages: Readonly<Record<string, readonly [mood: Mood, code: string]>> = {
    ...Object.fromEntries(
      [401, 403, 404, 429, 500, 503].map(status => [status, [say(status, html), 'CLIENT_UNAVAILABLE']]),
    ),
    'not loaded': [sayProblem(503, 'registry_not_loaded'), 'CLIENT_UNAVAILABLE'],
    'no JSON': [spoil(() => ({ text: '{' })), 'CLIENT_UNTRUSTED'],
    'not trusted': [sayProblem(503, 'seal_invalid'), 'CLIENT_UNTRUSTED'],
  }
  for (const [name, [mood, code]] of Object.entries(outages)) {
    const trouble = async <Result>(call: (client: Client) => Promise<Result>): Promise<Result> => {
      front.moods.splice(0, 3, mood, mood, mood)
      const result = await call(front.connect())
      front.moods.length = 0
      return result
    }
    t.strictSame(await trouble(client => preflight(client, 'k/k')), { code: 2, out: code }, name)
    t.strictSame(await trouble(client => preflight(client, 'k/nope')), { code: 2, out: code }, name)
    t.strictSame(await trouble(fanOut), { code: 1, out: code, started: [] }, name)
    t.strictSame(await trouble(client => script(client, 'k/k', contextLine)), { code: 3, out: code }, name)
  }
  const stale = front.connect({ staleIfErrorSeconds: 3_600 })
  t.match(await preflight(stale, 'k/k'), { code: 0 })
  front.moods.push(say(404))
  t.strictSame(
    await preflight(stale, 'k/k'),
    { code: 2, out: 'CLIENT_UNAVAILABLE' },
    'and a record is never old',
  )
})

t.test('a target is two names', async t => {
  const { client } = await frontWorld(t)
  for (const targetRepo of ['', '/', 'k', 'k/', '/k', 'k/k/k', 'k/k/', 'k/..', 'x.git/k'])
    await t.rejects(
      resolveInfra({ client, targetRepo }),
      { name: 'ClientError', code: 'CLIENT_BAD_NAME' },
      targetRepo,
    )
})

t.test('a record that contradicts itself is not trusted', async t => {
  const front = await frontWorld(t)
  const edit = (change: object): Mood =>
    spoil(({ text }) => ({ text: JSON.stringify({ ...JSON.parse(text), ...change }) }))
  for (const change of [
    { orgOwner: 'other' },
    { telemetryRepo: 'evil/t' },
    { telemetryRepo: '' },
    { repoState: 'absent' },
    { repoState: undefined },
    { repoContext: 'unknown' },
    { outcomeCode: 'INFRA_REPO_UNREGISTERED' },
    { outcomeCode: 'INFRA_TELEMETRY_UNRESOLVABLE' },
    { outcomeCode: 'constructor' },
    { versionUsed: 'v1' },
    { registrySha: '' },
    { dashboard: { enabled: false, public: false } },
    { dashboard: null },
    { warnings: 'none' },
    { owner: 'k', repo: 'k' },
  ]) {
    front.moods.push(edit(change))
    await t.rejects(
      resolveInfra({ client: front.connect(), targetRepo: 'k/k' }),
      { code: 'CLIENT_UNTRUSTED' },
      JSON.stringify(change),
    )
  }
  front.moods.push(spoil(({ text }) => ({ text: `{"outcomeCode":"INFRA_OK",${text.trim().slice(1)}` })))
  await t.rejects(
    resolveInfra({ client: front.connect(), targetRepo: 'k/k' }),
    { code: 'CLIENT_UNTRUSTED' },
    'keys out of order',
  )
  t.match(await front.client.engineRecord('k', 'k'), {
    outcome: 'recorded',
    degraded: false,
    record: { orgOwner: 'k' },
  })
})

t.test('a list that the registry changed under is begun again, and given up when it never stays', async t => {
  const repos = (n: number) =>
    Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`acme/r${i + n}`, 'enabled sandbox']))
  const front = await frontWorld(t, { registry: registryText(repos(0)) })
  const change =
    (n: number): Mood =>
    async (...args) => {
      front.live.snapshot = snapshotOf(registryText(repos(n)))
      await pass(...args)
    }
  front.moods.push(pass, change(1))
  const rows = await listDashboardEligibleRepos({ client: front.client })
  t.equal(rows.length, 1_500)
  t.strictSame(
    rows[0],
    { owner: 'acme', repo: 'r1', telemetryRepo: 'acme/telemetry', versionUsed: 'v2' },
    'all of the second',
  )
  t.equal(front.asked.length, 4)
  front.moods.push(...[2, 3, 4, 5, 6].flatMap(n => [pass, change(n)]))
  await t.rejects(listDashboardEligibleRepos({ client: front.client }), { code: 'CLIENT_REVISION_GONE' })
  t.equal(front.moods.length, 0)
})

if (!existsSync(vectors)) {
  t.comment('THE RECORDINGS ARE NOT BESIDE THIS CHECKOUT: the callers were not held to the field')
  t.pass('skipped', { skip: 'no vectors' })
} else {
  const read = (folder: string): Map<string, Buffer> => {
    const at = new URL(`${folder}/`, vectors)
    return new Map(
      readdirSync(at)
        .sort()
        .map(name => [name, readFileSync(new URL(name, at))]),
    )
  }
  const byBlob = new Map(
    [...read('registry-history').values()].map(bytes => [blobSha(bytes) as string, bytes]),
  )
  const blobs = [...byBlob.keys()]
  /** Serves the registry that a recording names; tells whether it is at hand. */
  const serve = (front: Front, blob: string): boolean => {
    const bytes = byBlob.get(blobs.find(known => known.startsWith(blob)) ?? '')
    if (bytes !== undefined) front.live.snapshot = snapshotOf(bytes.toString())
    return bytes !== undefined
  }

  t.test('preflight leaves the evidence that was recorded, byte for byte', async t => {
    const front = await frontWorld(t)
    let whole = 0
    for (const [name, bytes] of read('resolutions')) {
      const recorded = JSON.parse(bytes.toString())
      if (recorded.registrySha === undefined) continue
      t.ok(serve(front, recorded.registrySha), name)
      const { out } = await preflight(front.client, `${recorded.orgOwner}/${recorded.targetRepoName}`)
      t.equal(out, bytes.toString(), name)
      whole += 1
    }
    let embedded = 0
    for (const line of read('embedded-resolutions')
      .get('preflight-infra.jsonl')!
      .toString()
      .trimEnd()
      .split('\n')) {
      const { infra } = JSON.parse(line)
      t.ok(serve(front, infra.registrySha))
      const record = await resolveInfra({
        client: front.client,
        targetRepo: `${infra.orgOwner}/${infra.targetRepoName}`,
      })
      t.equal(JSON.stringify(record), JSON.stringify(infra))
      embedded += 1
    }
    t.strictSame([whole, embedded], [3, 31], 'as many as there are')
  })

  t.test('the scripts print the three values that were recorded', async t => {
    const front = await frontWorld(t)
    // These name no registry: what main held at their time is known.
    const current = [
      ['test-08', '975a8238'],
      ['test-09', '5d116400'],
      ['test-10', '1d2a2f54'],
    ] as const
    let lines = 0
    for (const [name, bytes] of read('resolutions')) {
      if (Object.keys(JSON.parse(bytes.toString())).length !== 3) continue
      if (!serve(front, current.find(([test]) => name.startsWith(test))![1])) continue
      t.equal((await script(front.client, 'garybayes/ta-sandbox', contextLine)).out, bytes.toString(), name)
      const target = await script(front.client, 'garybayes/ta-sandbox', telemetryLine)
      t.strictSame(target, { code: 0, out: 'garybayes/task-assistant-telemetry\n' })
      lines += 1
    }
    t.equal(lines, 2)
  })

  t.test('the fan-out starts as many dashboards as it did', async t => {
    const front = await frontWorld(t)
    for (const [blob, count] of [
      ['975a8238', 4],
      ['dcda9609', 3],
      ['975a8238', 4],
    ] as const) {
      t.ok(serve(front, blob), blob)
      const { code, started } = await fanOut(front.client)
      t.strictSame([code, started.length], [0, count], blob)
      for (const row of started)
        t.match(row, /^([^/]+)\/\S+ \1\/\S+$/, 'to the telemetry repository of its own')
    }
  })
}
