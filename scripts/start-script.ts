// How `npm start` runs the service, read from package.json: what users run is what is tested and measured.

import { readFileSync } from 'node:fs'

export interface StartScript {
  /** The variables that are set unless they are set already: `NAME=${NAME-value}`. */
  readonly env: Readonly<Record<string, string>>
  /** The options of Node. */
  readonly execArgv: readonly string[]
  /** The program, as a path in the project. */
  readonly program: string
}

/** Reads the script. */
export function readStartScript(): StartScript {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const words = (scripts.start as string).split(' ')
  const defaults = words.flatMap(word => [...word.matchAll(/^(\w+)=\$\{\1-(.+)\}$/g)])
  return {
    env: Object.fromEntries(defaults.map(([, name, value]) => [name, value])),
    execArgv: words.filter(word => word.startsWith('--')),
    program: words.at(-1)!,
  }
}
