// What the pages for people say of their answers, in the words of OpenAPI. What a form or a link of them leads to is
// HTML, refusals too; what no form or link makes, and what is refused before a route is reached, is a problem document.

import { Type } from '@sinclair/typebox'
import { ASSETS } from '../../page/assets.ts'
import { AssetAnswer, PageAnswer } from '../answer-schemas.ts'
import {
  answers,
  CACHE_CONTROL,
  type Content,
  ETAG,
  type Header,
  meaningOf,
  notModified,
  REVISION_HEADERS,
  type Row,
  refusal,
  UNAVAILABLE,
} from '../describe.ts'
import type { ProblemCode } from '../problems.ts'

type Rows = Readonly<Record<number, Row>>
type Headers = Readonly<Record<string, Header>>

const HTML: Content = { 'text/html': { schema: PageAnswer } }
const text = (description: string): Header => ({ description, required: true, schema: Type.String() })

const NOT_SNIFFED: Headers = {
  'X-Content-Type-Options': text('The type is the one that is told.'),
  'Cross-Origin-Resource-Policy': text('No other origin may load it.'),
}
const PAGE: Headers = {
  ...NOT_SNIFFED,
  'Content-Security-Policy': text('Nothing but what this origin serves.'),
  'Referrer-Policy': text('No address is told to others.'),
}

/** Returns what `/` answers, per status. */
export function listPageAnswers(): Rows {
  return {
    ...pageAnswers('One page of the list.', ['invalid_name', 'invalid_query']),
    410: refusalPage(['revision_gone']),
  }
}

/** Returns what `/repositories/:org/:repo` answers, per status. */
export function entryPageAnswers(): Rows {
  return {
    ...pageAnswers('The repository is registered: enabled or disabled.', ['invalid_query', 'uri_too_long']),
    404: refusalPage(['org_not_registered', 'repo_not_registered']),
  }
}

/** Returns what `/assets/:file` answers, per status. */
export function assetAnswers(): Rows {
  const types = [...ASSETS.values()].map(({ type }) => type.split(';')[0]!)
  return answers({
    says: 'The file.',
    body: Object.fromEntries(types.map(type => [type, { schema: AssetAnswer }])),
    headers: NOT_SNIFFED,
    refusals: ['route_not_found', 'uri_too_long', 'overloaded'],
  })
}

function pageAnswers(says: string, refusals: readonly ProblemCode[]): Rows {
  const rows = answers({ says, body: HTML, headers: { ...ETAG, ...PAGE, ...REVISION_HEADERS }, refusals })
  return { ...rows, 304: notModified(rows[200]!), 503: UNAVAILABLE_PAGE }
}

/** A page that says what the registry does not hold, and so names it. */
function refusalPage(codes: readonly ProblemCode[]): Row {
  const headers = { 'Cache-Control': CACHE_CONTROL, ...PAGE, ...REVISION_HEADERS }
  return { description: meaningOf(codes), headers, content: HTML }
}

/** No registry is a page; no room for the request is a problem document, which is sent without the headers of a page. */
const UNAVAILABLE_PAGE: Row = {
  ...refusal(['overloaded'], optional(PAGE), HTML),
  description: meaningOf([...UNAVAILABLE, 'overloaded']),
}

function optional(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, { description, schema }]) => [name, { description, schema }]),
  )
}
