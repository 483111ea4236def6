// A token that says which workflow is asking, from the runner (OpenID Connect). It goes to nobody but the service whose
// audience it names, and is never written anywhere: the runner is told to mask it before anything else happens.

import { errorText } from '../core/error.ts'
import { ActionError } from './error.ts'
import type { Environment } from './inputs.ts'

const LIMIT_MS = 10_000

/** Asks the runner for a token for `audience`. Throws `ACTION_NO_TOKEN`. */
export async function requestToken(env: Environment, audience: string): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env
  if (address === undefined || token === undefined) {
    const mend = 'give the job "permissions: id-token: write"'
    throw new ActionError('ACTION_NO_TOKEN', `the runner gives no token: ${mend}`)
  }
  const url = new URL(address)
  url.searchParams.set('audience', audience)
  let value: unknown
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    if (!response.ok) throw new Error(`the answer is ${response.status}`)
    value = ((await response.json()) as { readonly value?: unknown } | null)?.value
  } catch (thrown) {
    throw new ActionError('ACTION_NO_TOKEN', `the runner gives no token: ${errorText(thrown)}`)
  }
  // What is no token could be anything, a second header line included.
  if (typeof value === 'string' && /^[\w.~+/=-]+$/.test(value)) return value
  throw new ActionError('ACTION_NO_TOKEN', 'the runner gives no token: its answer holds none')
}
