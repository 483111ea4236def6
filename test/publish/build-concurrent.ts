// Builders at the same time, in processes of their own, and a scanner that never stops: each build succeeds whole or is
// told that another one is writing, and nobody ever sees a part of a run.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { scanRuns } from '../../src/layer/run-registry.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { startInfra } from '../fixtures/home-world.ts'
import { makeLayerHome } from '../fixtures/layer-world.ts'

const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 2)

/** Runs that were there unsealed from the beginning. */
const LEGACY: readonly string[] = ['a', 'b']

t.test('two builders and a scanner', async t => {
  const home = await makeLayerHome(t)
  const runs = join(home, '.codex/RUNS')
  const seen = new Set<string>()
  const partial: string[] = []
  let looks = 0
  let done = false
  const scanner = (async () => {
    while (!done) {
      for (const { run_id, warnings } of scanRuns(home))
        if (!LEGACY.includes(run_id) && warnings.length > 0) partial.push(`${run_id}: ${warnings}`)
      for (const name of readdirSync(runs)) {
        if (seen.has(name) || LEGACY.includes(name)) continue
        seen.add(name)
        const { faults } = checkSeal(readRunFolder(join(runs, name)))
        if (faults.length > 0) partial.push(`${name}: ${faults.map(({ code }) => code)}`)
      }
      looks += 1
      await setImmediate()
    }
  })()
  const before = readdirSync(runs).length
  let built = 0
  let refused = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const words = [
      ['build', 'all'],
      ['build', 'run_registry'],
      ['build', 'registry_delta_log'],
    ]
    const said = await Promise.all(words.map(each => startInfra([...each, '--json', '--home', home])))
    for (const { code, stdout, stderr } of said) {
      const answer = JSON.parse(stdout)
      // A chain that was stopped has sealed what it says it has.
      built +=
        answer.runs?.length ?? stderr.split('\n').filter(line => line.includes('was sealed before')).length
      if (code === 0) continue
      refused += 1
      t.match({ code, stderr }, { code: 4, stderr: /PUBLISH_LOCKED/ })
    }
  }
  done = true
  await scanner
  t.strictSame(partial, [], 'no part of a run was seen')
  t.equal(readdirSync(runs).length, before + built, 'every run that was told of is there, and no other')
  t.ok(looks > 20 && seen.size > 4 && built > 0)
  t.comment(`${built} runs built, ${refused} builders refused, ${looks} looks`)
})
