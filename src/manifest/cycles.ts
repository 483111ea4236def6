// Circles in what depends on what. One circle is told for each group of services that all lead to each other, the
// shortest through its first name: how many more there are can be exponential, and says nothing new.

import { compareTexts } from './services.ts'

type Edges = ReadonlyMap<string, readonly string[]>

/** Returns one circle for each group, each beginning with the first name of its group, in order of these. */
export function findCycles(edges: Edges): string[][] {
  return findGroups(edges)
    .filter(group => group.length > 1 || edges.get(group[0]!)?.includes(group[0]!))
    .map(group => shortestCycle(edges, new Set(group), [...group].sort(compareTexts)[0]!))
    .sort((a, b) => compareTexts(a[0]!, b[0]!))
}

/** Tarjan's strongly connected components, with a stack of its own: chains may be longer than ours. */
function findGroups(edges: Edges): string[][] {
  const groups: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  for (const start of edges.keys()) {
    if (index.has(start)) continue
    const calls: { name: string; next: number }[] = []
    const enter = (name: string): void => {
      index.set(name, index.size)
      low.set(name, index.get(name)!)
      open.push(name)
      isOpen.add(name)
      calls.push({ name, next: 0 })
    }
    enter(start)
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { name } = call
      const target = edges.get(name)?.[call.next]
      call.next += 1
      if (target === undefined) {
        calls.pop()
        const caller = calls.at(-1)?.name
        if (caller !== undefined) low.set(caller, Math.min(low.get(caller)!, low.get(name)!))
        if (low.get(name) !== index.get(name)) continue
        const group = open.splice(open.lastIndexOf(name))
        for (const member of group) isOpen.delete(member)
        groups.push(group)
      } else if (!index.has(target)) enter(target)
      else if (isOpen.has(target)) low.set(name, Math.min(low.get(name)!, index.get(target)!))
    }
  }
  return groups
}

function shortestCycle(edges: Edges, group: ReadonlySet<string>, start: string): string[] {
  const cameFrom = new Map<string, string | null>([[start, null]])
  // A map goes on with what is added while it is walked through.
  for (const [name] of cameFrom) {
    for (const target of edges.get(name) ?? []) {
      if (target === start) return wayTo(name, cameFrom)
      if (group.has(target) && !cameFrom.has(target)) cameFrom.set(target, name)
    }
  }
  return [start]
}

function wayTo(name: string, cameFrom: ReadonlyMap<string, string | null>): string[] {
  const way: string[] = []
  for (let at: string | null = name; at !== null; at = cameFrom.get(at) ?? null) way.push(at)
  return way.reverse()
}
