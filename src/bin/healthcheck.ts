// The container's health check, for an image without a shell: asks the service's own port whether it is ready.

const { HOST = '127.0.0.1', PORT = '8787' } = process.env
const own = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST
const host = own.includes(':') ? `[${own}]` : own

try {
  const response = await fetch(`http://${host}:${PORT}/readyz`, { signal: AbortSignal.timeout(2_000) })
  process.exitCode = response.ok ? 0 : 1
} catch {
  process.exitCode = 1 // nobody listens: not healthy, and there is nothing more to say
}
