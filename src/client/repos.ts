// The list of repositories, page by page. A list is of one revision, or it ends with an error: pages of two registries
// would make a third one that never was. An outage is an error too, never an empty list.

import type { Context, State } from '../registry/schema.ts'
import { ask } from './ask.ts'
import { ClientError, distrust, failureError } from './error.ts'
import type { Answer } from './judge.ts'
import { type CallOptions, type Parts, partsFor } from './options.ts'
import type { RepoPage } from './outcome.ts'
import { checkRevision, readPage } from './shapes.ts'

/** What the list is narrowed to; names and `q`, a part of `org/repo`, match in any case. */
export interface RepoFilter {
  readonly org?: string
  readonly state?: State
  readonly context?: Context
  readonly q?: string
}

/** How a list is asked for. */
export interface ListOptions extends Omit<CallOptions, 'staleIfErrorSeconds'> {
  /** How many repositories a page has at most; 1,000 unless given, which is the most that the service gives. */
  readonly pageSize?: number
}

/**
 * Lists the repositories that `filter` lets through, in registry order. `deadlineMs` is that of each page. Throws
 * `CLIENT_UNAVAILABLE`, `CLIENT_UNTRUSTED`, and `CLIENT_REVISION_GONE` when the registry became another one on the
 * way: then what was listed so far is of the one before, and the list has to be begun again.
 */
export async function* repos(
  given: Parts,
  filter: RepoFilter,
  options: ListOptions,
): AsyncGenerator<RepoPage, void, undefined> {
  const parts = partsFor(given, options)
  const query = queryOf(filter, options.pageSize ?? 1_000)
  let revision: string | undefined
  let listed = 0
  for (;;) {
    const { body, told } = await askPage(parts, `/repos?${query}`, options)
    checkRevision(body, told)
    const { items, total, next } = readPage(body)
    if (revision !== undefined && revision !== told.revision)
      throw distrust('revision_mismatch', `the page is of revision ${told.revision} (want ${revision})`)
    revision = told.revision
    listed += items.length
    if (next === null ? listed !== total : items.length === 0 || listed > total)
      throw distrust('bad_shape', `the pages have ${listed} repositories (want ${total})`)
    for (const item of items) {
      if (item.state !== (filter.state ?? item.state) || item.context !== (filter.context ?? item.context))
        throw distrust(
          'wrong_subject',
          `${item.org}/${item.repo} is ${item.state} ${item.context}, which was not asked for`,
        )
    }
    yield { items, total, ...told }
    if (next === null) return
    query.set('cursor', next)
  }
}

function queryOf({ org, state, context, q }: RepoFilter, pageSize: number): URLSearchParams {
  const words = { org, state, context, q, limit: String(pageSize) }
  return new URLSearchParams(
    Object.entries(words).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}

async function askPage(parts: Parts, path: string, { signal }: ListOptions): Promise<Answer> {
  const { said } = await ask(parts, path, {}, signal)
  switch (said.outcome) {
    case 'answer':
      return said
    case 'problem':
      if (said.code === 'revision_gone') throw new ClientError('CLIENT_REVISION_GONE', said.detail)
      if (said.code === 'invalid_name') throw new ClientError('CLIENT_BAD_NAME', said.detail)
      throw new ClientError('CLIENT_BAD_OPTION', `${said.code}: ${said.detail}`)
    case 'unchanged':
      throw distrust('bad_shape', '"unchanged" was said of a page, which was not asked')
    default:
      throw failureError(said)
  }
}
