// The machine of a measurement, and the tools on it. What a figure means depends on both, so both are printed with it.

import { execFileSync, spawnSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem } from 'node:os'

/** Says on what a figure was taken. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor'
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} × ${model}, ${memory} GiB, Linux ${release()}, Node ${process.version}`
}

/** Tells whether `command` is on the path. */
export function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
}

/** Prefixes a command so that it runs on one core, where that can be had. */
export function pinned(core: number, command: readonly string[]): string[] {
  return has('taskset') && availableParallelism() > core
    ? ['taskset', '-c', String(core), ...command]
    : [...command]
}

/** Says where server and load ran. */
export function describePinning(): string {
  return has('taskset') && availableParallelism() > 1
    ? 'server on one core, load on another'
    : 'not pinned: server and load share their cores, since there is no taskset or no second core'
}

/** Clock ticks of processor time that a process has used so far, user and system. */
export function cpuTicks(pid: number): number {
  const stat = execFileSync('cat', [`/proc/${pid}/stat`]).toString()
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Resident memory of a process, in MiB. */
export function residentMib(pid: number): number {
  const status = execFileSync('cat', [`/proc/${pid}/status`]).toString()
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
