#!/usr/bin/env node
// The process of the command line: argv in, text out, one exit code.

import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Half of a start is reading our own sources. What comes of it is kept where the program itself lies, so that nobody
// can put code there who could not change the program; where that cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/infra', import.meta.url)))
const { runCli } = await import('../cli/program.ts')

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const ending = new AbortController()

// Whoever reads us may have enough and go (`infra verify | head`); that fails nothing, and ends what would go on for
// ever. A full disk behind `>` is a failure.
let unsaid = false
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  ending.abort()
  if (error.code === 'EPIPE') return
  unsaid = true
})

// What is said beside the result is for whoever is there to read it; the result, and how it ended, are the same without.
process.stderr.on('error', () => {})

/** Takes the first interrupt for a request; a second one ends the process, as it always does. */
function interrupt(): AbortSignal {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort())
  return ending.signal
}

/** Reads one line. The question is no result, so it goes to stderr. */
async function ask(question: string): Promise<string | null> {
  process.stderr.write(question)
  const { createInterface } = await import('node:readline')
  for await (const line of createInterface({ input: process.stdin })) return line
  process.stderr.write('\n') // what is said next begins a line of its own
  return null
}

const exit = await runCli(process.argv.slice(2), version, {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  ask,
  interrupt,
  terminal: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
})
// Once all is said, the process ends where it stands: to take its memory apart first would be a tenth of a command.
// The turn between lets a failed write be told first.
const leave = (): unknown => setImmediate(() => process.exit(unsaid ? 3 : exit))
process.stdout.write('', () => process.stderr.write('', leave))
