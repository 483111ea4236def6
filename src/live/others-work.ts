// Whether the other threads of this process are at work, by the processor time that it has used and this thread has not.

/** So long is looked at, at least: the kernel counts in ticks of a few milliseconds. */
const WINDOW_MS = 10

/** Threads that use less than this share of a core can wait for it. */
const SHARE = 0.25

/** Processor time of the other threads until now, in milliseconds. */
export type OthersTime = () => number

/** Returns what tells whether others are at work, by what they did in the last window; until then they are. */
export function watchOthers(
  othersTime: OthersTime = timeOfOthers,
  now = () => performance.now(),
): () => boolean {
  let from = { at: now(), time: othersTime() }
  let work = true
  return () => {
    const at = now()
    if (at - from.at < WINDOW_MS) return work
    const time = othersTime()
    work = time - from.time > (at - from.at) * SHARE
    from = { at, time }
    return work
  }
}

function timeOfOthers(): number {
  const all = process.cpuUsage()
  const own = process.threadCpuUsage()
  return (all.user + all.system - own.user - own.system) / 1_000
}
