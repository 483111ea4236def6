// The container's health check, for an image without a shell: asks the service's own port whether it is ready.

import { readFileSync } from 'node:fs'
import { readPlace } from './config.ts'
import { readIdentity } from './identity.ts'

const root = new URL('../../', import.meta.url)

try {
  // By its own decision, since there is no other way to know where it listens: nothing else tells it to anybody.
  const { host, port } = readPlace(process.env, environment =>
    readIdentity(environment, '', file => readFileSync(new URL(file, root), 'utf8')),
  )
  const own = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const name = own.includes(':') ? `[${own}]` : own
  const response = await fetch(`http://${name}:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })
  process.exitCode = response.ok ? 0 : 1
} catch {
  process.exitCode = 1 // nobody listens, or where cannot be told: not healthy, and there is nothing more to say
}
