#!/usr/bin/env node
// The process of the service: environment in, one HTTP port out, signals obeyed. Everything is wired here by plain
// calls, top to bottom; nothing outside `bin` touches the environment or the exit code.

import { readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { clip } from '../core/diagnostic.ts'
import { systemCode } from '../core/error.ts'
import type { Front } from '../live/edition.ts'
import { Live } from '../live/live.ts'
import type { LiveEvent } from '../live/live-view.ts'
import { startLoader } from '../live/loader.ts'
import { openMemory } from '../live/memory.ts'
import type { Source } from '../live/next-load.ts'
import { startWatcher } from '../live/watch.ts'
import { POINTER_PATH } from '../seal/pointer.ts'
import { createMeters, openLoadMeter } from '../server/meters.ts'
import { type Config, ConfigError, type LogLevel, readConfig, type SourceConfig } from './config.ts'
import type { FrontData } from './front.ts'
import { findContradictions, readIdentity } from './identity.ts'

// chokidar lets these override what the code says, and either would only make the watcher worse.
delete process.env.CHOKIDAR_USEPOLLING
delete process.env.CHOKIDAR_INTERVAL

/** The most bytes of log that wait for a reader; lines beyond them are dropped. */
const MAX_LOG_BYTES = 1024 * 1024

/** Of our own files: `.ts` from source, `.js` from the built package. */
const extension = extname(import.meta.url)

const root = new URL('../../', import.meta.url)
const readOwn = (file: string): string => readFileSync(new URL(file, root), 'utf8')
const { name, version } = JSON.parse(readOwn('package.json')) as { name: string; version: string }

try {
  await serve()
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  for (const fault of error.faults) process.stderr.write(`infra-resolver: ${fault}\n`)
  process.exitCode = 2
}

async function serve(): Promise<void> {
  const home = fileURLToPath(new URL('infra', root))
  const config = readConfig(process.env, {
    identityOf: environment => readIdentity(environment, name, readOwn),
    home,
    cwd: process.cwd(),
    platform: process.platform,
  })
  const { identity } = config
  const opened = openLog(config.logLevel)
  const { log, leave } = opened
  const manifestFaults = findContradictions(identity, config)
  if (manifestFaults.length > 0)
    log.warn({ manifest: identity.file, faults: manifestFaults }, 'the manifest is not what was started')
  const { source } = config
  const watched = source.kind === 'file' ? source.file : join(source.home, POINTER_PATH)

  const counts = createMeters(config.threads)
  const live = new Live({
    source: openSource(source),
    loader: startLoader(new URL(`../live/load-worker${extension}`, import.meta.url)),
    pollMs: config.pollMs,
    reverifyMs: config.reverifyMs,
    startWatcher: options => startWatcher({ ...options, file: watched }),
    onEvent: event => logEvent(log, event),
    onLoad: openLoadMeter(counts),
  })
  const service = { name: identity.name, version, environment: identity.environment }
  const data = { service, manifestFaults, counts, openapi: readOwn('schemas/openapi.json') }
  const front = await openService(config, live, data, opened)

  let stopping = false
  closeWithGrace({ delay: 4_800, logger: log }, async ({ signal, err }) => {
    stopping = true
    if (err !== undefined) log.fatal({ err }, 'stopping after an error')
    else log.info({ signal }, 'stopping')
    await front.close(err === undefined ? config.drainMs : 0)
    await live.close()
    log.info('stopped')
    leave()
  })

  const { host, port, threads } = config
  try {
    const bound = await front.open({ host, port })
    const several = threads === 1 ? {} : { threads }
    log.info({ host: bound.address, port: bound.port, ...several, source, version }, 'listening')
  } catch (error) {
    if (stopping) return // told to leave before it came to listen
    // Where threads cannot share a port, one of them still can have it.
    const hint = systemCode(error) === 'ENOTSUP' ? { want: 'INFRA_THREADS=1' } : {}
    log.fatal({ err: error, host, port, ...hint }, 'cannot listen')
    leave()
    return process.exit(3)
  }
  await live.start()
}

/** Opens what answers: here for one thread, and what only several need is not even loaded. */
async function openService(config: Config, live: Live, data: FrontData, { log, write }: Log): Promise<Front> {
  const { threads, logLevel } = config
  if (threads === 1) {
    const { openFront } = await import('./front.ts')
    return openFront(live, data, log)
  }
  const { openThreads } = await import('./threads.ts')
  const script = new URL(`./serving-thread${extension}`, import.meta.url)
  return openThreads({ threads, script, live, data: { logLevel, front: data }, log, writeLog: write })
}

interface Log {
  readonly log: pino.Logger
  /** Adds whole lines that are made already. */
  readonly write: (lines: string) => void
  readonly leave: () => void
}

/**
 * Opens the log on standard output. A reader that stalls costs lines, never the loop and never the memory; `leave`
 * writes out what it can without waiting and lets the process end.
 */
function openLog(level: LogLevel): Log {
  let leaving = false
  const out = pino.destination({
    dest: 1,
    sync: false,
    maxLength: MAX_LOG_BYTES,
    retryEAGAIN: () => !leaving,
  })
  out.on('error', () => {}) // nobody reads the log any more: there is nowhere to say so
  const leave = (): void => {
    leaving = true
    try {
      out.flushSync()
    } catch {
      // The reader is stalled, and the rest is lost.
    }
    out.destroy()
  }
  const log = pino({ level, base: { pid: process.pid } }, out)
  const write = (lines: string): void => void out.write(lines)
  return { log, write, leave }
}

function openSource(source: SourceConfig): Source {
  if (source.kind === 'file') return source
  const { kind, home, stateDir } = source
  return { kind, home, memory: stateDir === null ? null : openMemory(stateDir) }
}

function logEvent(log: pino.Logger, event: LiveEvent): void {
  const { kind, ...fields } = event
  if ('detail' in fields) fields.detail = clip(fields.detail, 1_000)
  switch (event.kind) {
    case 'swapped': {
      const { active, previous, remembered, loadMs } = event
      const { revision, runId, serial, bytes } = active
      return log.info(
        { revision, runId, serial, previous, remembered, bytes, loadMs: Math.round(loadMs) },
        'registry swapped',
      )
    }
    case 'refused':
      return log.warn(fields, 'registry refused')
    case 'recovered':
      return log.info(fields, 'registry is good again')
    case 'memory':
      return log[event.state === 'ok' ? 'info' : 'warn'](fields, 'memory')
    case 'watch':
      return log[event.state === 'ok' ? 'info' : 'warn'](fields, 'watcher')
  }
}
