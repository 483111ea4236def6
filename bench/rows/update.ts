// How soon an update on disk is answered, over every style of update: `npm run chaos updates` at a smaller dose.

import { runDose } from '../doses.ts'
import type { Row } from '../row.ts'

const UPDATES = 5
const P95_MS = 250
const MAX_MS = 1_000

/** Measures the time from the last file operation to the first answer of the new revision. */
export async function update(): Promise<Row[]> {
  const [figures] = await runDose('test/integration/updates.ts', { CHAOS_UPDATES: String(UPDATES) })
  const values = figures!.values as { noticed: string; 'p95 ms': number; 'max ms': number }
  const { noticed, 'p95 ms': p95, 'max ms': max } = values
  const [seen, made] = noticed.split('/')
  return [
    {
      name: `an update on disk is served, 19 styles, ${noticed} noticed`,
      ours: `p95 ${p95} ms, max ${max} ms`,
      ...{ peer: '–', ratio: '–', target: `p95 < ${P95_MS} ms, max < ${MAX_MS} ms` },
      met: seen === made && p95 < P95_MS && max < MAX_MS,
    },
  ]
}
