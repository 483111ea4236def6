// Which registry home a command works on: the one it is told, or `infra/` of the repository it stands in, from any
// sub-folder.

import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { HouseError } from '../core/error.ts'
import { describeTree, findTop, type TreeState } from '../git/tree.ts'
import { RUN_ROOT } from '../publish/layout.ts'
import type { Io } from './report.ts'

export class HomeError extends HouseError<'HOME_MISSING'> {}

/** Returns the absolute path of the registry home. Throws `HOME_MISSING`. */
export async function findHome(io: Io, option: string | undefined): Promise<string> {
  const named = option ?? io.env.INFRA_HOME
  const home = named === undefined ? join((await findTop(io.cwd)) ?? io.cwd, 'infra') : resolve(io.cwd, named)
  if (existsSync(home)) return home
  throw new HomeError(
    'HOME_MISSING',
    `${home}: no such folder; name the registry home with --home or INFRA_HOME`,
  )
}

/** Returns commit and state of the work tree around `home`, leaving the sealed runs out: each would dirty the next. */
export async function describeHome(home: string): Promise<TreeState> {
  const top = await findTop(home)
  return describeTree(home, top === null ? [] : [join(relative(top, home), RUN_ROOT)])
}
