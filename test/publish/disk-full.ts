// A disk that fills up: at every level of filling, what is on it is the old pointer or the new one, and whole
// runs; the old registry and changelog, or both new.
// On a small file system of its own where one can be mounted, and by a limit on the size of files in any case, which
// makes the kernel take less than it is given.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkChangelog } from '../../src/changelog/changelog.ts'
import { checkRegistry } from '../../src/registry/parse.ts'
import { verifyPin } from '../../src/seal/pin.ts'
import { readRunFolder } from '../../src/seal/run-folder.ts'
import { checkSeal } from '../../src/seal/verify.ts'
import {
  entriesOf,
  type Home,
  homeAt,
  infra,
  infraHere,
  makeHome,
  notRun,
  pin,
  REGISTRY_ID,
  seal,
  writeEntries,
} from '../fixtures/home-world.ts'
import { registryOf } from '../fixtures/registry-world.ts'
import { REASON, type Repo, writeRepo } from '../fixtures/repo-world.ts'
import { chaos, figures } from '../fixtures/service.ts'

const PAGE = 4096

/** What an entry of `entriesOf` takes in the registry, about. */
const BYTES_OF_ENTRY = 150

/** How many entries the registries have that are changed on a full disk. */
const SIZES = chaos ? [1, 30, 60, 120, 240] : [60]

/** More than any of the writes needs. */
const ENOUGH = 80 * 1024

/** Judges a home after a write that may have failed; returns whether it was done. */
function judge(
  t: Test,
  home: Home,
  before: Buffer,
  runs: readonly string[],
  code: number | null,
  what: string,
): boolean {
  const now = readdirSync(home.runs)
  for (const name of now)
    t.strictSame(checkSeal(readRunFolder(join(home.runs, name))).faults, [], `${what}: ${name}`)
  verifyPin(home.path, REGISTRY_ID)
  const done = now.length > runs.length || !readFileSync(home.pointer).equals(before)
  t.equal(done, code === 0, `${what}: exit ${code}`)
  if (!done) t.equal(code, 3, `${what}: a full disk is the world's fault`)
  return done
}

t.test('files that may not grow beyond a limit', async t => {
  const home = makeHome(t, { count: 30 })
  const { runId } = await seal(home)
  const other = await seal(home)
  await pin(home, runId)
  // A pointer larger than the first limits; the program itself writes nothing that is larger.
  writeFileSync(
    home.pointer,
    `${readFileSync(home.pointer, 'utf8').trimEnd().slice(0, -1).trimEnd()},\n"prose": "${'x'.repeat(4000)}"}\n`,
  )
  for (const words of [['activate', other.runId, '--reason', 'x'], ['seal']]) {
    let failed = 0
    for (const limit of [0, 1, 512, 2048, 4096]) {
      const before = readFileSync(home.pointer)
      const runs = readdirSync(home.runs)
      const { code, stderr } = infra([...words, '--home', home.path], {
        under: ['prlimit', `--fsize=${limit}`],
      })
      if (/prlimit: |failed to execute prlimit|No such file.*prlimit/.test(stderr))
        return notRun(t, 'prlimit is missing')
      if (!judge(t, home, before, runs, code, `${words[0]} with ${limit} bytes`)) failed += 1
    }
    t.ok(failed > 0, `${failed} times ${words[0]} met its limit`)
    t.match(await infraHere([...words, '--home', home.path], { now: () => new Date() }), { code: 0 })
  }
})

/** Runs `act` on a file system of its own, of `size`; says so where none can be mounted. */
async function onSmallDisk(t: Test, size: string, act: (folder: string) => Promise<void>): Promise<void> {
  const small = join(t.testdir({ small: {} }), 'small')
  const words = ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', small]
  const mount = spawnSync('mount', words, { encoding: 'utf8' })
  if (mount.status !== 0) return notRun(t, `no file system can be mounted (${mount.stderr || mount.error})`)
  try {
    await act(small)
  } finally {
    // Before the folder it stands in is taken away.
    t.equal(spawnSync('umount', [small]).status, 0)
  }
}

t.test('a file system that fills up', t => onSmallDisk(t, '256k', small => fillUp(t, small, 4 * 1024)))

async function fillUp(t: Test, small: string, step: number): Promise<void> {
  const home = homeAt(small)
  for (const folder of ['changelog', 'registry']) mkdirSync(join(home.path, folder), { recursive: true })
  writeFileSync(home.changelog, '')
  writeEntries(home, 60)
  const runs = [await seal(home), await seal(home)]
  await pin(home, runs[0]!.runId)
  const outcomes = { done: 0, refused: 0 }
  const filler = join(small, 'filler')
  const { bavail, bsize } = statfsSync(small)
  const free = bavail * bsize
  for (let left = 0; left <= Math.min(free, ENOUGH); left += step) {
    writeFileSync(filler, Buffer.alloc(free - left))
    for (const words of [['activate', runs[1]!.runId, '--reason', 'x'], ['seal']]) {
      const before = readFileSync(home.pointer)
      const sealed = readdirSync(home.runs)
      const { code } = await infraHere([...words, '--home', home.path])
      const done = judge(t, home, before, sealed, code, `${words[0]} with ${left} bytes left`)
      outcomes[done ? 'done' : 'refused'] += 1
    }
    // As it was, for the next level.
    rmSync(filler)
    for (const name of readdirSync(home.runs))
      if (!runs.some(({ runId }) => runId === name)) rmSync(join(home.runs, name), { recursive: true })
    await pin(home, runs[0]!.runId)
  }
  t.ok(outcomes.done > 0 && outcomes.refused > 0, `${outcomes.done} done, ${outcomes.refused} refused`)
  t.comment(`${outcomes.done} done, ${outcomes.refused} refused`)
}

t.test('a change of the registry on a file system that fills up', t =>
  onSmallDisk(t, '2m', async small => {
    const count = { done: 0, refused: 0, 'cut off': 0 }
    for (const entries of SIZES) {
      const repo = writeRepo(join(small, `of-${entries}`), registryOf({ acme: entriesOf(entries) }))
      for (let left = 0; left <= entries * BYTES_OF_ENTRY + 4 * PAGE; left += PAGE)
        count[await changeWithLeft(t, repo, left)] += 1
      t.match(await repo.run('check', '--against', 'main'), { code: 0 })
      rmSync(repo.top, { recursive: true })
    }
    t.ok(count.done > 0 && count.refused > 0, `${count.done} done, ${count.refused} refused`)
    t.equal(count['cut off'], 0)
    figures(t, 'a change on a disk that fills up', count)
  }),
)

/** Registers a repository with `left` bytes left on the disk; both files are old or both are new, and both are whole. */
async function changeWithLeft(t: Test, repo: Repo, left: number): Promise<'done' | 'refused' | 'cut off'> {
  const words = ['register', `acme/n${left}`, '--context', 'sandbox', ...REASON]
  const read = () => [readFileSync(repo.working, 'utf8'), readFileSync(repo.changelog, 'utf8')]
  const lines = repo.lines().length
  const before = read()
  const filler = join(repo.top, '../filler')
  const { bavail, bsize } = statfsSync(repo.top)
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - left)))
  const { code, stderr } = await repo.run(...words)
  rmSync(filler)
  const what = `${left} bytes left of ${before[0]!.length}`
  const whole = [
    ...checkRegistry(readFileSync(repo.working), 'registry'),
    ...checkChangelog(readFileSync(repo.changelog), 'changelog'),
  ]
  t.strictSame(whole, [], `${what}: both are whole`)
  if (whole.length > 0) return 'cut off'
  if (code === 0) t.equal(repo.lines().length, lines + 1, `${what}: one line more`)
  else {
    t.equal(code, 3, `${what}: ${stderr}`)
    t.strictSame(read(), before, `${what}: both as they were`)
    t.match(await repo.run(...words), { code: 0 }, `${what}: and it can be done when there is room`)
  }
  return code === 0 ? 'done' : 'refused'
}
