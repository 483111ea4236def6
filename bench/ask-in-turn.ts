// A caller that looks one entry after the other up, over a kept connection, for some seconds: `file` fetches the whole
// registry, parses it and picks; `service` asks for the one. Prints how many a second.
//
//   node bench/ask-in-turn.ts file|service <url> <repositories> <seconds>

import { pathOf } from './registries.ts'

interface Document {
  readonly orgs: Readonly<Record<string, { readonly repos: Readonly<Record<string, unknown>> } | undefined>>
}

const [way, url, repos, seconds] = process.argv.slice(2) as [string, string, string, string]

/** Until then code is compiled. */
const WARM_UP_S = 1

await askFor(WARM_UP_S)
process.stdout.write(JSON.stringify({ perSecond: await askFor(Number(seconds)) }))

async function askFor(time: number): Promise<number> {
  const began = performance.now()
  const end = began + time * 1_000
  let asked = 0
  for (; performance.now() < end; asked++) {
    const path = pathOf(asked % Number(repos))
    if ((await lookUp(path)) === undefined) throw new Error(`${path}: not found`)
  }
  return (asked * 1_000) / (performance.now() - began)
}

async function lookUp(path: string): Promise<unknown> {
  const response = await fetch(way === 'file' ? url : `${url}${path}`)
  const answer = (await response.json()) as Document & { state: string }
  const [, , org, repo] = path.split('/') as [string, string, string, string]
  return way === 'file' ? answer.orgs[org]?.repos[repo] : answer.state
}
