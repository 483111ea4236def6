// The process of the command line: argv in, text out, one exit code.

import { readFileSync } from 'node:fs'
import { runCli } from '../cli/program.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

// Whoever reads us may have enough and go (`infra verify | head`); that fails nothing. A full disk behind `>` does.
let unsaid = false
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return
  unsaid = true
  process.exitCode = 3
})

const exit = await runCli(process.argv.slice(2), version, {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
})
process.exitCode = unsaid ? 3 : exit
