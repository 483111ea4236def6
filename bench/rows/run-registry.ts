// `infra build run_registry` over many run folders, from the start of the process to the sealed run, against reading and
// hashing the same files: `find … -exec sha256sum {} +`, which starts as few processes as it can. In turns, in one run.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildRun } from '../../src/publish/run-files.ts'
import { buildPrograms } from '../build-programs.ts'
import { median, pinned } from '../machine.ts'
import type { Row } from '../row.ts'

const FOLDERS = Number(process.env.BENCH_FOLDERS ?? 10_000)
const MAX_RATIO = 1

/** Says at its end how much memory the process had at most, in KiB. */
const TELL_MEMORY = 'process.on("exit", () => process.stderr.write(String(process.resourceUsage().maxRSS)))'

/** Measures a build of the run registry against hashing what it tells of. */
export async function runRegistry({ rounds }: { rounds: number }): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  const home = join(folder, 'infra')
  try {
    const program = join(buildPrograms(), 'infra.js')
    const runs = join(home, '.codex/RUNS')
    for (let at = 0; at < FOLDERS; at++) writeRun(runs, at)
    const node = [
      process.execPath,
      '--import',
      `data:text/javascript,${encodeURIComponent(TELL_MEMORY)}`,
      program,
    ]
    const build = [...node, 'build', 'run_registry', '--home', home]
    const hash = ['find', runs, '-type', 'f', '-exec', 'sha256sum', '{}', '+']
    const ours: number[] = []
    const peer: number[] = []
    let memory = 0
    for (let round = 0; round < rounds; round++) {
      const built = time(build)
      memory = Math.max(memory, Number(built.stderr))
      ours.push(built.ms)
      peer.push(time(hash).ms)
    }
    if (readdirSync(runs).length !== FOLDERS + rounds) throw new Error('a build left no run')
    const ratio = median(ours.map((ms, round) => ms / peer[round]!))
    return [
      {
        name: `build run_registry over ${FOLDERS} run folders, ${Math.round(memory / 1024)} MiB, against find -exec sha256sum {} +`,
        ours: `${median(ours).toFixed(0)} ms`,
        peer: `${median(peer).toFixed(0)} ms`,
        ratio: ratio.toFixed(2),
        target: `≤ ${MAX_RATIO}`,
        met: ratio <= MAX_RATIO,
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes a sealed run with a payload of a few kilobytes; all differ. */
function writeRun(runs: string, at: number): void {
  const run_id = `2026-01-01__000000__run_${String(at).padStart(6, '0')}`
  const payload = Buffer.from(`${run_id} `.repeat(150))
  const { files } = buildRun(
    {
      run_id,
      created_utc: '2026-01-01T00:00:00Z',
      run_type: 'op_run',
      option: 'A',
      operation_id: `OP-A${String(at % 100).padStart(2, '0')}`,
      git_commit: 'c'.repeat(40),
      working_tree_state: 'clean',
      inputs: {},
    },
    new Map([
      ['one.jsonl', payload],
      ['two.json', payload.subarray(1)],
    ]),
  )
  mkdirSync(join(runs, run_id), { recursive: true })
  for (const [name, bytes] of files) writeFileSync(join(runs, run_id, name), bytes)
}

function time(words: readonly string[]): { ms: number; stderr: string } {
  const [program, ...args] = pinned(0, words)
  const began = performance.now()
  // What is printed goes nowhere: neither side is measured by how fast it writes to a pipe.
  const { status, stderr } = spawnSync(program!, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
  return { ms: performance.now() - began, stderr }
}
