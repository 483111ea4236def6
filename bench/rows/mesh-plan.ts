// Planning the services map of 5,000 projects, on one core, beside the bare cost of reading and parsing their manifests
// with the YAML library.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, pinned } from '../machine.ts'
import { writeManifests } from '../manifests.ts'
import type { Row } from '../row.ts'

const MANIFESTS = 5000
const MAX_MS = 2000
const MAX_RATIO = 1.5

/** Measures a plan against the bare reading of its manifests. */
export async function meshPlan({ rounds }: { rounds: number }): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  try {
    writeManifests(folder, MANIFESTS)
    const bare: number[] = []
    const ours: number[] = []
    for (let round = 0; round < rounds; round++) {
      bare.push(timeOf('../peers/bare-yaml.ts', folder))
      ours.push(timeOf('../plan-once.ts', folder))
    }
    const ratio = median(ours.map((ms, i) => ms / bare[i]!))
    const name = `mesh plan, ${MANIFESTS} manifests, one core`
    const taken = `${median(ours).toFixed(0)} ms`
    return [
      {
        ...{ name: `${name}, against reading and parsing them`, ours: taken },
        ...{ peer: `${median(bare).toFixed(0)} ms`, ratio: ratio.toFixed(2) },
        ...{ target: `≤ ${MAX_RATIO}`, met: ratio <= MAX_RATIO },
      },
      {
        ...{ name, ours: taken, peer: '–', ratio: '–' },
        ...{ target: `< ${MAX_MS} ms`, met: median(ours) < MAX_MS },
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One process a measurement: neither side begins with code that the other has warmed. */
function timeOf(script: string, folder: string): number {
  const path = join(import.meta.dirname, script)
  const [program, ...args] = pinned(0, [process.execPath, path, folder])
  const { ms, manifests } = JSON.parse(execFileSync(program!, args, { encoding: 'utf8' }))
  if (manifests !== MANIFESTS) throw new Error(`${script}: want ${MANIFESTS} manifests, got ${manifests}`)
  return ms
}
