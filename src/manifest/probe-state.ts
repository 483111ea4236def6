// What a probe can find: a closed set, the same words in the table, in JSON, in metrics and in docs/mesh.md. Each
// state calls for another act, which is why it is a state of its own.

export const PROBE_STATES = {
  ready: { up: true, meaning: 'it says that it is well, and is who it is declared to be' },
  degraded: { up: true, meaning: 'it answers, and says that something is not as it should be' },
  not_ready: { up: false, meaning: 'it answers, and says that it cannot serve' },
  wrong_identity: { up: false, meaning: 'somebody else answers: the name or the environment is another' },
  not_health: { up: false, meaning: 'it answers HTTP, but not with a health document' },
  too_large: { up: false, meaning: 'its answer is longer than a health document may be' },
  protocol_error: { up: false, meaning: 'what it sends is not HTTP, or breaks off' },
  hanging: { up: false, meaning: 'it takes the connection, and has not answered within the deadline' },
  stopped: { up: false, meaning: 'its host refuses the connection: nobody listens on the port' },
  unreachable: { up: false, meaning: 'there is no way to its host, or its name leads nowhere' },
  no_address: { up: false, meaning: 'it was not asked: the mesh file has no address for its host' },
} as const satisfies Readonly<Record<string, { readonly up: boolean; readonly meaning: string }>>

export type ProbeState = keyof typeof PROBE_STATES

/** Whether a service in this state serves. */
export function isUp(state: ProbeState): boolean {
  return PROBE_STATES[state].up
}
