// One question over HTTP, and what came back, read whole. Redirects are not followed: the service has none, so whoever
// redirects is somebody else, and would be told our headers.

import type { Parts } from './options.ts'

/** What came back, whoever it came from. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** When it was asked for. */
  readonly askedAt: number
}

/** A thousand entries with the longest reasons are a few megabytes. */
const MAX_CHARACTERS = 64 * 1024 * 1024

/** Asks for `path`. Rejects when nothing came back, or not all of it. */
export async function exchange(
  parts: Parts,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Reply> {
  const askedAt = parts.clock.now()
  const response = await open(parts, path, headers, signal)
  return { status: response.status, headers: response.headers, text: await readText(response), askedAt }
}

/** Asks for `path`, and leaves what follows the head to be read. */
export function open(
  parts: Parts,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  // Not the browser's cache: it would answer by itself what has to be asked.
  return parts.fetch(`${parts.base}${path}`, {
    headers: { ...parts.headers, ...headers },
    cache: 'no-store',
    redirect: 'manual',
    signal,
  })
}

async function readText(response: Response): Promise<string> {
  let text = ''
  for await (const more of readPieces(response)) {
    text += more
    if (text.length > MAX_CHARACTERS) throw new Error(`the answer has more than ${MAX_CHARACTERS} characters`)
  }
  return text
}

/** Reads the text of a body as it comes, and lets go of the connection when the reader stops. */
export async function* readPieces({ body }: Response): AsyncGenerator<string, void, undefined> {
  if (body === null) return
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      yield decoder.decode(value, { stream: !done })
      if (done) return
    }
  } finally {
    // Of a connection that broke there is nothing left to let go.
    await reader.cancel().catch(() => {})
  }
}

/** The media type of an answer, without its parameters. */
export function typeOf(headers: Headers): string | undefined {
  const [type] = headers.get('content-type')?.split(';', 1) ?? []
  return type?.trim().toLowerCase()
}
