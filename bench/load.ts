// Load from another core: `wrk` where it is installed, `autocannon` otherwise. What is counted is answers, and what
// they cost the server in processor time, which a busy machine disturbs less than the clock.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { cpuTicks, has, pinned } from './machine.ts'
import type { Server } from './servers.ts'

export interface Sample {
  readonly perSecond: number
  /** Microseconds of processor time of the server per answer. */
  readonly cpuUs: number
  readonly failed: number
}

const TICKS_PER_SECOND = 100
const CONNECTIONS = 64

/** The generator that is used here. */
export const generator = has('wrk') ? 'wrk' : 'autocannon'

/** Loads `path` of `server` for `seconds` and returns what came of it. */
export function load(server: Server, path: string, seconds: number): Sample {
  const before = cpuTicks(server.pid)
  const { requests, failed } = (generator === 'wrk' ? wrk : autocannon)(`${server.url}${path}`, seconds)
  const ticks = cpuTicks(server.pid) - before
  return { perSecond: requests / seconds, cpuUs: (ticks / TICKS_PER_SECOND / requests) * 1e6, failed }
}

function wrk(url: string, seconds: number): { requests: number; failed: number } {
  const [program, ...args] = pinned(1, ['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, url])
  const text = execFileSync(program!, args).toString()
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0)
  const sockets =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? []
  const broken = sockets.reduce((sum, count) => sum + Number(count), 0)
  return { requests: number(/(\d+) requests in/), failed: number(/Non-2xx or 3xx responses: (\d+)/) + broken }
}

function autocannon(url: string, seconds: number): { requests: number; failed: number } {
  const program = join(import.meta.dirname, '../node_modules/.bin/autocannon')
  const [first, ...args] = pinned(1, [
    program,
    '--json',
    '-c',
    String(CONNECTIONS),
    '-d',
    String(seconds),
    url,
  ])
  const result = JSON.parse(
    execFileSync(first!, args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  ) as {
    requests: { total: number }
    errors: number
    non2xx: number
  }
  return { requests: result.requests.total, failed: result.errors + result.non2xx }
}
