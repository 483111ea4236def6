// One change of a registry of 10,000 repositories, from the start of the process to its end, beside what any program
// would need that starts and parses the same file. The built program is what is installed; the checkout's own command
// also strips its types at every start.

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPrograms } from '../build-programs.ts'
import { median } from '../machine.ts'
import { writeRegistry } from '../registries.ts'
import type { Row } from '../row.ts'

const REPOS = 10_000
const MAX_RATIO = 3
const WARM_UPS = 2

const root = join(import.meta.dirname, '../..')

/** Measures a mutation, built and from source, against the start of Node and a parse. */
export async function mutation({ rounds }: { rounds: number }): Promise<Row[]> {
  const built = join(buildPrograms(), 'infra.js')
  const top = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  try {
    const file = makeRepository(top)
    const parse = ['-e', `JSON.parse(require('fs').readFileSync(${JSON.stringify(file)}))`]
    const taken = { peer: [] as number[], built: [] as number[], source: [] as number[] }
    const words = ['disable', 'org-3/repo-1', '--reason', 'measured']
    for (let round = 0; round < rounds + WARM_UPS; round++) {
      taken.peer.push(timeOf(top, parse))
      for (const [name, program] of Object.entries({
        built,
        source: join(root, 'src/bin/infra.ts'),
      })) {
        taken[name as 'built' | 'source'].push(timeOf(top, [program, ...words]))
        execFileSync('git', ['-C', top, 'checkout', '--quiet', '.'])
      }
    }
    const row = (name: string, own: readonly number[]): Row => {
      const ratio = median(own.map((ms, i) => ms / taken.peer[i]!).slice(WARM_UPS))
      return {
        name: `a mutation of ${REPOS} repositories, ${name}, against node -e and JSON.parse`,
        ours: `${median(own.slice(WARM_UPS)).toFixed(0)} ms`,
        peer: `${median(taken.peer.slice(WARM_UPS)).toFixed(0)} ms`,
        ratio: ratio.toFixed(2),
        target: `≤ ${MAX_RATIO}`,
        met: ratio <= MAX_RATIO,
      }
    }
    return [row('as installed', taken.built), row('from source', taken.source)]
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
}

function makeRepository(top: string): string {
  const home = join(top, 'infra')
  const file = join(home, 'telemetry-registry.v2.json')
  mkdirSync(join(home, 'changelog'), { recursive: true })
  writeRegistry(file, REPOS)
  writeFileSync(join(home, 'changelog/infra-changelog.jsonl'), '')
  const git = (...words: string[]): void => {
    const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost']
    execFileSync('git', ['-C', top, ...who, ...words], { stdio: 'ignore' })
  }
  git('init', '-b', 'main')
  git('add', '.')
  git('commit', '-m', 'Begin')
  // As in a clone: the remote has said which branch is its default.
  git('update-ref', 'refs/remotes/origin/main', 'HEAD')
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')
  git('switch', '-c', 'work')
  return file
}

function timeOf(cwd: string, args: readonly string[]): number {
  const began = performance.now()
  execFileSync(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  return performance.now() - began
}
