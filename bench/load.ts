// Load from another core: `wrk` where it is installed, `autocannon` otherwise. What is counted is answers, and what
// they cost the server in processor time, which a busy machine disturbs less than the clock.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuTicks, has, pinned } from './machine.ts'
import { Missing } from './row.ts'
import type { Server } from './servers.ts'

/** What is asked: one path, or many in turn, by GET; or one path by POST, with JSON. */
export interface Ask {
  readonly paths: readonly string[]
  readonly body?: string
}

export interface Sample {
  readonly perSecond: number
  /** Microseconds of processor time of the server per answer. */
  readonly cpuUs: number
  readonly failed: number
  /** The generator's share of one core; unknown where another process runs it. */
  readonly generatorShare: number
}

interface Counted {
  readonly requests: number
  readonly failed: number
  readonly cpuSeconds: number
}

const TICKS_PER_SECOND = 100
const CONNECTIONS = 64

/** The generator that is used here. */
export const generator = has('wrk') ? 'wrk' : 'autocannon'

/** Loads `server` for `seconds` and returns what came of it. `spread` lets the generator run on any core. */
export function load(server: Server, ask: Ask, seconds: number, { spread = false } = {}): Sample {
  const before = cpuTicks(server.pid)
  const under = (command: readonly string[]): string[] => (spread ? [...command] : pinned(1, command))
  const { requests, failed, cpuSeconds } = (generator === 'wrk' ? wrk : autocannon)(
    server.url,
    ask,
    seconds,
    under,
  )
  const ticks = cpuTicks(server.pid) - before
  return {
    perSecond: requests / seconds,
    cpuUs: (ticks / TICKS_PER_SECOND / requests) * 1e6,
    failed,
    generatorShare: cpuSeconds / seconds,
  }
}

type Under = (command: readonly string[]) => string[]

function wrk(url: string, ask: Ask, seconds: number, under: Under): Counted {
  const folder = mkdtempSync(join(tmpdir(), 'infra-bench-'))
  try {
    const [path = '/'] = ask.paths
    const command = ['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`]
    if (ask.paths.length > 1 || ask.body !== undefined) command.push('-s', writeScript(folder, ask))
    const { text, cpuSeconds } = runTimed(under([...command, `${url}${path}`]))
    const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0)
    const sockets =
      /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? []
    const broken = sockets.reduce((sum, count) => sum + Number(count), 0)
    const failed = number(/Non-2xx or 3xx responses: (\d+)/) + broken
    return { requests: number(/(\d+) requests in/), failed, cpuSeconds }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What wrk is told in Lua: a request with content, or many requests, which are made before the first is sent. */
function writeScript(folder: string, { paths, body }: Ask): string {
  const script = join(folder, 'ask.lua')
  const list = join(folder, 'paths')
  writeFileSync(list, `${paths.join('\n')}\n`)
  const post = `wrk.method = "POST"
wrk.body = ${JSON.stringify(body)}
wrk.headers["Content-Type"] = "application/json"
`
  const many = `local requests, at = {}, 0
function init()
  for path in io.lines(${JSON.stringify(list)}) do requests[#requests + 1] = wrk.format("GET", path) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
`
  writeFileSync(script, body === undefined ? many : post)
  return script
}

/** Runs a command; the shell says at its end how much processor time the children of it had. */
function runTimed(command: readonly string[]): { text: string; cpuSeconds: number } {
  const text = execFileSync('sh', ['-c', '"$@"; times', 'sh', ...command]).toString()
  const children = text.trimEnd().split('\n').at(-1) ?? ''
  let cpuSeconds = 0
  for (const [, minutes, seconds] of children.matchAll(/(\d+)m([\d.]+)s/g))
    cpuSeconds += Number(minutes) * 60 + Number(seconds)
  return { text, cpuSeconds }
}

function autocannon(url: string, { paths, body }: Ask, seconds: number, under: Under): Counted {
  if (paths.length > 1) throw new Missing('wrk is not installed, and autocannon asks for one path only')
  const program = join(import.meta.dirname, '../node_modules/.bin/autocannon')
  const post = body === undefined ? [] : ['-m', 'POST', '-H', 'content-type=application/json', '-b', body]
  const [first, ...args] = under([
    ...[program, '--json', '-c', String(CONNECTIONS), '-d', String(seconds)],
    ...[...post, `${url}${paths[0]}`],
  ])
  const result = JSON.parse(
    execFileSync(first!, args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  ) as { requests: { total: number }; errors: number; non2xx: number }
  return {
    requests: result.requests.total,
    failed: result.errors + result.non2xx,
    cpuSeconds: Number.NaN,
  }
}

/** How many cores there are to share. */
export const cores = availableParallelism()
