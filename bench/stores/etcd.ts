// etcd with our answers as values, asked through its JSON gateway for one key, as cheaply as it can be: a serializable
// read, which asks no quorum.

import { join } from 'node:path'
import { freePort, type Server, startForeign } from '../servers.ts'
import type { Store } from './store.ts'

/** etcd lets a transaction have so many operations. */
const OPERATIONS = 128

export const etcd: Store = {
  program: 'etcd',
  from: 'Debian: etcd-server',
  async start({ answers, folder }) {
    const port = await freePort()
    const peers = `http://127.0.0.1:${await freePort()}`
    const clients = `http://127.0.0.1:${port}`
    const server = await startForeign('etcd', {
      command: [
        ...['etcd', '--data-dir', join(folder, 'etcd'), '--logger', 'zap', '--log-level', 'error'],
        ...['--listen-client-urls', clients, '--advertise-client-urls', clients],
        ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
        ...['--initial-cluster', `default=${peers}`],
      ],
      env: { GOMAXPROCS: '1' },
      port,
      path: '/health',
    })
    await fill(server, [...answers])
    return server
  },
  ask: path => ({
    paths: ['/v3/kv/range'],
    body: JSON.stringify({ key: encode(path), serializable: true }),
  }),
  holds: (text, path, { answers }) => text.includes(`"${encode(answers.get(path)!)}"`),
}

async function fill(server: Server, answers: readonly (readonly [string, string])[]): Promise<void> {
  for (let from = 0; from < answers.length; from += OPERATIONS) {
    const success = answers
      .slice(from, from + OPERATIONS)
      .map(([path, text]) => ({ requestPut: { key: encode(path), value: encode(text) } }))
    const response = await fetch(`${server.url}/v3/kv/txn`, {
      method: 'POST',
      body: JSON.stringify({ success }),
    })
    if (!response.ok) throw new Error(`etcd: ${await response.text()}`)
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}
