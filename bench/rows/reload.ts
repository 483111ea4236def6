// A million repositories replaced, and refused, under full load: `npm run chaos reload-at-size` at a smaller dose. The
// peer of a disturbed service is the same one undisturbed, in the same run.

import { runDose } from '../doses.ts'
import type { Row } from '../row.ts'

const RELOADS = 3
/** As in the long dose: beside a busy thread on one core, a load of that size takes most of it. */
const EVERY_MS = 20_000
const MAX_LOOP_MS = 50
const MAX_P99_RATIO = 2

/** Measures what requests notice of large reloads. */
export async function reload(): Promise<Row[]> {
  const all = await runDose('test/integration/reload-at-size.ts', {
    CHAOS_RELOADS_AT_SIZE: String(RELOADS),
    CHAOS_RELOAD_EVERY_MS: String(EVERY_MS),
    CHAOS_STEADY_MS: String(EVERY_MS / 2),
  })
  return all.map(({ name, values }) => {
    const [steady, p99] = pairOf(values['p99 ms'])
    const [, loop] = pairOf(values['loop delay max ms'])
    const [, own] = pairOf(values['without the stalls of the machine'])
    const { failed, mixed, backwards } = values
    const whole = [failed, mixed, backwards].every(count => count === 0)
    return {
      name: `${values.repositories} repositories, ${name} ${RELOADS} times under load, against no reload`,
      ours: `${failed} failed, ${mixed} mixed, p99 ${p99} ms, loop delay max ${loop} ms${own > 0 ? `, ${own} without the stalls of the machine` : ''}`,
      peer: `p99 ${steady} ms`,
      ratio: (p99 / steady).toFixed(2),
      target: `0 failed, 0 mixed, ≤ ${MAX_P99_RATIO}, loop delay max < ${MAX_LOOP_MS} ms`,
      met: whole && p99 <= steady * MAX_P99_RATIO && loop < MAX_LOOP_MS,
    }
  })
}

/** Reads `before → after`. */
function pairOf(text: string | number | undefined): [number, number] {
  const [before, after] = String(text).split(' → ').map(Number)
  return [before ?? Number.NaN, after ?? Number.NaN]
}
