// Our service against the way without one: the caller fetches the whole registry from a file server, parses it and picks.
// Counted is what one caller gets done, in the same Node, on the core of the load.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, pinned } from '../machine.ts'
import { writeRegistry } from '../registries.ts'
import type { Dose, Row } from '../row.ts'
import { type Server, startPeer, startService } from '../servers.ts'

const SIZES = [10, 1_000, 10_000]
const MAX_ROUNDS = 5

/** Measures a caller of the service against a caller who fetches the file. */
export async function today({ rounds, seconds }: Dose): Promise<Row[]> {
  const rows: Row[] = []
  for (const repos of SIZES)
    rows.push(await measure(repos, { rounds: Math.min(rounds, MAX_ROUNDS), seconds }))
  return rows
}

async function measure(repos: number, { rounds, seconds }: Dose): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  const servers: Server[] = []
  try {
    const file = join(folder, 'registry.json')
    writeRegistry(file, repos)
    const service = await startService({ INFRA_REGISTRY_FILE: file })
    servers.push(service)
    const fileServer = await startPeer('whole-file', { FILE: file })
    servers.push(fileServer)
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < rounds; round++) {
      theirs.push(askInTurn('file', fileServer.url, repos, seconds))
      ours.push(askInTurn('service', service.url, repos, seconds))
    }
    return {
      name: `look-ups of one caller, ${repos} repositories, against fetching and parsing the whole file`,
      ours: `${median(ours).toFixed(0)}/s`,
      peer: `${median(theirs).toFixed(0)}/s`,
      ratio: median(ours.map((perSecond, i) => perSecond / theirs[i]!)).toFixed(1),
      target: '–',
      met: null,
    }
  } finally {
    for (const server of servers) await server.stop()
    rmSync(folder, { recursive: true })
  }
}

function askInTurn(way: 'file' | 'service', url: string, repos: number, seconds: number): number {
  const script = join(import.meta.dirname, '../ask-in-turn.ts')
  const words = [process.execPath, script, way, url, String(repos), String(seconds)]
  const [program, ...args] = pinned(1, words)
  return (JSON.parse(execFileSync(program!, args, { encoding: 'utf8' })) as { perSecond: number }).perSecond
}
