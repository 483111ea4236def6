// Which registry home a command works on: the one it is told, or `infra/` of the repository it stands in, from any
// sub-folder.

import { realpathSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { HouseError } from '../core/error.ts'
import { describeTree, findTop, type TreeState } from '../git/tree.ts'
import { RUN_ROOT } from '../publish/layout.ts'
import type { Io } from './report.ts'

/** There is no registry home where one was looked for. */
export class HomeError extends HouseError<'HOME_MISSING'> {}

/** Returns the absolute path of the registry home. Throws `HOME_MISSING`. */
export async function findHome(io: Io, option: string | undefined): Promise<string> {
  const named = option ?? (io.env.INFRA_HOME || undefined)
  const home = named === undefined ? join((await findTop(io.cwd)) ?? io.cwd, 'infra') : resolve(io.cwd, named)
  if (statSync(home, { throwIfNoEntry: false })?.isDirectory()) return home
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
