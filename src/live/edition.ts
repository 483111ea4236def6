// What the main thread and the serving threads say to each other: plain values, posted. Types only.

import type { MessagePort } from 'node:worker_threads'
import type { Served } from './served.ts'
import type { LiveStatus, Standing } from './status.ts'

/** All that can be asked of the live registry, at one moment. */
export interface Moment {
  readonly served: Served | null
  readonly status: LiveStatus
  readonly standing: Standing
}

/** How it stands with the serving threads. */
export interface ThreadCounts {
  readonly wanted: number
  /** How many of them listen. */
  readonly serving: number
  /** How many were started in the place of one that had crashed or hung. */
  readonly replaced: number
}

/** A moment as threads are told of it. */
export interface Edition {
  /** One more than that of the edition before. */
  readonly number: number
  /** Left out when it is what the edition before served. */
  readonly served?: Served
  readonly status: LiveStatus
  readonly standing: Standing
  readonly threads: ThreadCounts
}

/** Where to listen. */
export interface Place {
  readonly host: string
  /** 0 for one of the system's choice. */
  readonly port: number
  /** Lets several threads listen on one port. */
  readonly reusePort?: boolean
}

/** What answers requests: the server in this thread, or the threads that have one each. */
export interface Front {
  /** Begins to listen. Rejects with the error of the system. */
  open(place: Place): Promise<{ address: string; port: number }>
  /** Goes on answering for `drainMs` while it says that it leaves, then closes; resolves when all is answered. */
  close(drainMs: number): Promise<void>
}

export type ToThread =
  | { readonly kind: 'listen'; readonly place: Place }
  | { readonly kind: 'leave'; readonly drainMs: number }
  /** Are you still there? */
  | { readonly kind: 'ping' }

export type FromThread =
  | { readonly kind: 'listening'; readonly address: string; readonly port: number }
  | { readonly kind: 'not-listening'; readonly message: string; readonly code: string | undefined }
  /** It is there: once unasked, then to each ping. */
  | { readonly kind: 'pong' }
  /** Whole lines of the log. */
  | { readonly kind: 'log'; readonly lines: string }
  | { readonly kind: 'left' }

/** What a thread is started with. */
export interface ThreadStart {
  /** From 0: which of the threads it is. One that replaces another has its number. */
  readonly thread: number
  readonly editions: MessagePort
  readonly shown: Int32Array
  /** What `bin` gives to every thread. */
  readonly data: unknown
}
