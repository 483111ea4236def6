// Every system call that `seal`, `promote`, `build`, `activate` and `rollback` make on a home is the last one once, or
// fails once. What is found afterwards is the old state or the new one, whole, and the next run succeeds.

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { verifyPin } from '../../src/seal/pin.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import { type Play, testFaultPoints } from '../fixtures/fault-points.ts'
import {
  type Home,
  homeAt,
  infraHere,
  makeHome,
  pin,
  REGISTRY_ID,
  type Said,
  seal,
  sealAndPin,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'
import { addSources } from '../fixtures/promotion-world.ts'

/** The runs that are made at the pinned time, by the verb. */
const NEW_RUNS: Readonly<Record<string, string>> = {
  seal: '2027-01-01__000000__seal_telemetry_registry',
  promote: '2027-01-01__000000__seal_migration_ledger',
  build: '2027-01-01__000000__run_registry_build',
}

interface Act {
  readonly words: readonly string[]
  /** Prepares a home and returns the run that is active after the act. */
  readonly prepare: (home: Home) => Promise<string>
}

const ACTS: Readonly<Record<string, Act>> = {
  seal: {
    words: ['seal'],
    prepare: async home => {
      const { runId } = await sealAndPin(home)
      writeEntries(home, 4)
      return runId
    },
  },
  promote: {
    words: ['promote', 'migration_ledger'],
    prepare: async home => {
      const { runId } = await sealAndPin(home)
      addSources(home)
      return runId
    },
  },
  build: {
    words: ['build', 'run_registry'],
    prepare: async home => (await sealAndPin(home)).runId,
  },
  activate: {
    words: ['activate', 'RUN', '--reason', 'a test'],
    prepare: async home => {
      await sealAndPin(home)
      return (await seal(home)).runId
    },
  },
  'activate, the first': {
    words: ['activate', 'RUN', '--reason', 'a test'],
    prepare: async home => {
      const { runId } = await seal(home)
      rmSync(join(home.path, 'registry'), { recursive: true })
      return runId
    },
  },
  rollback: {
    words: ['rollback', '--reason', 'a test'],
    prepare: async home => {
      await sealAndPin(home)
      const { runId } = await sealAndPin(home)
      await pin(home, (await sealAndPin(home)).runId)
      return runId
    },
  },
}

interface Scene {
  readonly words: readonly string[]
  readonly target: string
  readonly before: ReadonlyMap<string, string>
  readonly oldPointer: Buffer | null
}

const readOrNull = (path: string): Buffer | null => {
  try {
    return readFileSync(path)
  } catch {
    return null // there is none, which is one of the states
  }
}

async function setScene(t: Test, { words, prepare }: Act): Promise<Play> {
  const home = makeHome(t)
  const target = await prepare(home)
  const scene: Scene = {
    words: words.map(word => (word === 'RUN' ? target : word)),
    target,
    before: treeOf(home.path),
    oldPointer: readOrNull(home.pointer),
  }
  return {
    ...{ words: scene.words, template: home.top, env: { GIT_DIR: '/nowhere' } },
    judgeBy: () => (top, said) => judge(scene, top, said),
  }
}

/** Says everything that is wrong with what is left at `top`; and whether it is the old state or the new. */
async function judge(
  scene: Scene,
  top: string,
  said: Said,
): Promise<{ wrong: string[]; state: 'old' | 'new' }> {
  const home = homeAt(top)
  const wrong: string[] = []
  const verb = scene.words[0]!
  const sealed = readdirSync(home.runs)
  for (const name of sealed) {
    const { faults } = checkSeal(readRunFolder(join(home.runs, name)))
    if (faults.length > 0) wrong.push(`a partial run is visible: ${name}`)
  }
  const pointer = readOrNull(home.pointer)
  const same = pointer === null ? scene.oldPointer === null : scene.oldPointer?.equals(pointer) === true
  if (pointer !== null) {
    try {
      const { runId } = verifyPin(home.path, REGISTRY_ID).pin
      if (!same && runId !== scene.target) wrong.push(`another run is active: ${runId}`)
    } catch (error) {
      wrong.push(`the pin does not verify: ${error}`)
    }
  }
  const made = NEW_RUNS[verb]
  if (made !== undefined && !same) wrong.push('sealing changed the pointer')
  const state = (made === undefined ? !same : sealed.includes(made)) ? 'new' : 'old'
  if (said.code === 0 && state === 'old') wrong.push('exit 0, and nothing was done')
  const told = said.stderr.includes('PUBLISH_NOT_DURABLE')
  if (said.code !== null && said.code !== 0 && (state === 'new') !== told)
    wrong.push(`exit ${said.code} with the ${state} state, and it says: ${said.stderr}`)
  if ((said.code === 3) !== true && told) wrong.push(`the world failed, and the exit code is ${said.code}`)
  wrong.push(...strayChanges(scene, home))

  const next = await infraHere([...scene.words, '--home', home.path], { now: () => new Date() })
  if (next.code !== 0) wrong.push(`the next run failed: ${next.stderr}`)
  const staged = readOrEmpty(join(home.path, '.codex/STAGING'))
  const idle = next.stdout.includes('nothing to do')
  if (staged.length > 0 && !idle) wrong.push(`left staged after the next run: ${staged}`)
  try {
    verifyPin(home.path, REGISTRY_ID)
  } catch (error) {
    wrong.push(`the pin does not verify after the next run: ${error}`)
  }
  return { wrong, state }
}

const readOrEmpty = (path: string): string[] => {
  try {
    return readdirSync(path)
  } catch {
    return [] // there is no such folder, and so nothing in it
  }
}

/** What is not as it was, outside the places that may change. */
function strayChanges({ before }: Scene, home: Home): string[] {
  const made = Object.values(NEW_RUNS).map(name => `.codex/RUNS/${name}`)
  const may = [...made, '.codex/STAGING/', 'registry/ACTIVE_REGISTRY_POINTERS_v0_1.json']
  const after = treeOf(home.path)
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    path => before.get(path) !== after.get(path) && !may.some(place => path.startsWith(place)),
  )
  return changed.filter(path => path !== 'registry/').map(path => `changed: ${path}`)
}

testFaultPoints(
  t,
  Object.fromEntries(Object.entries(ACTS).map(([name, act]) => [name, (t: Test) => setScene(t, act)])),
)
