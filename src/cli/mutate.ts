// What the verbs that change the registry have in common, up to where the change begins: the words are judged, and the
// registry home is found. Git, which is asked where that is, answers while the rest of the program is loaded.

import { type EditRequest, parseContext, parseOrgName, parseReason, parseRepoName } from '../edit/request.ts'
import { CHANGELOG, WORKING_COPY } from '../publish/layout.ts'
import { findHomeRepository } from './home.ts'
import type { VerbOptions } from './program.ts'
import type { Io, Report } from './report.ts'

/** What a verb asks for; the moment is read from the clock when the change is made. */
export type Asked = Omit<EditRequest, 'now' | 'lastTimestamp'>

/** Carries out a change of the registry, or with `--dry-run` everything but the writing. */
export async function mutate(asked: Asked, options: VerbOptions, io: Io): Promise<Report> {
  verifyWords(asked)
  const [place, { carryOut }] = await Promise.all([
    findHomeRepository(io, options.home, [WORKING_COPY, CHANGELOG]),
    import('./carry-out.ts'),
  ])
  return carryOut(asked, place, options, io)
}

/** Refuses what is wrong wherever it is asked, before anything is looked at. Throws `EditError`. */
function verifyWords(asked: Asked): void {
  const request = { ...asked, now: new Date(0) }
  parseOrgName(request)
  if (!asked.action.endsWith('-org')) parseRepoName(request)
  if (asked.action === 'register') parseContext(request)
  parseReason(request)
}
