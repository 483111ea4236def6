// A diff as text for a terminal, as a value for programs and as Markdown for a pull request. Reasons are written by
// people and read by machines: none may move a terminal, break a table, name a person or close an issue.

import { type Difference, RISKS, type Risk, type Side } from './diff.ts'

/** A diff for programs. */
export interface DiffReport {
  /** The greatest risk in it; `null` when there is no difference. */
  readonly risk: Risk | null
  readonly counts: Readonly<Record<Risk, number>>
  readonly differences: readonly Difference[]
}

// A pull request's body may hold 65,536 characters, and others have something to say in it too.
const MAX_MARKDOWN_LENGTH = 50_000

/** Builds the value that programs read. */
export function buildDiffReport(differences: readonly Difference[]): DiffReport {
  const counts = Object.fromEntries(RISKS.map(risk => [risk, 0])) as Record<Risk, number>
  for (const { risk } of differences) counts[risk] += 1
  return { risk: differences[0]?.risk ?? null, counts, differences }
}

/** Renders a diff as aligned lines, without a last line end. */
export function renderDiffText(differences: readonly Difference[]): string {
  if (differences.length === 0) return 'no difference'
  const rows = differences.map(
    difference => [difference.risk, subjectOf(difference), whatOf(difference)] as const,
  )
  const [first, second] = [0, 1].map(at => Math.max(...rows.map(row => row[at]!.length))) as [number, number]
  return rows
    .map(([risk, subject, what]) => `${risk.padEnd(first)}  ${subject.padEnd(second)}  ${visible(what)}`)
    .join('\n')
}

/** Renders a diff as a Markdown table under one line of counts; rows that would not fit are counted instead. */
export function renderDiffMarkdown(
  differences: readonly Difference[],
  maxLength = MAX_MARKDOWN_LENGTH,
): string {
  if (differences.length === 0) return 'No difference.\n'
  const { counts } = buildDiffReport(differences)
  const summary = RISKS.filter(risk => counts[risk] > 0).map(risk => `${counts[risk]} \`${risk}\``)
  let text = `${summary.join(', ')}\n\n| risk | subject | change |\n| --- | --- | --- |\n`
  for (const [at, difference] of differences.entries()) {
    const row = `| \`${difference.risk}\` | ${code(subjectOf(difference))} | ${code(whatOf(difference))} |\n`
    if (text.length + row.length > maxLength)
      return `${text}\n${differences.length - at} more, of no greater risk.\n`
    text += row
  }
  return text
}

function subjectOf({ org, repo }: Difference): string {
  if (org === null) return 'registry'
  return repo === null ? org : `${org}/${repo}`
}

function whatOf(difference: Difference): string {
  const { risk, before, after, entries } = difference
  if (risk === 'TELEMETRY_REDIRECT') {
    return `${sideOf(before)} -> ${sideOf(after)}, ${entries === 1 ? '1 entry' : `${entries} entries`}`
  }
  if (after === null || before === null) return sideOf(before ?? after)
  return `${sideOf(before)} -> ${sideOf(after)}`
}

function sideOf(side: Side): string {
  if (side === null) return 'none'
  if ('telemetry_repo' in side) return side.telemetry_repo
  if ('text' in side) return JSON.stringify(side.text)
  return `${side.state} ${side.context} ${JSON.stringify(side.reason)}`
}

/** Writes out what shows nothing or moves what is shown: controls, and marks that hide or reverse text. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, mark => `\\u{${mark.codePointAt(0)!.toString(16)}}`)
}

/**
 * Puts text in a code element with every mark of punctuation as a character reference: no reference can open or close
 * Markdown, and none divides a table. The break after `@` and `#` parts a mention or an issue number even for a reader
 * that looks at the text after it has been rendered.
 */
function code(text: string): string {
  const safe = visible(text).replace(/[!#$%&()*+.:<=>?@[\\\]^_`{|}~]/g, mark => {
    const reference = `&#x${mark.charCodeAt(0).toString(16)};`
    return mark === '@' || mark === '#' ? `${reference}<wbr>` : reference
  })
  return `<code>${safe}</code>`
}
