// The one base of every error this house throws. Callers branch on `code`, which is a closed union per
// room and stable; `message` is for people and shows the thing, what was wanted and what was got.

/** What kept a thing from being done: it is refused, the words were wrong, the world failed, somebody was there first. */
export type FailureKind = 'refused' | 'usage' | 'world' | 'conflict'

/** An error with a code. Each room has one class of its own, with a closed union of codes. */
export abstract class HouseError<Code extends string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }

  get kind(): FailureKind {
    return 'refused'
  }

  /** Every fault that it is about, a line each. */
  get lines(): readonly string[] {
    return [`${this.code} ${this.message}`]
  }
}

/** Returns the text of anything that was thrown, without its stack. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Returns the operating system's code (`ENOENT`, `EACCES`, …) of a failed system call, if it is one. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** Marks a place that the types prove unreachable. */
export function unreachable(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`)
}
