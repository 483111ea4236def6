// Every system call that a change of the registry makes on its home is the last one once, or fails once. What is found
// afterwards is the old pair or the new one, once the next change has mended it, and that change succeeds.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { blobSha } from '../../src/core/digest.ts'
import { planRecovery } from '../../src/publish/recovery.ts'
import { checkRegistry } from '../../src/registry/parse.ts'
import { FULL, type Play, testFaultPoints } from '../fixtures/fault-points.ts'
import { homeAt, infraHere, type Said, treeOf } from '../fixtures/home-world.ts'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

const ACTS: Readonly<Record<string, readonly string[]>> = {
  register: ['register', 'acme/new', '--context', 'sandbox', ...REASON],
  'register --reset': ['register', 'acme/app', '--context', 'sandbox', '--reset', ...REASON],
  disable: ['disable', 'acme/app', ...REASON],
}
/** A change that each of the acts leaves possible, and that tells nothing of them. */
const NEXT = ['enable', 'acme/old', ...REASON]

interface Pair {
  readonly registry: string
  readonly log: string
}

interface Scene {
  readonly before: ReadonlyMap<string, string>
  readonly old: Pair
  readonly new: Pair
}

const readPair = (top: string): Pair => ({
  registry: readFileSync(homeAt(top).working, 'utf8'),
  log: readFileSync(homeAt(top).changelog, 'utf8'),
})

function setScene(t: Test, words: readonly string[]): Play {
  const template = makeRepo(t).top
  const [before, old] = [treeOf(template), readPair(template)]
  return {
    ...{ words, template },
    judgeBy: played => {
      const scene = { before, old, new: readPair(played) }
      return (top, said) => judge(scene, top, said)
    },
  }
}

/** Says everything that is wrong with what is left at `top`, and whether it is the old state or the new. */
async function judge(
  scene: Scene,
  top: string,
  said: Said,
): Promise<{ wrong: string[]; state: 'old' | 'new' }> {
  const wrong: string[] = []
  const pair = readPair(top)
  const state = pair.registry === scene.new.registry ? 'new' : 'old'
  if (state === 'old' && pair.registry !== scene.old.registry)
    wrong.push('the registry is neither old nor new')
  if (checkRegistry(Buffer.from(pair.registry), 'r').length > 0) wrong.push('the registry is not valid')
  const log = Buffer.from(pair.log)
  try {
    const plan = planRecovery(log, blobSha(Buffer.from(pair.registry)))
    const mended = log.subarray(0, plan?.keep).toString()
    if (mended !== scene[state].log) wrong.push(`the log is not the ${state} one, mended`)
  } catch (error) {
    wrong.push(`the log cannot be mended: ${error}`)
  }
  if (said.code === 0 && state === 'old') wrong.push('exit 0, and nothing was done')
  const told = said.stderr.includes('PUBLISH_NOT_DURABLE')
  if (said.code !== null && said.code !== 0 && (state === 'new') !== told)
    wrong.push(`exit ${said.code} with the ${state} state, and it says: ${said.stderr}`)
  if (said.code !== null && said.code !== 0 && state === 'old' && pair.log !== scene.old.log)
    wrong.push('it failed and could, and left its line in the log')
  const after = treeOf(top)
  for (const path of new Set([...scene.before.keys(), ...after.keys()])) {
    const may = /^infra\/(?:telemetry-registry\.v2\.json$|changelog\/infra-changelog\.jsonl$|\.codex\/)/
    if (scene.before.get(path) !== after.get(path) && !may.test(path)) wrong.push(`changed: ${path}`)
  }

  const next = await infraHere([...NEXT, '--home', homeAt(top).path], { now: () => new Date('2027-02-01') })
  if (next.code !== 0) wrong.push(`the next change failed: ${next.stderr}`)
  const mended = readPair(top).log
  if (
    !mended.startsWith(scene[state].log) ||
    mended.split('\n').length !== scene[state].log.split('\n').length + 1
  )
    wrong.push(`the log after the next change is not the ${state} one and a line`)
  const staged = readdirSync(join(homeAt(top).path, '.codex/STAGING'))
  if (staged.length > 0) wrong.push(`left staged after the next change: ${staged}`)
  const checked = await infraHere(['check', '--against', 'main', '--home', homeAt(top).path])
  if (checked.code !== 0) wrong.push(`the gates fail after the next change: ${checked.stdout}`)
  return { wrong, state }
}

const acts = Object.entries(ACTS).filter(([name]) => FULL || name !== 'register --reset')

testFaultPoints(t, Object.fromEntries(acts.map(([name, words]) => [name, (t: Test) => setScene(t, words)])))
