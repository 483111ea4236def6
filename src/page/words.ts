// How single facts are written for people: texts that others wrote, times with their age, numbers and revisions.

import { type Html, html, raw } from './html.ts'

/** Controls, marks that nobody sees or that turn text round, line separators, and code points that mean nothing. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]/u
const UNSEEN_EACH = new RegExp(UNSEEN, 'gu')

/** Writes a text that somebody else wrote: escaped, apart from the direction of its surroundings, the unseen shown. */
export function renderText(text: string): Html {
  if (!UNSEEN.test(text)) return html`<bdi>${text}</bdi>`
  const parts: Html[] = []
  let from = 0
  for (const { 0: unit, index } of text.matchAll(UNSEEN_EACH)) {
    parts.push(html`${text.slice(from, index)}<span class="unseen">${codePoint(unit)}</span>`)
    from = index + unit.length
  }
  return html`<bdi>${parts}${text.slice(from)}</bdi>`
}

function codePoint(unit: string): string {
  return `U+${unit.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}

/** Writes a time of RFC 3339, in UTC to the minute or, `exactly`, to the second. */
export function renderTime(time: string, exactly = false): Html {
  const iso = new Date(time).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, exactly ? 19 : 16)} UTC</time>`
}

/** Writes how long before `now` a time lies, in the largest unit that fits. */
export function renderAge(time: string, now: number): string {
  return renderSpan(now - Date.parse(time), ' ago')
}

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** Writes a length of time, in the largest unit that fits. */
export function renderSpan(ms: number, after = ''): string {
  for (const [name, unit] of UNITS) {
    const count = Math.floor(ms / unit)
    if (count >= 1) return `${plural(count, name)}${after}`
  }
  return `less than a minute${after}`
}

/** Writes a number of things. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${renderNumber(count)} ${count === 1 ? one : many}`
}

/** Writes a number, by thousands. */
export function renderNumber(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** Writes a digest so short that people can compare it, and whole for whoever asks. */
export function renderRevision(revision: string): Html {
  return html`<code title="${revision}">${revision.slice(0, 12)}</code>`
}

/** Writes the name of a run, which is long, so that it breaks between its parts. */
export function renderRun(runId: string): Html {
  const parts = runId.split('__').map((part, at, all) => (at === all.length - 1 ? part : `${part}__`))
  return html`<code class="run">${parts.map((part, at) => html`${at > 0 && raw('<wbr>')}<span>${part}</span>`)}</code>`
}

/** The address of a repository's own page. */
export function entryPath({ org, repo }: { readonly org: string; readonly repo: string }): string {
  return `/repositories/${encodeURIComponent(org)}/${encodeURIComponent(repo)}`
}

/** A mark whose shape says what its colour says; the word beside it says it too. */
export function renderMark(kind: 'on' | 'off' | 'warn' | 'none' | 'stop'): Html {
  return raw(`<i class="mark ${kind}" aria-hidden="true"></i>`)
}
