// A fast hash for tables and sums in memory: FNV-1a over codes, then mixed. Whoever wants two texts to be alike can make
// them so; where that matters, digest.ts is asked.

/** The hash of nothing, before it is mixed. */
export const HASH_BASIS = 0x811c9dc5

/** Adds one code to a hash (FNV-1a). */
export function addToHash(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193)
}

/** Mixes a finished hash, so that each of its bits depends on all (the finaliser of MurmurHash3); 32 bits, no sign. */
export function mixHash(sum: number): number {
  let hash = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
