// The service's configuration: environment variables and nothing else. A variable it does not know is refused, since
// a misspelt one would otherwise be a setting that silently does nothing.

import { isAbsolute, resolve } from 'node:path'
import { quote } from '../core/diagnostic.ts'
import { type Digest, isDigest } from '../core/digest.ts'
import { HouseError } from '../core/error.ts'

export interface Config {
  readonly host: string
  readonly port: number
  /** The plain registry file to serve, absolute. */
  readonly file: string
  readonly sha256: Digest | null
  readonly pollMs: number
  readonly drainMs: number
  readonly logLevel: LogLevel
}

export type LogLevel = (typeof LOG_LEVELS)[number]

/** Every fault of the environment, one a line. */
export class ConfigError extends HouseError<'CONFIG_INVALID'> {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super('CONFIG_INVALID', faults.join('\n'))
    this.faults = faults
  }
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const KNOWN = [
  'INFRA_HOME',
  'INFRA_REGISTRY_FILE',
  'INFRA_REGISTRY_SHA256',
  'INFRA_POLL_MS',
  'INFRA_DRAIN_MS',
]

export interface Defaults {
  /** Port of the service's own `.infra.yaml`. */
  readonly port: number
  /** The registry home, absolute. */
  readonly home: string
  /** What relative paths are relative to. */
  readonly cwd: string
}

/** Reads the configuration from `env`. Throws `CONFIG_INVALID` with every fault. */
export function readConfig(env: Readonly<Record<string, string | undefined>>, defaults: Defaults): Config {
  const faults: string[] = []
  for (const name of Object.keys(env)) {
    if (!name.startsWith('INFRA_') || KNOWN.includes(name)) continue
    faults.push(`${name}: unknown variable (want one of ${KNOWN.join(', ')})`)
  }
  const text = (name: string): string | undefined => {
    const value = env[name]
    if (value === undefined) return undefined
    if (value.trim() !== '') return value
    faults.push(`${name}: is empty (want a value, or unset it)`)
    return undefined
  }
  const integer = (name: string, fallback: number, least: number, most: number): number => {
    const value = text(name)
    if (value === undefined) return fallback
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= least && number <= most) return number
    faults.push(`${name}: is ${quote(value)} (want a whole number from ${least} to ${most})`)
    return fallback
  }
  const path = (name: string): string | undefined => {
    const value = text(name)
    if (value?.includes('\0')) faults.push(`${name}: holds a NUL character`)
    return value === undefined || isAbsolute(value) ? value : resolve(defaults.cwd, value)
  }
  const digest = text('INFRA_REGISTRY_SHA256')
  if (digest !== undefined && !isDigest(digest)) {
    faults.push(`INFRA_REGISTRY_SHA256: is ${quote(digest)} (want 64 lower-case hexadecimal digits)`)
  }
  const level = text('LOG_LEVEL') ?? 'info'
  if (!isLogLevel(level)) faults.push(`LOG_LEVEL: is ${quote(level)} (want one of ${LOG_LEVELS.join(', ')})`)

  const home = path('INFRA_HOME') ?? defaults.home
  const config: Config = {
    host: text('HOST') ?? '127.0.0.1',
    port: integer('PORT', defaults.port, 0, 65_535),
    file: path('INFRA_REGISTRY_FILE') ?? resolve(home, 'telemetry-registry.v2.json'),
    sha256: isDigest(digest) ? digest : null,
    pollMs: integer('INFRA_POLL_MS', 500, 50, 60_000),
    drainMs: integer('INFRA_DRAIN_MS', 500, 0, 4_000),
    logLevel: isLogLevel(level) ? level : 'info',
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}

function isLogLevel(text: string): text is LogLevel {
  return LOG_LEVELS.some(level => level === text)
}
