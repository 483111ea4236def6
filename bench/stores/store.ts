// Somebody else's server that keeps the same answers, to be asked for one of them.

import type { Ask } from '../load.ts'
import type { Server } from '../servers.ts'

/** What a store is filled with. */
export interface Content {
  /** The registry as a file. */
  readonly file: string
  /** Our answer to each path. */
  readonly answers: ReadonlyMap<string, string>
  /** A folder for whatever it writes. */
  readonly folder: string
}

export interface Store {
  /** The program that has to be on the path. */
  readonly program: string
  /** Where to get it. */
  readonly from: string
  start(content: Content): Promise<Server>
  /** How it is asked for what we answer at `path`. */
  ask(path: string): Ask
  /** Whether `text`, its answer, holds what we answer at `path`. */
  holds(text: string, path: string, content: Content): boolean
}
