// The order of the layer's names and times: by code point, as the contract says. JavaScript's own `<` compares UTF-16
// units, which puts U+1F600 before U+E000, and encoding to UTF-8 first makes every lone surrogate the same.

/** Compares two texts by code point; half a surrogate pair counts as the code point it is. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const end = Math.min(a.length, b.length)
  let at = 0
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at += 1
  // A difference in the second half of a pair is one of the whole pair.
  const split = isHigh(a.charCodeAt(at - 1)) && (isLow(a.charCodeAt(at)) || isLow(b.charCodeAt(at)))
  const from = split ? at - 1 : at
  return (a.codePointAt(from) ?? -1) - (b.codePointAt(from) ?? -1)
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
