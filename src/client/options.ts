// What a client is made with, checked once, and the parts that its calls are made of.

import { errorText } from '../core/error.ts'
import { type Clock, systemClock } from './clock.ts'
import { ClientError } from './error.ts'
import { Memory } from './memory.ts'

export interface ClientOptions {
  /** Where the service is; a path in it is kept, as of a service behind a proxy. */
  readonly url: string | URL
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /**
   * How long a call may take, tries, waits and reading together; 10,000 unless given. `Number.MAX_SAFE_INTEGER` sets no
   * limit: a try that hangs then hangs until the call's signal ends it.
   */
  readonly deadlineMs?: number
  /**
   * How old an answer may be that stands in for one that cannot be had. 0 unless given: whoever would rather act on
   * old knowledge than not at all says so, and how old.
   */
  readonly staleIfErrorSeconds?: number
  /** How many answers are remembered; 1,000 unless given. */
  readonly cacheEntries?: number
  /** Another `fetch`, such as one with a proxy. */
  readonly fetch?: typeof globalThis.fetch
  /** Another time. */
  readonly clock?: Clock
  /** Another chance: from 0 to 1, without 1. */
  readonly random?: () => number
}

/** What one call may have of its own. */
export interface CallOptions {
  /** Ends the call; it then throws the signal's reason. */
  readonly signal?: AbortSignal
  /** Instead of the client's own. */
  readonly deadlineMs?: number
  /** Instead of the client's own. */
  readonly staleIfErrorSeconds?: number
}

/** What every call is made of. */
export interface Parts {
  /** Without a slash at the end. */
  readonly base: string
  readonly headers: Readonly<Record<string, string>>
  readonly deadlineMs: number
  readonly staleIfErrorSeconds: number
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly random: () => number
  readonly memory: Memory
}

/** Checks the options and fills in what is not given. Throws `CLIENT_BAD_OPTION`. */
export function partsOf(options: ClientOptions): Parts {
  return {
    base: baseOf(options.url),
    headers: options.headers ?? {},
    deadlineMs: checkAmount('deadlineMs', options.deadlineMs ?? 10_000, 1),
    staleIfErrorSeconds: checkAmount('staleIfErrorSeconds', options.staleIfErrorSeconds ?? 0),
    // Called as a function of nobody: browsers refuse `fetch` as a method of another object.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    memory: new Memory(checkAmount('cacheEntries', options.cacheEntries ?? 1_000)),
  }
}

/** Returns the parts of one call. Throws `CLIENT_BAD_OPTION`. */
export function partsFor(parts: Parts, { deadlineMs, staleIfErrorSeconds }: CallOptions): Parts {
  return {
    ...parts,
    deadlineMs: checkAmount('deadlineMs', deadlineMs ?? parts.deadlineMs, 1),
    staleIfErrorSeconds: checkAmount('staleIfErrorSeconds', staleIfErrorSeconds ?? parts.staleIfErrorSeconds),
  }
}

function baseOf(given: string | URL): string {
  let url: URL
  try {
    url = new URL(given)
  } catch (thrown) {
    throw new ClientError('CLIENT_BAD_OPTION', `url: want an absolute address, got ${errorText(thrown)}`)
  }
  const { protocol, username, password, search, hash } = url
  if (!/^https?:$/.test(protocol)) {
    throw new ClientError('CLIENT_BAD_OPTION', `url: want http or https, got ${JSON.stringify(protocol)}`)
  }
  // The text is not shown: it may hold a password.
  if (`${username}${password}${search}${hash}` !== '') {
    throw new ClientError('CLIENT_BAD_OPTION', 'url: want no user, query or fragment')
  }
  return url.href.replace(/\/+$/, '')
}

function checkAmount(name: string, amount: number, least = 0): number {
  if (amount >= least && amount < Number.POSITIVE_INFINITY) return amount
  throw new ClientError('CLIENT_BAD_OPTION', `${name}: want a number from ${least}, got ${amount}`)
}
