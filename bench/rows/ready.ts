// Start to ready: what verification adds. The same 10,000 repositories, once as a plain file and once sealed and
// pinned; from the start of the process to the first 200 of `/readyz`.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { activate } from '../../src/publish/activate.ts'
import { sealRegistry } from '../../src/publish/seal-registry.ts'
import { median, pinned } from '../machine.ts'
import { writeRegistry } from '../registries.ts'
import type { Row } from '../run.ts'
import { startCommand } from '../servers.ts'

const REPOS = 10_000
const MAX_RATIO = 1.3

/** Measures the time to ready, sealed against plain. */
export async function ready({ rounds }: { rounds: number }): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  try {
    writeRegistry(join(home, 'telemetry-registry.v2.json'), REPOS)
    mkdirSync(join(home, 'changelog'))
    writeFileSync(join(home, 'changelog/infra-changelog.jsonl'), '')
    const now = (): Date => new Date()
    const tree = { git_commit: null, working_tree_state: null }
    const { run } = await sealRegistry({ home, massChange: false, now, ...tree })
    await activate({ home, runId: run.runId, reason: 'measured', now })

    const plain: number[] = []
    const sealed: number[] = []
    for (let round = 0; round < rounds; round++) {
      plain.push(await timeToReady({ INFRA_REGISTRY_FILE: join(home, 'telemetry-registry.v2.json') }))
      sealed.push(await timeToReady({ INFRA_HOME: home }))
    }
    const ratio = median(sealed.map((ms, i) => ms / plain[i]!))
    return [
      {
        name: `start to ready, ${REPOS} repositories, sealed against a plain file`,
        ours: `${median(sealed).toFixed(0)} ms`,
        peer: `${median(plain).toFixed(0)} ms`,
        ratio: ratio.toFixed(2),
        target: `≤ ${MAX_RATIO}`,
        met: ratio <= MAX_RATIO,
      },
      {
        name: `start to ready, ${REPOS} repositories, sealed`,
        ours: `${median(sealed).toFixed(0)} ms`,
        peer: '–',
        ratio: '–',
        target: '< 400 ms',
        met: median(sealed) < 400,
      },
    ]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

async function timeToReady(source: Record<string, string>): Promise<number> {
  const [program, ...args] = pinned(0, startCommand())
  const began = performance.now()
  const child = spawn(program!, args, {
    env: { PATH: process.env.PATH, PORT: '0', ...source },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let url = ''
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number }
    if (msg === 'listening') url = `http://127.0.0.1:${port}`
    if (msg === 'registry swapped') break
  }
  const response = await fetch(`${url}/readyz`)
  if (!response.ok) throw new Error(`not ready: ${await response.text()}`)
  const took = performance.now() - began
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  return took
}
