// Staging, all of it or nothing: the paths are given to git in one act that refuses them all when it refuses one, and
// what was staged before can be put back, path by path.

import { askGit, runGit } from './exec.ts'

/** What the index holds of some paths, in the form in which git takes it back. */
export type Staged = ReadonlyMap<string, string>

/** Returns what the index holds of `paths`, which are relative to `top`. */
export async function readStaged(top: string, paths: readonly string[]): Promise<Staged> {
  const said = await runGit(top, ['--literal-pathspecs', 'ls-files', '--stage', '-z', '--', ...paths])
  const entries = said.toString().split('\0').filter(Boolean)
  return new Map(entries.map(entry => [entry.slice(entry.indexOf('\t') + 1), entry]))
}

/** Stages `paths` as they are in the work tree, ignored or not: all of them, or none. */
export async function stagePaths(top: string, paths: readonly string[]): Promise<void> {
  await runGit(top, ['update-index', '--add', '-z', '--stdin'], undefined, lines(paths))
}

/** Makes the index hold of `paths` what `before` says, and nothing else. */
export async function restoreStaged(top: string, paths: readonly string[], before: Staged): Promise<void> {
  const digits = (await askGit(top, ['rev-parse', '--show-object-format'])) === 'sha256' ? 64 : 40
  const entries = paths.map(path => before.get(path) ?? `0 ${'0'.repeat(digits)}\t${path}`)
  await runGit(top, ['update-index', '-z', '--index-info'], undefined, lines(entries))
}

/** Returns those of `paths` of which git would store other bytes than there are, by its filters and line endings. */
export async function alteredByGit(top: string, paths: readonly string[]): Promise<readonly string[]> {
  if (paths.some(path => path.includes('\n'))) throw new RangeError('a path may not hold a line end')
  const nameBlobs = async (...how: readonly string[]): Promise<readonly string[]> => {
    const said = await runGit(
      top,
      ['hash-object', ...how, '--stdin-paths'],
      undefined,
      `${paths.join('\n')}\n`,
    )
    return said.toString().trimEnd().split('\n')
  }
  const [stored, own] = await Promise.all([nameBlobs(), nameBlobs('--no-filters')])
  return paths.filter((_, at) => stored[at] !== own[at])
}

function lines(words: readonly string[]): string {
  return words.map(word => `${word}\0`).join('')
}
