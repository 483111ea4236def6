// Which registry home a command works on: the one it is told, or `infra/` of the repository it stands in, from any
// sub-folder.

import { existsSync, realpathSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { plain } from '../core/diagnostic.ts'
import { type FailureKind, HouseError } from '../core/error.ts'
import { unknownVariables, VARIABLES } from '../core/variables.ts'
import { GitError } from '../git/exec.ts'
import { describeTree, findRepository, findTop, type Repository, type TreeState } from '../git/tree.ts'
import { RUN_ROOT } from '../publish/layout.ts'
import type { Io } from './report.ts'

/** The folder of a repository that is its registry home, where none is named. */
const HOME = 'infra'

/** There is no registry home where one was looked for, or it is not known where that is. */
export class HomeError extends HouseError<'HOME_MISSING' | 'HOME_UNKNOWN_VARIABLE'> {
  override get kind(): FailureKind {
    return this.code === 'HOME_UNKNOWN_VARIABLE' ? 'usage' : 'refused'
  }
}

/** Returns the absolute path of the registry home. Throws `HOME_MISSING` or `HOME_UNKNOWN_VARIABLE`. */
export async function findHome(io: Io, option: string | undefined): Promise<string> {
  return (await findPlace(io, option)).home
}

/** A registry home, and the repository that holds it. */
export interface HomePlace {
  readonly home: string
  /** `null` where none does. */
  readonly repository: Repository | null
}

/**
 * Returns the registry home and the repository that holds it, with what HEAD has of `files`, which are named from the
 * home. Throws as `findHome`, or `GitError`.
 */
export async function findHomeRepository(
  io: Io,
  option: string | undefined,
  files: readonly string[],
): Promise<HomePlace> {
  const { home, repository } = await findPlace(io, option, files)
  // Found on the way, and still the right one unless the home is a link, or a work tree of its own.
  const sameTree = realpathSync(home) === home && !existsSync(join(home, '.git'))
  if (repository !== null && sameTree) return { home, repository }
  const below = files.map(file => `./${file}`)
  return { home, repository: await findRepository(home, below) }
}

/** Without git, what only reads goes on: it looks for its home where it stands. */
async function lookForRepository(cwd: string, paths: readonly string[]): Promise<Repository | null> {
  try {
    return await findRepository(cwd, paths)
  } catch (error) {
    if (error instanceof GitError) return null
    throw error
  }
}

async function findPlace(
  io: Io,
  option: string | undefined,
  files: readonly string[] = [],
): Promise<HomePlace> {
  const [unknown] = unknownVariables(io.env)
  if (option === undefined && unknown !== undefined) {
    const message = `${plain(unknown)}: unknown variable (want one of ${VARIABLES.join(', ')}); name the registry home with --home or INFRA_HOME`
    throw new HomeError('HOME_UNKNOWN_VARIABLE', message)
  }
  const named = option ?? (io.env.INFRA_HOME || undefined)
  const inHome = files.map(file => `${HOME}/${file}`)
  const repository = named === undefined ? await lookForRepository(io.cwd, inHome) : null
  const home = named === undefined ? join(repository?.top ?? io.cwd, HOME) : resolve(io.cwd, named)
  if (statSync(home, { throwIfNoEntry: false })?.isDirectory()) return { home, repository }
  throw new HomeError(
    'HOME_MISSING',
    `${home}: no such folder; name the registry home with --home or INFRA_HOME`,
  )
}

/** Returns commit and state of the work tree around `home`, leaving the sealed runs out: each would dirty the next. */
export async function describeHome(home: string): Promise<TreeState> {
  const place = await placeInTree(home)
  return describeTree(home, place === null ? [] : [join(place.path, RUN_ROOT)])
}

/** Returns where `home` lies in its repository; `null` outside one. */
export async function placeInTree(home: string): Promise<{ top: string; path: string } | null> {
  const top = await findTop(home)
  // Git answers with every link resolved.
  return top === null ? null : { top, path: relative(top, realpathSync(home)) }
}
