// Real registries and what the engines recorded of them. The data is other people's and is not kept here: where the
// folder beside the checkout is absent, nothing is checked, and this says so.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import t, { type Test } from 'tap'
import { blobSha } from '../../src/core/digest.ts'
import { renderCanonical } from '../../src/core/json.ts'
import { buildEngineRecord, renderEngineRecord } from '../../src/registry/engine-record.ts'
import { checkRegistry, parseRegistry } from '../../src/registry/parse.ts'
import type { Snapshot } from '../../src/registry/snapshot.ts'
import { finish } from '../../src/registry/steps.ts'
import { snapshotOf } from '../fixtures/registry-world.ts'

const vectors = new URL('../../../shared/vectors/', import.meta.url)
const ELEVEN_KEYS = 11

/** Returns the files of a folder of the vectors, by name. */
function filesOf(folder: string): Map<string, Buffer> {
  const at = new URL(`${folder}/`, vectors)
  return new Map(
    readdirSync(at)
      .sort()
      .map(name => [name, readFileSync(new URL(name, at))]),
  )
}

function recordOf(snapshot: Snapshot, org: string, repo: string): ReturnType<typeof buildEngineRecord> {
  return buildEngineRecord({ org, repo }, snapshot.resolve(org, repo), snapshot.info.blobSha)
}

/** Checks every record whose registry is at hand; returns how many those are, and how many are not. */
function tally(t: Test, what: string, checked: number, unchecked: number, want: [number, number]): void {
  t.comment(`${what}: ${checked} reproduced, ${unchecked} of registries that are not at hand`)
  t.ok(checked > 0, `${what}: some were checked`)
  t.strictSame([checked, unchecked], want, `${what}: as many as there are`)
}

if (!existsSync(vectors)) {
  t.comment('THE REAL REGISTRIES ARE NOT BESIDE THIS CHECKOUT: nothing of the field was checked')
  t.pass('skipped', { skip: 'no vectors' })
} else {
  const history = filesOf('registry-history')
  const byBlob = new Map<string, Snapshot>(
    [...history.values()].map(bytes => [blobSha(bytes), snapshotOf(bytes)]),
  )

  t.test(
    'every registry of the field is read, written back byte for byte, and named as git names it',
    async t => {
      for (const [name, bytes] of history) {
        t.strictSame(checkRegistry(bytes, name), [], name)
        t.ok(Buffer.from(renderCanonical(parseRegistry(bytes, name))).equals(bytes), 'the same bytes')
        t.equal(blobSha(bytes), /-([0-9a-f]{40})\.json$/.exec(name)?.[1])
      }
      t.equal(history.size, 4)
    },
  )

  t.test('every recorded resolution is reproduced byte for byte', async t => {
    let checked = 0
    let unchecked = 0
    for (const [name, bytes] of filesOf('resolutions')) {
      const recorded = JSON.parse(bytes.toString())
      if (Object.keys(recorded).length !== ELEVEN_KEYS) continue
      const snapshot = byBlob.get(recorded.registrySha)
      if (snapshot === undefined) {
        unchecked += 1
        continue
      }
      checked += 1
      const record = recordOf(snapshot, recorded.orgOwner, recorded.targetRepoName)
      t.equal(renderEngineRecord(record), bytes.toString(), name)
    }
    tally(t, 'whole records', checked, unchecked, [3, 0])
  })

  t.test('every record embedded in telemetry is reproduced', async t => {
    let checked = 0
    let unchecked = 0
    const lines = filesOf('embedded-resolutions')
      .get('preflight-infra.jsonl')!
      .toString()
      .trimEnd()
      .split('\n')
    for (const line of lines) {
      const { infra } = JSON.parse(line)
      const snapshot = byBlob.get(infra.registrySha)
      if (snapshot === undefined) {
        unchecked += 1
        continue
      }
      checked += 1
      t.equal(JSON.stringify(recordOf(snapshot, infra.orgOwner, infra.targetRepoName)), JSON.stringify(infra))
    }
    tally(t, 'embedded records', checked, unchecked, [31, 0])
  })

  t.test('the recordings of three values come from the registry of their hour', async t => {
    // They name no blob: the file name tells the repository and the time, and this is what main held from when.
    const current: readonly [since: string, blob: string][] = [
      ['2026-02-04T23-46', '975a8238c9e09f9b62c8859dc2b5e510e761eaad'],
      ['2026-02-05T14-34', '5d116400f7387a0d479c7ed9e1d53f9b0346b7dc'],
      ['2026-02-05T18-03', '1d2a2f545f7c2c4b66207ea2cac7b3017c59d3a4'],
    ]
    let checked = 0
    let unchecked = 0
    for (const [name, bytes] of filesOf('resolutions')) {
      const recorded = JSON.parse(bytes.toString())
      if (Object.keys(recorded).join() !== 'context,state,outcome') continue
      const time = /__(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)__/.exec(basename(name))![1]!
      const blob = current.findLast(([since]) => since <= time)![1]
      const snapshot = byBlob.get(blob)
      if (snapshot === undefined) {
        unchecked += 1
        continue
      }
      checked += 1
      const { repoContext, repoState, outcomeCode } = recordOf(snapshot, 'garybayes', 'ta-sandbox')
      const line = JSON.stringify({ context: repoContext, state: repoState, outcome: outcomeCode })
      t.equal(`${line}\n`, bytes.toString(), name)
    }
    tally(t, 'recordings of three values', checked, unchecked, [2, 0])
  })

  t.test('the lists hold as many enabled repositories as the field built dashboards for', async t => {
    const enabled = [...history].map(([name, bytes]) => [
      name.slice(0, 2),
      finish(snapshotOf(bytes).repos({ state: 'enabled' }, { from: 0, limit: 99 })).total,
    ])
    t.strictSame(enabled, [
      ['01', 0],
      ['03', 3],
      ['04', 4],
      ['06', 4],
    ])
  })
}
