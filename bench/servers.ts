// The servers that are compared, as processes of their own on the first core, so that none shares a heap, a loop or a
// warm-up with another.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { readStartScript } from '../scripts/start-script.ts'
import { pinned } from './machine.ts'

export interface Server {
  readonly name: string
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

const here = import.meta.dirname

/** How long a server that is no program of ours may take until it answers. */
const ANSWER_MS = 20_000

/** Starts the service in its default configuration, but for `settings`, and waits until it serves a registry. */
export async function startService(settings: Environment, { spread = false } = {}): Promise<Server> {
  const child = launch(startCommand(), { PORT: '0', ...settings }, { spread })
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    process.stderr.write(text)
  })
  let url = ''
  for await (const line of createInterface({ input: child.stdout! })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number }
    if (msg === 'listening') url = `http://127.0.0.1:${port}`
    if (msg === 'registry swapped') {
      child.stdout!.resume()
      return handle('infra-resolver', url, child)
    }
  }
  throw new Error(`the service did not start: ${stderr.trim()}`)
}

/** Starts a peer of `bench/peers`, which prints its address. */
export async function startPeer(name: string, settings: Environment): Promise<Server> {
  const child = launch([process.execPath, join(here, `peers/${name}.ts`)], settings)
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return handle(name, line, child)
}

/** Starts a server of somebody else, and waits until it answers `path` at all. */
export async function startForeign(
  name: string,
  { command, env = {}, port, path }: { command: string[]; env?: Environment; port: number; path: string },
): Promise<Server> {
  const child = launch(command, env)
  let told = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => {
      told = `${told}${text}`.slice(-1_000)
    })
  const url = `http://127.0.0.1:${port}`
  const deadline = performance.now() + ANSWER_MS
  while (child.exitCode === null && performance.now() < deadline) {
    const answers = await fetch(`${url}${path}`).then(
      () => true,
      () => false,
    )
    if (answers) return handle(name, url, child)
    await delay(50)
  }
  child.kill('SIGKILL')
  throw new Error(`${name} did not start: ${told.trim()}`)
}

/** A port that nobody has: the servers of others cannot be given port 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The command behind `npm start`, options, variables and all; `program` in its place. */
export function startCommand(program?: string): string[] {
  const script = readStartScript()
  const set = Object.entries(script.env).map(([name, value]) => `${name}=${process.env[name] ?? value}`)
  return [
    ...['env', ...set, process.execPath, ...script.execArgv],
    program ?? join(here, '..', script.program),
  ]
}

function launch(command: readonly string[], settings: Environment, { spread = false } = {}): ChildProcess {
  const [program, ...args] = spread ? command : pinned(0, command)
  const env = { PATH: process.env.PATH, ...settings }
  const child = spawn(program!, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  // A run that ends early leaves no server behind.
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

function handle(name: string, url: string, child: ChildProcess): Server {
  return {
    name,
    url,
    pid: child.pid!,
    async stop() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
