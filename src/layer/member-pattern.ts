// Which files below a source are members of a collection: a path in which `*` stands for any part of one name, and `**`,
// at the end only, for everything below. The way down is part of the pattern, so that nothing else is walked.

const ANY = '**'

/** Says what keeps `pattern` from being one, or returns `undefined` when nothing does. */
export function findPatternDefect(pattern: string): string | undefined {
  const parts = pattern.split('/')
  if (parts.some(part => part === '')) return 'holds an empty part'
  const at = parts.findIndex(part => part.includes(ANY))
  if (at !== -1 && (at < parts.length - 1 || parts[at] !== ANY))
    return `holds ${ANY} elsewhere than at the end`
  return undefined
}

/** Tells whether the file at `relpath` is a member. */
export function isMember(pattern: string, relpath: string): boolean {
  const [want, got] = [pattern.split('/'), relpath.split('/')]
  const open = want.at(-1) === ANY
  if (open ? got.length < want.length : got.length !== want.length) return false
  return want.every((part, at) => part === ANY || matches(part, got[at]!))
}

/** Tells whether the folder at `relpath` may hold a member, at any depth. */
export function mayHoldMembers(pattern: string, relpath: string): boolean {
  const [want, got] = [pattern.split('/'), relpath.split('/')]
  if (want.at(-1) !== ANY && got.length >= want.length) return false
  // Below `**`, whatever it is called.
  return got.every((part, at) => at >= want.length || want[at] === ANY || matches(want[at]!, part))
}

/** `*` stands for any part of one name. Greedy from both ends: no pattern takes more than one walk over the name. */
function matches(part: string, name: string): boolean {
  const [head, ...rest] = part.split('*')
  if (rest.length === 0) return part === name
  const tail = rest.pop()!
  if (!name.startsWith(head!) || !name.endsWith(tail) || name.length < head!.length + tail.length)
    return false
  let at = head!.length
  const end = name.length - tail.length
  for (const piece of rest) {
    const found = name.indexOf(piece, at)
    if (found === -1 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}
