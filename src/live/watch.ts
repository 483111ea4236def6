// A watcher that only ever says "look again": content decides, the poll in live.ts sees everything, and this makes
// it fast. Any event of chokidar's is a hint, its raw ones too, because the cooked ones are throttled at the leading
// edge and drop replacements of the same size and time. It watches the file, its folder, the folder above (a folder
// swapped by rename) and the folder of every symlink on the way (`..data`, `current`).

import { lstat, readlink } from 'node:fs/promises'
import { basename, dirname, join, parse, resolve, sep } from 'node:path'
import { watch as chokidarWatch } from 'chokidar'

export interface Watcher {
  /** Follows the path anew if folders or symlinks on the way have been replaced. Never rejects. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export interface WatchOptions {
  readonly file: string
  readonly onHint: () => void
  readonly onState: (state: 'ok' | 'degraded', detail: string) => void
  /** Replaceable so that a test can give a watcher that says nothing, or lies. */
  readonly watch?: typeof chokidarWatch
}

/** How long to wait before a failed watcher is set up again: doubled each time, between these. */
const RETRY_MS = { first: 1_000, most: 60_000 }

const MAX_LINKS = 40

/** Starts watching; resolves at once, since nothing waits for a watcher to be ready. */
export function startWatcher(options: WatchOptions): Watcher {
  return new HintWatcher(options)
}

class HintWatcher implements Watcher {
  readonly #options: WatchOptions
  #watcher: ReturnType<typeof chokidarWatch> | undefined
  #signature = ''
  #closed = false
  #failed = false
  #retryMs = RETRY_MS.first
  #retryAt = 0
  #refreshing: Promise<void> | undefined

  constructor(options: WatchOptions) {
    this.#options = options
    void this.refresh()
  }

  refresh(): Promise<void> {
    // One at a time: two that both saw a change would each start a watcher, and one would never be closed.
    this.#refreshing ??= this.#follow()
      .catch(error => this.#fail(this.#watcher, error))
      .finally(() => {
        this.#refreshing = undefined
      })
    return this.#refreshing
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#refreshing
    // What cannot be closed ends with the process, and is no reason for a shutdown to fail.
    await this.#watcher?.close().catch(() => {})
  }

  async #follow(): Promise<void> {
    if (this.#failed && Date.now() < this.#retryAt) return
    const { folders, names, signature } = await findFolders(this.#options.file)
    if (this.#closed || (signature === this.#signature && !this.#failed)) return
    this.#signature = signature
    await this.#watcher?.close()
    if (this.#closed) return
    const wasFailed = this.#failed
    this.#failed = false
    const start = this.#options.watch ?? chokidarWatch
    const watcher = start([...folders, this.#options.file], {
      depth: 0,
      ignoreInitial: true,
      // Neighbours are none of our business, and each would cost a watch.
      ignored: path => !folders.has(path) && !names.has(path),
    })
    this.#watcher = watcher
    const hint = (): void => this.#options.onHint()
    const basenames = new Set([...names, ...folders].map(name => basename(name)))
    watcher.on('all', hint)
    // A raw event comes for every neighbour too; some platforms do not name the file, and that may be ours.
    watcher.on('raw', (_event, path) => {
      if (!path || basenames.has(basename(path))) hint()
    })
    watcher.on('error', error => this.#fail(watcher, error))
    // `ready` is said even when a watch failed, so it only clears a failure that did not come back.
    watcher.on('ready', () => {
      if (watcher !== this.#watcher || this.#failed) return
      this.#retryMs = RETRY_MS.first
      if (wasFailed) this.#options.onState('ok', 'watching again')
      hint()
    })
  }

  #fail(watcher: unknown, error: unknown): void {
    if (watcher !== this.#watcher || this.#failed) return
    this.#failed = true
    this.#retryAt = Date.now() + this.#retryMs
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.most)
    this.#options.onState('degraded', error instanceof Error ? error.message : String(error))
  }
}

interface Folders {
  /** Folders to watch. */
  readonly folders: Set<string>
  /** The only paths in them that matter. */
  readonly names: Set<string>
  /** Changes when a folder or a symlink on the way is another one. */
  readonly signature: string
}

/** Walks the path from the root, following each symlink, and collects the folders whose change can change the file. */
async function findFolders(file: string): Promise<Folders> {
  const folders = new Set([dirname(file), dirname(dirname(file))])
  const names = new Set([file, dirname(file)])
  const marks: string[] = []
  let todo = partsOf(file)
  let at = parse(file).root
  for (let links = 0; todo.length > 0; ) {
    const next = join(at, todo.shift()!)
    const stats = await lstat(next).catch(() => undefined)
    if (stats === undefined) break
    if (stats.isSymbolicLink() && links++ < MAX_LINKS) {
      const target = resolve(at, await readlink(next).catch(() => '.'))
      folders.add(at)
      names.add(next)
      marks.push(`${next}>${target}`)
      todo = [...partsOf(target), ...todo]
      at = parse(target).root
      continue
    }
    if (stats.isDirectory()) marks.push(`${next}:${stats.dev}:${stats.ino}`)
    else names.add(next)
    if (todo.length === 0) {
      folders.add(at)
      names.add(join(at, basename(next)))
    }
    at = next
  }
  return { folders, names, signature: marks.join('\n') }
}

function partsOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter(part => part !== '')
}
