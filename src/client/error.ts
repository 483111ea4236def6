// What the client throws: a call that is wrong, and, where a result has no place for a failure (a list, the engines'
// record), the failure itself.

import { HouseError } from '../core/error.ts'
import type { Failure, UntrustedCode } from './outcome.ts'

/** Thrown by the client; nothing else is, but the reason of an abort that the caller asked for. */
export class ClientError extends HouseError<
  'CLIENT_BAD_NAME' | 'CLIENT_BAD_OPTION' | 'CLIENT_REVISION_GONE' | 'CLIENT_UNAVAILABLE' | 'CLIENT_UNTRUSTED'
> {
  /** With `CLIENT_UNAVAILABLE` and `CLIENT_UNTRUSTED`: what there is instead of an answer. */
  readonly failure: Failure | undefined

  constructor(code: ClientError['code'], message: string, failure?: Failure) {
    super(code, message)
    this.failure = failure
  }
}

/** Makes the error that stands for a failure. */
export function failureError(failure: Failure): ClientError {
  const code = failure.outcome === 'untrusted' ? 'CLIENT_UNTRUSTED' : 'CLIENT_UNAVAILABLE'
  return new ClientError(code, `${failure.code}: ${failure.detail}`, failure)
}

/** Makes the error of an answer that contradicts itself. */
export function distrust(code: UntrustedCode, detail: string): ClientError {
  return failureError({ outcome: 'untrusted', code, detail })
}
