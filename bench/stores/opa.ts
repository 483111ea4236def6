// OPA with the registry as its data, asked for one entry by the path to it, which needs no policy: the cheapest that it
// can be asked.

import { freePort, startForeign } from '../servers.ts'
import type { Store } from './store.ts'

export const opa: Store = {
  program: 'opa',
  from: 'openpolicyagent.org',
  async start({ file }) {
    const port = await freePort()
    return startForeign('opa', {
      command: [
        ...['opa', 'run', '--server', '--addr', `127.0.0.1:${port}`],
        ...['--log-level', 'error', '--disable-telemetry', file],
      ],
      env: { GOMAXPROCS: '1' },
      port,
      path: '/health',
    })
  },
  ask: path => ({ paths: [dataPathOf(path)] }),
  holds: (text, path, { answers }) =>
    JSON.parse(text).result.reason === JSON.parse(answers.get(path)!).reason,
}

function dataPathOf(path: string): string {
  const [, , org, repo] = path.split('/')
  return `/v1/data/orgs/${org}/repos/${repo}`
}
