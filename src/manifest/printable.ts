// Text that somebody else wrote, made fit to be shown: whoever answers a probe could otherwise move the reader's
// cursor, change the colour of the next line, or turn its letters around.

import { clip } from '../core/diagnostic.ts'

/** Controls, marks that nobody sees, line separators, and code points that mean nothing. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu

/** Returns `text` on one line with whatever a terminal could obey written as `\u{…}`, cut to `max` characters. */
export function printable(text: string, max = 200): string {
  // Cut first: an escape that is cut in two would read as something else, and a long text costs no more than a short one.
  const cut = clip(text, max)
  return cut.replace(UNSHOWN, unit => `\\u{${unit.codePointAt(0)!.toString(16)}}`)
}
