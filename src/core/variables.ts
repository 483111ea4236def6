// The environment variables of this house. A name that begins like them and is none of them is a slip of the pen, and what
// it was meant to say would be guessed: the wrong registry would be served, or changed.

/** Every variable that either program reads. */
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

/** Returns the names of `env` that are like those of this house and unknown. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(env).filter(
    name => name.startsWith('INFRA_') && !VARIABLES.some(known => known === name),
  )
}
