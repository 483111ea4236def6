// Asks every service of a mesh, some at a time: a mesh may be large, and neither this machine nor one host of it is to
// be flooded by the looking.

import { type Address, askHealth } from './ask.ts'
import { type Declared, type Judgement, judgeAnswer } from './judge.ts'

/** A service that is declared with a host and a port. */
export interface Target {
  /** Its name in the mesh, unique. */
  readonly service: string
  readonly host: string
  readonly port: number
  /** Where it is asked; `null` where the mesh file does not say. */
  readonly address: string | null
  readonly declared: Declared
}

export interface ProbeOptions {
  /** How many are asked at a time, at most. */
  readonly concurrency: number
  /** How long each may take. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal
  /** Told how many are known by now. */
  readonly onProgress?: (done: number) => void
}

/** What was found at one service. */
export interface Finding extends Judgement {
  readonly target: Target
  /** From the first step to the last byte; `null` where no whole answer came. */
  readonly latencyMs: number | null
}

/** Asks every target, and returns what was found, in their order. Rejects only when `signal` is aborted. */
export async function probeAll(
  targets: readonly Target[],
  options: ProbeOptions,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < targets.length; at = next++) {
      findings[at] = await probe(targets[at]!, options)
      done += 1
      options.onProgress?.(done)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency, targets.length) }, work))
  return findings
}

async function probe(target: Target, { deadlineMs, signal }: ProbeOptions): Promise<Finding> {
  const nothing = { target, version: null, since: null, latencyMs: null }
  if (target.address === null)
    return { ...nothing, state: 'no_address', detail: 'the mesh file has no address for its host' }
  const at: Address = { address: target.address, port: target.port }
  const asked = await askHealth(at, { deadlineMs, ...(signal && { signal }) })
  if (asked.answer === null) return { ...nothing, state: asked.state, detail: asked.detail }
  return { target, ...judgeAnswer(target.declared, asked.answer), latencyMs: asked.latencyMs }
}
