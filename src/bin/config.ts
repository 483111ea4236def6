// The service's configuration: environment variables and nothing else. A variable it does not know is refused, since
// a misspelt one would otherwise be a setting that silently does nothing.

import { isAbsolute, resolve } from 'node:path'
import { quote } from '../core/diagnostic.ts'
import { type Digest, isDigest } from '../core/digest.ts'
import { HouseError } from '../core/error.ts'
import { unknownVariables, VARIABLES } from '../core/variables.ts'
import { POLL_MS } from '../live/live.ts'
import { REVERIFY_MS } from '../live/next-load.ts'
import { DEFAULT_ENVIRONMENT, ENVIRONMENTS, type Environment } from '../manifest/schema.ts'
import type { Identity } from './identity.ts'

/** Where the registry comes from; paths are absolute. */
export type SourceConfig =
  | { readonly kind: 'pin'; readonly home: string; readonly stateDir: string | null }
  | { readonly kind: 'file'; readonly file: string; readonly sha256: Digest | null }

export interface Config {
  /** Who we are, by the manifest for the environment that was asked for. */
  readonly identity: Identity
  readonly host: string
  readonly port: number
  readonly source: SourceConfig
  readonly pollMs: number
  readonly reverifyMs: number
  readonly drainMs: number
  readonly threads: number
  readonly logLevel: LogLevel
}

export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Defaults {
  /** Who the service's own manifest for an environment says that it is. */
  readonly identityOf: (environment: Environment) => Identity
  /** The registry home, absolute. */
  readonly home: string
  /** What relative paths are relative to. */
  readonly cwd: string
  /** As `process.platform` says it. */
  readonly platform: string
}

/** Every fault of the environment, one a line. */
export class ConfigError extends HouseError<'CONFIG_INVALID'> {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super('CONFIG_INVALID', faults.join('\n'))
    this.faults = faults
  }
}

type Env = Readonly<Record<string, string | undefined>>

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** More threads than this serve nobody better: one answers tens of thousands of requests a second. */
const MAX_THREADS = 64

/** Reads where the service listens, as `readConfig` does. Throws `CONFIG_INVALID` where that cannot be told. */
export function readPlace(
  env: Env,
  identityOf: Defaults['identityOf'],
): { readonly host: string; readonly port: number } {
  const reader = new Reader(env, '/')
  const { host, port } = placeOf(reader, identityOf)
  if (reader.faults.length > 0) throw new ConfigError(reader.faults)
  return { host, port }
}

/** Reads the configuration from `env`. Throws `CONFIG_INVALID` with every fault. */
export function readConfig(env: Env, defaults: Defaults): Config {
  const reader = new Reader(env, defaults.cwd)
  for (const name of unknownVariables(env))
    reader.fault(name, `unknown variable (want one of ${VARIABLES.join(', ')})`)
  const config: Config = {
    ...placeOf(reader, defaults.identityOf),
    source: readSource(reader, defaults.home),
    pollMs: reader.integer('INFRA_POLL_MS', POLL_MS, 50, 60_000),
    reverifyMs: reader.integer('INFRA_REVERIFY_MS', REVERIFY_MS, 50, 86_400_000),
    drainMs: reader.integer('INFRA_DRAIN_MS', 500, 0, 4_000),
    threads: readThreads(reader, defaults.platform),
    logLevel: reader.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
  }
  if (reader.faults.length > 0) throw new ConfigError(reader.faults)
  return config
}

/** Who we are for the environment that is asked for, and with it where we listen. */
function placeOf(
  reader: Reader,
  identityOf: Defaults['identityOf'],
): Pick<Config, 'identity' | 'host' | 'port'> {
  const identity = identityOf(reader.choice('INFRA_ENVIRONMENT', ENVIRONMENTS, DEFAULT_ENVIRONMENT))
  return { identity, host: reader.text('HOST') ?? '127.0.0.1', port: readPort(reader, identity) }
}

/** The declared port unless another is given; to guess one would be to listen where nobody looks. */
function readPort(reader: Reader, { file, port, faults }: Identity): number {
  const given = reader.integer('PORT', port ?? -1, 0, 65_535)
  if (given === -1 && !reader.has('PORT'))
    reader.fault(
      'PORT',
      `is not set, and ${file} declares no port (${faults.join('; ') || 'no service.port'})`,
    )
  return given
}

/** One by default. Several share a port in a way that only Linux lets us keep to ourselves (bin/threads.ts). */
function readThreads(reader: Reader, platform: string): number {
  const threads = reader.integer('INFRA_THREADS', 1, 1, MAX_THREADS)
  if (threads > 1 && platform !== 'linux')
    reader.fault('INFRA_THREADS', `is ${threads}, and several need Linux (want 1 on ${platform})`)
  return threads
}

/** The pin of a home unless a plain file is named; what belongs to the other of the two is refused, not ignored. */
function readSource(reader: Reader, defaultHome: string): SourceConfig {
  const file = reader.path('INFRA_REGISTRY_FILE')
  const home = reader.path('INFRA_HOME')
  const stateDir = reader.path('INFRA_STATE_DIR')
  const sha256 = reader.digest('INFRA_REGISTRY_SHA256')
  if (file === undefined) {
    if (sha256 !== undefined)
      reader.fault('INFRA_REGISTRY_SHA256', 'only with INFRA_REGISTRY_FILE; a home has its pin')
    return { kind: 'pin', home: home ?? defaultHome, stateDir: stateDir ?? null }
  }
  if (home !== undefined) reader.fault('INFRA_HOME', 'not with INFRA_REGISTRY_FILE; want one source')
  if (stateDir !== undefined) reader.fault('INFRA_STATE_DIR', 'not with INFRA_REGISTRY_FILE; it keeps a pin')
  return { kind: 'file', file, sha256: sha256 ?? null }
}

/** Takes values out of the environment one by one and collects what is wrong with them. */
class Reader {
  readonly faults: string[] = []
  readonly #env: Env
  readonly #cwd: string

  constructor(env: Env, cwd: string) {
    this.#env = env
    this.#cwd = cwd
  }

  fault(name: string, what: string): void {
    this.faults.push(`${name}: ${what}`)
  }

  has(name: string): boolean {
    return this.#env[name] !== undefined
  }

  text(name: string): string | undefined {
    const value = this.#env[name]
    if (value === undefined || value.trim() !== '') return value
    this.fault(name, 'is empty (want a value, or unset it)')
    return undefined
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const value = this.text(name)
    if (value === undefined) return fallback
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= least && number <= most) return number
    this.fault(name, `is ${quote(value)} (want a whole number from ${least} to ${most})`)
    return fallback
  }

  path(name: string): string | undefined {
    const value = this.text(name)
    return value === undefined || isAbsolute(value) ? value : resolve(this.#cwd, value)
  }

  digest(name: string): Digest | undefined {
    const value = this.text(name)
    if (value === undefined || isDigest(value)) return value
    this.fault(name, `is ${quote(value)} (want 64 lower-case hexadecimal digits)`)
    return undefined
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.text(name)
    if (value === undefined) return fallback
    const found = choices.find(choice => choice === value)
    if (found === undefined) this.fault(name, `is ${quote(value)} (want one of ${choices.join(', ')})`)
    return found ?? fallback
  }
}
