// One line of the table, and what taking it may need.

export interface Dose {
  readonly rounds: number
  readonly seconds: number
}

export interface Row {
  readonly name: string
  readonly ours: string
  readonly peer: string
  readonly ratio: string
  readonly target: string
  /** `null` where nothing is to be reached, or where the row was not taken. */
  readonly met: boolean | null
  /** Why it was not taken. */
  readonly notRun?: string
}

/** What this machine lacks for a row. */
export class Missing extends Error {}

/** A line for what was not taken, and why. */
export function notRun(name: string, target: string, why: string): Row {
  return { name, ours: '–', peer: '–', ratio: '–', target, met: null, notRun: why }
}

/** A line for a figure that stands alone and has to stay below `bound`. */
export function absolute(name: string, figure: number, bound: number | null, unit: string): Row {
  return {
    name,
    ours: `${figure.toFixed(0)} ${unit}`,
    peer: '–',
    ratio: '–',
    target: bound === null ? '–' : `< ${bound} ${unit}`,
    met: bound === null ? null : figure < bound,
  }
}
