// Start to ready, from the start of the process to the first 200 of `/readyz`: sealed registries of several sizes, and
// what verification adds to the same registry as a plain file. At the largest, what stays in memory.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { buildPrograms } from '../build-programs.ts'
import { makeHome } from '../homes.ts'
import { median, pinned, residentMib } from '../machine.ts'
import { absolute, type Row } from '../row.ts'
import { startCommand } from '../servers.ts'

/** Registries by size: how soon each has to be ready, in milliseconds, and how often that is measured at the most. */
const SIZES: readonly { readonly repos: number; readonly within: number | null; readonly rounds: number }[] =
  [
    { repos: 10, within: null, rounds: 9 },
    { repos: 10_000, within: 400, rounds: 9 },
    { repos: 1_000_000, within: 8_000, rounds: 3 },
  ]
/** The size at which sealed is compared with plain, and resident memory is bounded. */
const COMPARED = 10_000
const LARGEST = 1_000_000
const MAX_RATIO = 1.3
const MAX_RESIDENT_MIB = 700

/** By then the thread that loaded has given back what it needed. */
const SETTLE_MS = 1_500

/** Measures the time to ready at every size, sealed against plain at one of them, and memory at the largest. */
export async function ready({ rounds }: { rounds: number }): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of SIZES) rows.push(...(await measure({ ...size, rounds: Math.min(rounds, size.rounds) })))
  return rows
}

async function measure({ repos, within, rounds }: (typeof SIZES)[number]): Promise<Row[]> {
  const home = await makeHome(repos)
  try {
    const plain: Start[] = []
    const sealed: Start[] = []
    const built: Start[] = []
    for (let round = 0; round < rounds; round++) {
      if (repos === COMPARED) {
        plain.push(await start({ INFRA_REGISTRY_FILE: home.file }))
        built.push(await start({ INFRA_HOME: home.path }, builtCommand()))
      }
      sealed.push(await start({ INFRA_HOME: home.path }))
    }
    const ms = median(sealed.map(({ ms }) => ms))
    const rows = [
      absolute(`start to ready, ${repos} repositories, sealed`, ms, within, 'ms'),
      ...(repos === COMPARED ? [compare(sealed, plain), asBuilt(built, within)] : []),
    ]
    if (repos < LARGEST) return rows
    const mib = median(sealed.map(({ mib }) => mib))
    return [...rows, absolute(`resident after a load of ${repos} repositories`, mib, MAX_RESIDENT_MIB, 'MiB')]
  } finally {
    home.remove()
  }
}

function compare(sealed: readonly Start[], plain: readonly Start[]): Row {
  const ratio = median(sealed.map(({ ms }, i) => ms / plain[i]!.ms))
  return {
    name: `start to ready, ${COMPARED} repositories, sealed against a plain file`,
    ours: `${median(sealed.map(({ ms }) => ms)).toFixed(0)} ms`,
    peer: `${median(plain.map(({ ms }) => ms)).toFixed(0)} ms`,
    ratio: ratio.toFixed(2),
    target: `≤ ${MAX_RATIO}`,
    met: ratio <= MAX_RATIO,
  }
}

/** The built program: it strips no types and finds no files. */
function asBuilt(built: readonly Start[], within: number | null): Row {
  const ms = median(built.map(({ ms }) => ms))
  return absolute(`start to ready, ${COMPARED} repositories, sealed, the built program`, ms, within, 'ms')
}

function builtCommand(): string[] {
  return startCommand(join(buildPrograms(), 'serve.js'))
}

interface Start {
  readonly ms: number
  /** Resident memory a little after the load, in MiB. */
  readonly mib: number
}

async function start(source: Record<string, string>, command = startCommand()): Promise<Start> {
  const [program, ...args] = pinned(0, command)
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
  const ms = performance.now() - began
  await delay(SETTLE_MS)
  const mib = residentMib(child.pid!)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  return { ms, mib }
}
