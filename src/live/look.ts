// When reading all of a large file again can wait. Its content decides; but as long as its inode and its times are those
// that it had when it was read, the same content is there by all that the kernel knows. What the kernel is not told
// of, a store to a mapped page above all, is found by the next reading, which is never far away.

import { type BigIntStats, lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../core/digest.ts'

/** A reading of a file or of a folder. */
export interface Look {
  /** What the kernel said of it before and after it was read. */
  readonly stamp: string
  /** What was read, where it is one file. */
  readonly disk: Digest | null
  /** When, by the clock of the machine; and how long it took. */
  readonly at: number
  readonly tookMs: number
}

/** A reading is made again after this many times as long as it took: two per cent of a core, and every time if small. */
const PAUSE = 50

/** However long a reading takes, the next one is not later than this. */
const MOST_MS = 10_000

/** Times are as coarse as two seconds: what was changed less than this before it was read may change and keep them. */
const SETTLED_MS = 2_500

/** More than this is not looked at file by file. */
const MOST_FILES = 1_000

/** What the kernel says, and since when. */
export interface Stamp {
  readonly text: string
  readonly changedMs: number
}

/** Returns the stamp of one file or folder. */
export function stampOf({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): Stamp {
  return {
    text: [dev, ino, mode, size, mtimeNs, ctimeNs].join(':'),
    changedMs: Number(ctimeNs / 1_000_000n),
  }
}

/** Returns the stamp of the file at `path`, links followed; `undefined` where there is none to be had. */
export function stampFile(path: string): Stamp | undefined {
  try {
    return stampOf(statSync(path, { bigint: true }))
  } catch {
    return undefined
  }
}

/** Returns the stamp of a folder and all that is in it, no link followed; `undefined` where there is none to be had. */
export function stampFolder(path: string): Stamp | undefined {
  try {
    const stamps = new Map([['', stampOf(lstatSync(path, { bigint: true }))]])
    const folders = ['']
    // Node's own reading of a whole tree follows links to folders, and never ends where two of them lead back.
    for (const folder of folders) {
      for (const entry of readdirSync(join(path, folder))) {
        const name = join(folder, entry)
        const stats = lstatSync(join(path, name), { bigint: true })
        if (stats.isDirectory()) folders.push(name)
        stamps.set(name, stampOf(stats))
        if (stamps.size > MOST_FILES) return undefined
      }
    }
    return {
      text: [...stamps.keys()]
        .sort()
        .map(name => `${name} ${stamps.get(name)!.text}`)
        .join('\n'),
      changedMs: Math.max(...[...stamps.values()].map(({ changedMs }) => changedMs)),
    }
  } catch {
    return undefined
  }
}

/** Makes a look of a reading that began at `at`; `null` when what was read may yet change and keep its stamp. */
export function lookOf(stamp: Stamp | undefined, disk: Digest | null, at: number): Look | null {
  if (stamp === undefined || at - stamp.changedMs < SETTLED_MS) return null
  return { stamp: stamp.text, disk, at, tookMs: Date.now() - at }
}

/** Tells whether what `look` found can be taken to be there still, by a stamp that was taken `now`. */
export function stands(look: Look | null, stamp: Stamp | undefined, now: number): look is Look {
  if (look === null || stamp === undefined || look.stamp !== stamp.text) return false
  const age = now - look.at
  // A clock that was set back proves nothing.
  return age >= 0 && age < Math.min(look.tookMs * PAUSE, MOST_MS)
}
