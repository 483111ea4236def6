// The process of the GitHub Action: the runner's variables and files, and the exit code. `npm run generate` bundles it
// into action/index.mjs, which is what the runner starts.

import { appendFileSync } from 'node:fs'
import { run } from '../action/run.ts'

const goOn = await run(process.env, {
  say: text => process.stdout.write(text),
  append: (variable, text) => {
    const file = process.env[variable]
    if (file !== undefined && file !== '') appendFileSync(file, text)
  },
})
if (!goOn) process.exitCode = 1
