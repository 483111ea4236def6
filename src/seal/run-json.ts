// run.json (S2): which run a folder holds and when it was made. Only these two must be there, since every format
// in the field has them; whatever else a native envelope carries is kept, and read with its type checked.

import { quote } from '../core/diagnostic.ts'
import { isMembers, kindOf, type Members, memberOf } from '../core/value.ts'
import { type SealFault, sealFault } from './fault.ts'
import { isRunId, isUtcTime } from './grammar.ts'
import { checkJsonText } from './json-text.ts'

/** The name of the envelope in its run folder. */
export const RUN_JSON = 'run.json'

/** What a run says of itself. A member of another type than the one expected reads as `null`, never as itself. */
export interface RunEnvelope {
  readonly run_id: string
  readonly created_utc: string
  readonly run_type: string | null
  readonly option: string | null
  readonly operation_id: string | null
  readonly git_commit: string | null
  readonly working_tree_state: 'clean' | 'dirty' | null
  /** P5: true only when the sealed text says `true`. */
  readonly mass_change: boolean
  /** Everything the file holds, by key, frozen. */
  readonly members: ReadonlyMap<string, unknown>
}

/** Reads `bytes` as the envelope of the run `runId` and returns it, or every fault. */
export function checkRunJson(
  bytes: Uint8Array,
  runId: string,
): { run?: RunEnvelope; faults: readonly SealFault[] } {
  const json = checkJsonText(bytes)
  if (!json.ok) {
    const faults = json.faults.map(({ code, message, line, column }) => {
      const kind = code === 'duplicate_key' ? 'SEAL_RUN_DUPLICATE_KEY' : 'SEAL_RUN_NOT_JSON'
      return sealFault(kind, RUN_JSON, `line ${line}, column ${column}: ${message}`)
    })
    return { faults }
  }
  if (!isMembers(json.value)) {
    return {
      faults: [sealFault('SEAL_RUN_NOT_OBJECT', RUN_JSON, `is ${kindOf(json.value)}`, { want: 'an object' })],
    }
  }
  return checkMembers(json.value, runId)
}

function checkMembers(members: Members, runId: string): { run?: RunEnvelope; faults: readonly SealFault[] } {
  const id = memberOf(members, 'run_id')
  const time = memberOf(members, 'created_utc')
  const faults: SealFault[] = []
  if (!isRunId(id)) {
    const got = id === undefined ? 'nothing' : quote(id)
    faults.push(sealFault('SEAL_RUN_BAD_ID', RUN_JSON, 'run_id', { want: 'the name of the run', got }))
  } else if (id !== runId) {
    // S1: a set that was copied under another name is not the run that name stands for.
    faults.push(sealFault('SEAL_RUN_ID_MISMATCH', RUN_JSON, 'run_id', { want: quote(runId), got: quote(id) }))
  }
  if (!isUtcTime(time)) {
    const got = time === undefined ? 'nothing' : quote(time)
    faults.push(
      sealFault('SEAL_RUN_BAD_TIME', RUN_JSON, 'created_utc', { want: 'YYYY-MM-DDTHH:MM:SSZ', got }),
    )
  }
  if (!isRunId(id) || !isUtcTime(time)) return { faults }
  return { run: readEnvelope(members, id, time), faults }
}

function readEnvelope(members: Members, run_id: string, created_utc: string): RunEnvelope {
  const textAt = (key: string): string | null => {
    const value = memberOf(members, key)
    return typeof value === 'string' ? value : null
  }
  const state = textAt('working_tree_state')
  return Object.freeze({
    run_id,
    created_utc,
    run_type: textAt('run_type'),
    option: textAt('option'),
    operation_id: textAt('operation_id'),
    git_commit: textAt('git_commit'),
    working_tree_state: state === 'clean' || state === 'dirty' ? state : null,
    mass_change: memberOf(members, 'mass_change') === true,
    members: new Map(Object.entries(members)),
  })
}
