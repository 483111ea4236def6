#!/usr/bin/env node
// The process of the service: environment in, one HTTP port out, signals obeyed. Everything is wired here by plain
// calls, top to bottom; nothing else in the house touches the environment or the exit code.

import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { clip } from '../core/diagnostic.ts'
import { Live, type LiveEvent, type Source } from '../live/live.ts'
import { startLoader } from '../live/loader.ts'
import { openMemory } from '../live/memory.ts'
import { startWatcher } from '../live/watch.ts'
import { POINTER_PATH } from '../seal/pointer.ts'
import { createMeters, openLoadMeter, openMeters } from '../server/meters.ts'
import { buildServer } from '../server/server.ts'
import { ConfigError, type LogLevel, readConfig, type SourceConfig } from './config.ts'
import { findContradictions, readIdentity } from './identity.ts'

// chokidar lets these override what the code says, and either would only make the watcher worse.
delete process.env.CHOKIDAR_USEPOLLING
delete process.env.CHOKIDAR_INTERVAL

/** The most bytes of log that wait for a reader; lines beyond them are dropped. */
const MAX_LOG_BYTES = 1024 * 1024

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
  })
  const { identity } = config
  const { log, leave } = openLog(config.logLevel)
  const manifestFaults = findContradictions(identity, config)
  if (manifestFaults.length > 0)
    log.warn({ manifest: identity.file, faults: manifestFaults }, 'the manifest is not what was started')
  const lifecycle = { draining: false }
  const { source } = config
  const watched = source.kind === 'file' ? source.file : join(source.home, POINTER_PATH)

  const counts = createMeters(1)
  const live = new Live({
    source: openSource(source),
    // `.ts` from source, `.js` from the built package.
    loader: startLoader(new URL(`../live/load-worker${extname(import.meta.url)}`, import.meta.url)),
    pollMs: config.pollMs,
    reverifyMs: config.reverifyMs,
    startWatcher: options => startWatcher({ ...options, file: watched }),
    onEvent: event => logEvent(log, event),
    onLoad: openLoadMeter(counts),
  })
  const app = buildServer({
    live,
    service: { name: identity.name, version, environment: identity.environment },
    manifestFaults,
    lifecycle,
    log,
    meters: openMeters(counts, 0),
    openapi: readOwn('schemas/openapi.json'),
    ...(log.isLevelEnabled('debug') && {
      onAnswered: answered => log.debug({ ...answered, path: clip(answered.path, 200) }, 'request answered'),
    }),
  })

  closeWithGrace({ delay: 4_800, logger: log }, async ({ signal, err }) => {
    if (err !== undefined) log.fatal({ err }, 'stopping after an error')
    else log.info({ signal }, 'stopping')
    // First say that we leave, and answer whoever has not heard; then close, again and again, what has gone idle:
    // `close()` alone waits out the keep-alive of every idle connection.
    lifecycle.draining = true
    if (err === undefined) await delay(config.drainMs)
    const reaper = setInterval(() => app.server.closeIdleConnections(), 50)
    await app.close()
    clearInterval(reaper)
    await live.close()
    log.info('stopped')
    leave()
  })

  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    log.fatal({ err: error, host: config.host, port: config.port }, 'cannot listen')
    leave()
    return process.exit(3)
  }
  const { address, port } = app.server.address() as AddressInfo
  log.info({ host: address, port, source, version }, 'listening')
  await live.start()
}

/**
 * Opens the log on standard output. A reader that stalls costs lines, never the loop and never the memory; `leave`
 * writes out what it can without waiting and lets the process end.
 */
function openLog(level: LogLevel): { log: pino.Logger; leave: () => void } {
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
  return { log: pino({ level, base: { pid: process.pid } }, out), leave }
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
      return log.warn(fields, 'memory')
    case 'watch':
      return log[event.state === 'ok' ? 'info' : 'warn'](fields, 'watcher')
  }
}
