// What the action says: its outputs, one annotation, and the summary of the job. Everything here is text made of an
// outcome; nothing is written. Text from the registry is escaped for the place where it ends up.

import type { Resolution } from '../client/outcome.ts'
import type { FailOn, Inputs } from './inputs.ts'

/** What is to be written, and how the step ends. */
export interface Report {
  readonly outputs: Readonly<Record<string, string>>
  /** A workflow command, with its line end. */
  readonly annotation: string
  /** Markdown. */
  readonly summary: string
  readonly failed: boolean
}

/** Reports an outcome. */
export function reportOf(answer: Resolution, inputs: Inputs): Report {
  const stale = isOld(answer)
  const reasons: FailOn[] = answer.outcome === 'registered' ? [] : [answer.outcome]
  if (stale) reasons.push('stale')
  const failed = reasons.some(reason => inputs.failOn.has(reason))
  const level = failed ? 'error' : reasons.length > 0 ? 'warning' : 'notice'
  const name = `${inputs.org}/${inputs.repo}`
  const outputs = outputsOf(answer, stale)
  return {
    outputs,
    annotation: renderCommand(
      level,
      { title: `infra registry: ${answer.outcome}` },
      `${name}: ${sentenceOf(answer)}`,
    ),
    summary: renderSummary(name, answer, outputs),
    failed,
  }
}

/** Old is what the service cannot check any more, and what stands in for its answer. */
function isOld(answer: Resolution): boolean {
  return ('degraded' in answer && answer.degraded) || ('stale' in answer && answer.stale)
}

function outputsOf(answer: Resolution, stale: boolean): Report['outputs'] {
  const entry = 'telemetryRepo' in answer ? answer : undefined
  return {
    outcome: answer.outcome,
    context: entry?.context ?? '',
    state: entry?.state ?? '',
    'telemetry-repo': entry?.telemetryRepo ?? '',
    revision: 'revision' in answer ? answer.revision : '',
    stale: String(stale),
  }
}

function sentenceOf(answer: Resolution): string {
  switch (answer.outcome) {
    case 'registered':
      return `registered for ${answer.context}, telemetry goes to ${answer.telemetryRepo}`
    case 'disabled':
      return `registered and disabled: ${answer.reason}`
    case 'not-registered':
      return `not registered: ${answer.detail}`
    case 'unavailable':
      return `the registry cannot be had (${answer.code}, asked ${answer.attempts} times), so nothing is known: ${answer.detail}`
    case 'untrusted':
      return `the registry is not to be trusted (${answer.code}): ${answer.detail}`
  }
}

function renderSummary(name: string, answer: Resolution, outputs: Report['outputs']): string {
  const { outcome: _, ...facts } = outputs
  const rows = Object.entries(facts)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `| ${key} | ${escapeMarkdown(value)} |`)
  const head = `### Infra registry: ${escapeMarkdown(name)} is ${answer.outcome}`
  const sentence = escapeMarkdown(sentenceOf(answer))
  return [head, '', sentence, '', '| | |', '|---|---|', ...rows, ''].join('\n')
}

/** Escapes what Markdown or HTML would read as more than text, on one line. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()<>#+!|~&@:-]/g, char => `&#${char.charCodeAt(0)};`)
}

/** Renders a workflow command. */
export function renderCommand(
  command: string,
  properties: Readonly<Record<string, string>>,
  message: string,
): string {
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`)
  return `::${command}${pairs.length > 0 ? ` ${pairs.join(',')}` : ''}::${escapeMessage(message)}\n`
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** Renders the outputs as the runner reads them from a file. */
export function renderOutputs(outputs: Report['outputs']): string {
  return Object.entries(outputs)
    .map(([name, value]) => {
      // A second line would be another output. None of the values can have one; this is where it would matter.
      if (/[\r\n]/.test(value)) throw new TypeError(`${name} has more than one line`)
      return `${name}=${value}\n`
    })
    .join('')
}
