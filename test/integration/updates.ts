// The ways in which a file comes to hold something else, each against the real process: what lies on disk after the
// last file operation must be what is answered, soon. No event system sees all of them.

import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import {
  chaos,
  dose,
  figures,
  pause,
  quantile,
  registryText,
  startService,
  wholeDose,
} from '../fixtures/service.ts'

const NAME = 'registry.json'
/** Same-size styles get contents of one length; the others get one that grows and shrinks. */
const same = (n: number): string => registryText(n)
const varied = (n: number): string => registryText(n, ' x'.repeat(n % 7))

interface Place {
  /** The path that the service is given. */
  readonly file: string
  /** Makes the file hold `text`; returns when its last file operation was, if that is not now. */
  update(text: string, round: number): void | number | Promise<void>
}

/** Lays out a folder that holds `text`, and says how to change it. */
type Style = (root: string, text: string) => Place

const styles: Readonly<Record<string, Style>> = {
  rename: plain((file, text) => replace(file, text)),
  'rename, same size': plain((file, text) => replace(file, text)),
  'truncate and write': plain((file, text) => writeFileSync(file, text)),
  'in place, same size': plain(writeOver),
  'rename, same size and time': plain((file, text) => {
    const { atime, mtime } = statSync(file)
    replace(file, text, temporary => utimesSync(temporary, atime, mtime))
  }),
  'rename, same size, older time': plain((file, text, round) => {
    const older = new Date(Date.UTC(2001, 0, 1) - round * 60_000)
    replace(file, text, temporary => utimesSync(temporary, older, older))
  }),
  'delete, create 20 ms later': plain((file, text) => deleteThenCreate(file, text, 20)),
  'delete, create 300 ms later': plain((file, text) => deleteThenCreate(file, text, 300)),
  'delete, create 1500 ms later': plain((file, text) => deleteThenCreate(file, text, 1_500)),
  'two writes 20 ms apart': plain(async (file, text) => {
    writeFileSync(file, text.slice(0, text.length / 2))
    await pause(20)
    appendFileSync(file, text.slice(text.length / 2))
  }),
  'burst of 10 renames': plain((file, text, round) =>
    burst(file, text, round, (to, content) => replace(to, content)),
  ),
  'burst of 10 writes in place': plain((file, text, round) => burst(file, text, round, writeOver)),
  'folder swapped by rename': (root, text) => {
    const file = join(root, 'live', NAME)
    write(file, text)
    return {
      file,
      update(next, round) {
        write(join(root, `next-${round}`, NAME), next)
        rmSync(join(root, `old-${round - 1}`), { recursive: true, force: true })
        renameSync(join(root, 'live'), join(root, `old-${round}`))
        renameSync(join(root, `next-${round}`), join(root, 'live'))
      },
    }
  },
  'symlinked file swapped': (root, text) => {
    const file = join(root, NAME)
    write(join(root, 'data-0.json'), text)
    symlinkSync('data-0.json', file)
    return {
      file,
      update(next, round) {
        write(join(root, `data-${round}.json`), next)
        swapLink(file, `data-${round}.json`)
      },
    }
  },
  'ConfigMap, old folder removed': configMap({ removeOld: true }),
  'ConfigMap, old folder kept': configMap({ removeOld: false }),
  'git-sync, old tree removed': gitSync({ removeOld: true }),
  'git-sync, old tree kept': gitSync({ removeOld: false }),
  'git reset --hard': (root, text) => {
    const file = join(root, NAME)
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: root,
        stdio: 'pipe',
        env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
      })
    git('init', '-q')
    write(file, text)
    git('add', '.')
    git('commit', '-q', '-m', 'start')
    return {
      file,
      update(next) {
        // The commit is made of objects alone, so that the reset is the only thing that touches the file.
        const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: root, input: next })
        const tree = execFileSync('git', ['mktree'], {
          cwd: root,
          input: `100644 blob ${blob.toString().trim()}\t${NAME}\n`,
        })
        const commit = git('commit-tree', '-m', 'next', tree.toString().trim()).toString().trim()
        git('reset', '-q', '--hard', commit)
        // git itself ends a little later than its last write.
        return performance.now() - Math.max(0, Date.now() - statSync(file).ctimeMs)
      },
    }
  },
}

const SAME_SIZE = /same size|in place/

t.setTimeout(0)

const rounds = dose('UPDATES', 1, 20)
const lags: number[] = []
const worst: Record<string, number> = {}

t.test('an update on disk is answered', { jobs: chaos ? 1 : 6 }, async t => {
  t.equal(Object.keys(styles).length, 19)
  for (const [name, style] of Object.entries(styles)) {
    const updated = t.test(name, { buffered: !chaos }, async t => {
      const root = t.testdir({ place: {} })
      const content = SAME_SIZE.test(name) ? same : varied
      let text = content(0)
      const place = style(join(root, 'place'), text)
      const service = await startService(t, { env: { INFRA_REGISTRY_FILE: place.file } })
      await service.serves(text)
      for (let round = 1; round <= rounds; round++) {
        // Updates come at any phase of the poll.
        await pause(Math.random() * 500)
        text = content(round)
        const last = (await place.update(text, round)) ?? performance.now()
        // An update that is missed is missed for good; how late one is noticed is told of the whole dose.
        t.equal((await service.serves(text, 20_000)).status, 200)
        const lag = performance.now() - last
        lags.push(lag)
        worst[name] = Math.max(worst[name] ?? 0, lag)
      }
    })
    if (chaos) await updated
  }
})

t.test('the dose was given, and the figures hold', async t => {
  t.equal(lags.length, 19 * rounds)
  const p95 = quantile(lags, 0.95)
  const max = Math.max(...lags)
  figures(t, 'updates', {
    noticed: `${lags.length}/${19 * rounds}`,
    'p50 ms': Math.round(quantile(lags, 0.5)),
    'p95 ms': Math.round(p95),
    'max ms': Math.round(max),
  })
  for (const [name, lag] of Object.entries(worst)) t.comment(`${name}: worst ${Math.round(lag)} ms`)
  if (!wholeDose) return
  t.ok(p95 < 250, 'p95')
  t.ok(max < 1_000, 'max')
})

/** A style that changes one file of a folder. */
function plain(update: (file: string, text: string, round: number) => void | Promise<void>): Style {
  return (root, text) => {
    const file = join(root, NAME)
    write(file, text)
    return { file, update: (next, round) => update(file, next, round) }
  }
}

/** As kubelet writes a ConfigMap: a link to a link to a dated folder, and the middle link swapped. */
function configMap({ removeOld }: { removeOld: boolean }): Style {
  return (root, text) => {
    write(join(root, '..2026_0', NAME), text)
    symlinkSync('..2026_0', join(root, '..data'))
    symlinkSync(join('..data', NAME), join(root, NAME))
    return {
      file: join(root, NAME),
      update(next, round) {
        write(join(root, `..2026_${round}`, NAME), next)
        swapLink(join(root, '..data'), `..2026_${round}`)
        if (removeOld) rmSync(join(root, `..2026_${round - 1}`), { recursive: true })
      },
    }
  }
}

/** As git-sync publishes a work tree: `current` is a link to it. */
function gitSync({ removeOld }: { removeOld: boolean }): Style {
  return (root, text) => {
    const tree = (round: number): string => join(root, '.worktrees', String(round))
    write(join(tree(0), NAME), text)
    symlinkSync('.worktrees/0', join(root, 'current'))
    return {
      file: join(root, 'current', NAME),
      update(next, round) {
        write(join(tree(round), NAME), next)
        swapLink(join(root, 'current'), `.worktrees/${round}`)
        if (removeOld) rmSync(tree(round - 1), { recursive: true })
      },
    }
  }
}

async function deleteThenCreate(file: string, text: string, afterMs: number): Promise<void> {
  rmSync(file)
  await pause(afterMs)
  writeFileSync(file, text)
}

async function burst(
  file: string,
  text: string,
  round: number,
  put: (file: string, text: string) => void,
): Promise<void> {
  for (let step = 1; step < 10; step++) {
    put(file, same(round * 1_000_000 + step))
    await pause(7)
  }
  put(file, text)
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function replace(file: string, text: string, prepare?: (temporary: string) => void): void {
  const temporary = `${file}.new`
  writeFileSync(temporary, text)
  prepare?.(temporary)
  renameSync(temporary, file)
}

function writeOver(file: string, text: string): void {
  const fd = openSync(file, 'r+')
  writeSync(fd, text)
  ftruncateSync(fd, Buffer.byteLength(text))
  closeSync(fd)
}

function swapLink(link: string, target: string): void {
  symlinkSync(target, `${link}_tmp`)
  renameSync(`${link}_tmp`, link)
}
