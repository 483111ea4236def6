// One table from problem code to HTTP status, title and remedy. Nothing answers an error without a row here, and
// `/problems/<code>` serves the row to whoever wants to read it. Codes are the contract; the words are for people.

interface Row {
  readonly status: number
  readonly title: string
  readonly meaning: string
  readonly remediation: string
}

const row = (status: number, title: string, meaning: string, remediation: string): Row => ({
  status,
  title,
  meaning,
  remediation,
})

export const PROBLEMS = {
  bad_request: row(
    400,
    'Malformed request',
    'The request is not well-formed HTTP, or its path cannot be decoded.',
    'Send one Host header, and a path whose percent-encoding is valid UTF-8.',
  ),
  invalid_name: row(
    400,
    'Invalid name',
    'The organisation or repository is not a name that GitHub allows, so it cannot be registered.',
    'Ask for <organisation>/<repository> as GitHub spells it.',
  ),
  invalid_query: row(
    400,
    'Invalid query',
    'A query parameter is unknown, repeated, or has a value that is not allowed. Nothing was guessed.',
    'Use the parameters that /docs lists for this route.',
  ),
  repo_disabled: row(
    403,
    'Repository is disabled',
    'The repository is registered and disabled: it must not run and must not write telemetry.',
    "An operator can enable it: infra enable <organisation>/<repository> --reason '<why>'.",
  ),
  cross_org_telemetry: row(
    403,
    'Cross-organisation telemetry',
    'A repository may write telemetry only to the telemetry repository of its own organisation.',
    'Write to the telemetry repository that /telemetry-target names.',
  ),
  telemetry_target_mismatch: row(
    403,
    'Not the telemetry target',
    'The organisation matches, but its telemetry repository is another one.',
    'Write to the telemetry repository that /telemetry-target names.',
  ),
  org_not_registered: row(
    404,
    'Organisation is not registered',
    'A registry is loaded, and it does not hold this organisation.',
    "Check the spelling, or register: infra register <organisation>/<repository> --context <context> --telemetry-repo <organisation>/<name> --reason '<why>'.",
  ),
  repo_not_registered: row(
    404,
    'Repository is not registered',
    'The organisation is registered, and this repository is not.',
    "Check the spelling, or register: infra register <organisation>/<repository> --context <context> --reason '<why>'.",
  ),
  route_not_found: row(
    404,
    'No such route',
    'This service has no such path. It says nothing about any repository.',
    'See /docs for the routes.',
  ),
  method_not_allowed: row(
    405,
    'Method not allowed',
    'The service is read-only: it answers GET and HEAD.',
    'Use GET. The registry is changed with the infra command line, through a pull request.',
  ),
  unsupported_schema_version: row(
    406,
    'Schema version not supported',
    'The caller asked for a schema version that the service cannot give.',
    'Ask for a version of the supported set, or for none.',
  ),
  request_timeout: row(
    408,
    'Request timed out',
    'The request did not arrive whole within the time allowed.',
    'Send it again, faster.',
  ),
  revision_gone: row(
    410,
    'Revision is gone',
    'The list was begun in a revision of the registry that is no longer served.',
    'Begin the list again, without a cursor.',
  ),
  precondition_failed: row(
    412,
    'Precondition failed',
    'The request holds an If-Match that names another revision than the one served.',
    'Fetch the answer again and use its ETag.',
  ),
  content_too_large: row(
    413,
    'Request has content',
    'GET and HEAD take no content; what it would mean, and where it ends, is not the same to everyone on the way.',
    'Send the request without a body.',
  ),
  uri_too_long: row(
    414,
    'Name too long',
    'A name in the path has more than 100 characters; GitHub allows none so long.',
    'Ask for <organisation>/<repository> as GitHub spells it.',
  ),
  headers_too_large: row(
    431,
    'Request header too large',
    'Request line and headers together are larger than 8 KiB.',
    'Send fewer or smaller headers.',
  ),
  internal: row(
    500,
    'Internal error',
    'The service failed. The answer says nothing about any repository.',
    'Try again; if it stays, read the log of the service.',
  ),
  registry_not_loaded: row(
    503,
    'No registry is loaded',
    'The registry is missing or cannot be read, and none was loaded before. Nothing is known of any repository.',
    'See /status for the cause. The service recovers by itself when the registry is there.',
  ),
  registry_version_unsupported: row(
    503,
    'Registry version is not supported',
    'The registry on disk has a schema version that this service does not know, and none was loaded before.',
    'Upgrade the service, or put back a registry of a supported version.',
  ),
  registry_invalid: row(
    503,
    'Registry is invalid',
    'The registry on disk breaks the rules, and none was loaded before. It is refused whole.',
    'See /status for the place; infra check lists every violation.',
  ),
  seal_invalid: row(
    503,
    'Registry is not trusted',
    'The bytes on disk are not the bytes that were sealed or pinned, and none were loaded before.',
    'Do not seal again. Find out what changed them; infra verify lists every difference.',
  ),
  pin_unknown: row(
    503,
    'Active registry is unknown',
    'The pointer says that it is not known which registry is active.',
    "Decide, and run infra activate <run> --reason '<why>'.",
  ),
  pin_invalid: row(
    503,
    'Pointer is invalid',
    'The pointer to the active registry is missing, malformed or withdrawn.',
    "Run infra status. Restore the pointer file from git if it is damaged, then infra activate <run> --reason '<why>'.",
  ),
  shutting_down: row(
    503,
    'Service is shutting down',
    'The service still answers what reaches it, and wants no new work.',
    'Use another instance, or try again after the time in Retry-After.',
  ),
  overloaded: row(
    503,
    'Service is overloaded',
    'The service cannot keep up and refuses work rather than answer late; or as many clients wait for changes as may.',
    'Try again after the time in Retry-After.',
  ),
} as const satisfies Record<string, Row>

export type ProblemCode = keyof typeof PROBLEMS

/** Tells whether `code` is one of the closed set. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code)
}

/** An error to answer with: a code of the table and what is particular to this occurrence. */
export interface Problem {
  readonly code: ProblemCode
  readonly detail: string
  /** Members added to the document, such as the supported set. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** Makes a problem. */
export function problem(code: ProblemCode, detail: string, extra?: Problem['extra']): Problem {
  return extra === undefined ? { code, detail } : { code, detail, extra }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** Seconds after which a 503 is worth another try: a few polls of the registry. */
export const RETRY_AFTER_S = 2

const MAX_INSTANCE = 256

/** Returns at most `max` characters of the path of a request target, without its query and without any `user:secret@host`. */
export function pathOf(target: string, max: number): string {
  const path = target.split('?', 1)[0]!
  return (path.startsWith('/') ? path : path.replace(/^[^/]*:\/\/[^/]*/, '')).slice(0, max)
}

/** Renders the problem document of RFC 9457; `instance` is the path asked for, without its query. */
export function renderProblem({ code, detail, extra }: Problem, url: string): string {
  const { status, title, remediation } = PROBLEMS[code]
  const instance = pathOf(url, MAX_INSTANCE)
  return JSON.stringify({
    type: `/problems/${code}`,
    title,
    status,
    detail,
    instance,
    code,
    ...extra,
    remediation,
  })
}
