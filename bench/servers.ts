// The servers that are compared, as processes of their own on the first core, so that none shares a heap, a loop or a
// warm-up with another.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pinned } from './machine.ts'

export interface Server {
  readonly name: string
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

const here = import.meta.dirname

/** Starts the service on a registry file, in its default configuration. */
export async function startService(file: string): Promise<Server> {
  const env = { PATH: process.env.PATH, PORT: '0', INFRA_REGISTRY_FILE: file }
  const child = launch(startCommand(), env)
  let url = ''
  for await (const line of createInterface({ input: child.stdout! })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number }
    if (msg === 'listening') url = `http://127.0.0.1:${port}`
    if (msg === 'registry swapped') break
  }
  child.stdout!.resume()
  return handle('infra-resolver', url, child)
}

/** What the answer of a peer is like. */
export interface Shape {
  readonly bytes: number
  readonly headers: Readonly<Record<string, string>>
}

/** Starts a peer of `bench/peers`, whose answers have that shape, as far as it is made for it. */
export async function startPeer(name: string, { bytes, headers }: Shape): Promise<Server> {
  const env = { PATH: process.env.PATH, BODY_BYTES: String(bytes), HEADERS: JSON.stringify(headers) }
  const child = launch([process.execPath, join(here, `peers/${name}.ts`)], env)
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
  return handle(name, line, child)
}

/** The command behind `npm start`, options and all: what users run is what is measured. */
export function startCommand(): string[] {
  const root = join(here, '..')
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  const [, ...args] = scripts.start.split(' ')
  return [process.execPath, ...args.map(arg => (arg.endsWith('.ts') ? join(root, arg) : arg))]
}

function launch(command: readonly string[], env: Record<string, string | undefined>): ChildProcess {
  const [program, ...args] = pinned(0, command)
  return spawn(program!, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
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
