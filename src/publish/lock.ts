// One writer per registry home. On Linux the lock is an abstract socket: the kernel gives a name to one holder and
// takes it back when that process is gone, however it went, so there is no stale lock to break and no race in
// breaking it. Elsewhere it is a file made by an exclusive link, which is never broken: its holder is named instead.

import { linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { errorText, systemCode } from '../core/error.ts'
import { remove } from './disk.ts'
import { PublishError } from './error.ts'

/** Runs `act` as the only writer of `home`. Throws `PUBLISH_LOCKED` at once when there is another. */
export async function withLock<Result>(home: string, act: () => Promise<Result> | Result): Promise<Result> {
  const release = await (process.platform === 'linux' ? lockBySocket(home) : lockByFile(home))
  try {
    return await act()
  } finally {
    await release()
  }
}

type Release = () => Promise<void>

/** Takes the name that stands for the folder itself, by device and inode, whatever path leads to it. */
async function lockBySocket(home: string): Promise<Release> {
  const { dev, ino } = attempt(home, () => statSync(home))
  const server = createServer(socket => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(lockError(home, error)))
    server.listen(`\0infra-resolver.lock.${dev}.${ino}`, resolve)
  })
  return () => new Promise(resolve => server.close(() => resolve()))
}

function lockError(home: string, error: unknown): PublishError {
  if (systemCode(error) === 'EADDRINUSE') {
    return new PublishError(
      'PUBLISH_LOCKED',
      `${home}: another infra command is writing; run this one again when it is done`,
    )
  }
  return new PublishError('PUBLISH_LOCK_FAILED', `${home}: cannot be locked (${errorText(error)})`, {
    cause: error,
  })
}

async function lockByFile(home: string): Promise<Release> {
  const folder = join(home, '.codex')
  const lock = join(folder, 'LOCK')
  const own = join(folder, `LOCK.${crypto.randomUUID()}`)
  attempt(home, () => {
    mkdirSync(folder, { recursive: true })
    // Written first and linked after, so that whoever meets the lock reads a whole one.
    writeFileSync(own, `pid ${process.pid}, since ${new Date().toISOString()}\n`, { flag: 'wx' })
  })
  try {
    linkSync(own, lock)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw lockError(home, error)
    const message = `${home}: locked by ${holderOf(lock)}; when that process is gone, remove ${lock}`
    throw new PublishError('PUBLISH_LOCKED', message, { cause: error })
  } finally {
    remove(own)
  }
  return async () => remove(lock)
}

function holderOf(lock: string): string {
  try {
    return readFileSync(lock, 'utf8').trim()
  } catch {
    return 'a process that has gone since' // it held the lock a moment ago, and that is all that matters here
  }
}

function attempt<Result>(home: string, act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    throw lockError(home, error)
  }
}
