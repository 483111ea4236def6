// Server-sent events (WHATWG HTML §9.2.6), from a body that comes in pieces of any size. Only what the service sends is
// kept: the id, which is a revision, and how long to wait before reconnecting. Comments are heartbeats and say nothing.

/** What a stream told. */
export type Heard = { readonly id: string } | { readonly retryMs: number }

/** Most characters of an unfinished line: nobody who speaks this language sends more. */
const MAX_LINE = 65_536

/** Takes a stream apart. One for each connection. */
export class EventStream {
  #rest = ''
  #id: string | undefined
  #first = true

  /** Takes the next piece and returns what it completed. Throws when a line does not end. */
  push(piece: string): Heard[] {
    if (this.#first && piece !== '') {
      this.#first = false
      return this.push(piece.replace(/^\uFEFF/, ''))
    }
    const text = this.#rest + piece
    // A carriage return at the very end may be half of a line end.
    const lines = text.split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop()!
    if (this.#rest.length > MAX_LINE)
      throw new Error(`a line of the stream has more than ${MAX_LINE} characters`)
    return lines.flatMap(line => this.#take(line) ?? [])
  }

  #take(line: string): Heard | undefined {
    if (line === '') {
      const id = this.#id
      this.#id = undefined
      return id === undefined ? undefined : { id }
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!
    if (field === 'id' && !value.includes('\0')) this.#id = value
    if (field === 'retry' && /^\d{1,7}$/.test(value)) return { retryMs: Number(value) }
    return undefined
  }
}
