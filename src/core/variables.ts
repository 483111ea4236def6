// The environment variables of this house. A name that begins like them and is none of them is a slip of the pen, and what
// it was meant to say would be guessed: the wrong registry would be served, or changed.

/** Every variable of that name that either program reads. */
export const VARIABLES = [
  'INFRA_ENVIRONMENT',
  'INFRA_HOME',
  'INFRA_STATE_DIR',
  'INFRA_REGISTRY_FILE',
  'INFRA_REGISTRY_SHA256',
  'INFRA_POLL_MS',
  'INFRA_REVERIFY_MS',
  'INFRA_DRAIN_MS',
  'INFRA_THREADS',
] as const

/**
 * Returns the names of `env` that are like those of this house and unknown. What Kubernetes tells every pod of a Service
 * whose name begins with `infra` is not: nobody wrote it.
 */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const services = Object.keys(env).flatMap(name => /^(INFRA\w*)_SERVICE_HOST$/.exec(name)?.[1] ?? [])
  const isTold = (name: string): boolean =>
    services.some(service => name.startsWith(service) && LINK.test(name.slice(service.length)))
  return Object.keys(env).filter(
    name => name.startsWith('INFRA_') && !VARIABLES.some(known => known === name) && !isTold(name),
  )
}

/** What follows the name of a Service. */
const LINK = /^_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_[A-Z]+(_(PROTO|PORT|ADDR))?)?)$/
