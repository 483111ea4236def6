// Rows that are doses of `npm run chaos`: the same test, at a dose that a run of the bench has the time for.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Figures {
  readonly name: string
  readonly values: Readonly<Record<string, string | number>>
}

/** Runs a test at `dose` (CHAOS_… variables) and returns the figures it prints; what misses its target is told by them. */
export async function runDose(test: string, dose: Readonly<Record<string, string>>): Promise<Figures[]> {
  const root = join(import.meta.dirname, '..')
  const child = spawn(process.execPath, [join(root, test)], {
    cwd: root,
    env: { ...process.env, CHAOS: '1', ...dose },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const figures: Figures[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const text = line.trim()
    if (text.startsWith('# figures ')) figures.push(JSON.parse(text.slice('# figures '.length)) as Figures)
  }
  await closed
  if (figures.length === 0) throw new Error(`${test}: printed no figures`)
  return figures
}
