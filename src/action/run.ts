// The action, apart from its process: inputs in, words and a verdict out. It asks once, with patience for a service that
// restarts, and says of every way it can end what the workflow should know.

import { createClient } from '../client/client.ts'
import { ClientError } from '../client/error.ts'
import { ActionError } from './error.ts'
import { type Environment, readInputs } from './inputs.ts'
import { renderCommand, renderOutputs, reportOf } from './report.ts'
import { requestToken } from './token.ts'

/** Where the words go. */
export interface Sink {
  /** Standard output, which the runner reads for commands. */
  say(text: string): void
  /** The file that a variable of the runner names. */
  append(variable: 'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY', text: string): void
}

/** A job waits gladly for a service that comes back. */
const DEADLINE_MS = 30_000

/** Runs the action; returns whether the step may go on. */
export async function run(env: Environment, sink: Sink): Promise<boolean> {
  try {
    const inputs = readInputs(env)
    const headers = await authorize(env, inputs.audience, sink)
    const client = createClient({ url: inputs.url, deadlineMs: DEADLINE_MS, headers })
    const report = reportOf(await client.resolve(inputs.org, inputs.repo), inputs)
    sink.append('GITHUB_OUTPUT', renderOutputs(report.outputs))
    sink.append('GITHUB_STEP_SUMMARY', report.summary)
    sink.say(report.annotation)
    return !report.failed
  } catch (thrown) {
    if (!(thrown instanceof ActionError || thrown instanceof ClientError)) throw thrown
    sink.say(renderCommand('error', { title: 'infra registry' }, `${thrown.code}: ${thrown.message}`))
    return false
  }
}

async function authorize(
  env: Environment,
  audience: string | undefined,
  sink: Sink,
): Promise<Record<string, string>> {
  if (audience === undefined) return {}
  const token = await requestToken(env, audience)
  sink.say(renderCommand('add-mask', {}, token))
  return { authorization: `Bearer ${token}` }
}
