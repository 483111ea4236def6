// One repository: what it is, why, where its telemetry goes, and what was done to it and its organisation, from the
// changelog that was sealed with the registry.

import type { Change } from '../changelog/change.ts'
import type { History, HistoryLine, HistoryPage } from '../changelog/history.ts'
import type { Entry } from '../registry/snapshot.ts'
import { type Html, html } from './html.ts'
import { renderPage } from './layout.ts'
import { listPath, renderState } from './list-page.ts'
import { renderBanner, renderServicePanel } from './service-panel.ts'
import type { ServiceView } from './view.ts'
import { entryPath, renderAge, renderText, renderTime } from './words.ts'

/** What is known of an entry's past: nothing, where the registry came without a changelog. */
export interface Past {
  readonly fault: History['fault']
  readonly page: HistoryPage
  /** Whether newer changes than these stand on another page. */
  readonly isContinued: boolean
}

/** Renders the page of a registered repository. */
export function renderEntryPage(view: ServiceView, entry: Entry, past: Past | undefined): string {
  const { org, repo, telemetry_repo, process, reason } = entry
  const on = entry.state === 'enabled'
  const main = html`${renderBanner(view)}
<div class="columns">
<div>
<p class="crumbs"><a href="/">Repositories</a> <span aria-hidden="true">›</span> <a href="${listPath({ org })}">${org}</a></p>
<h1 class="name"><span>${org}/</span>${repo}</h1>
<p class="state">${renderState(entry)}</p>
<section class="why ${on ? 'on' : 'off'}" aria-labelledby="why-title">
<h2 id="why-title">Why it is ${entry.state}</h2>
<p class="reason">${reason === '' ? html`<span class="muted">No reason was given.</span>` : renderText(reason)}</p>
<p class="muted">${
    on
      ? 'It is registered and takes part; its telemetry goes to the repository below.'
      : 'It is registered, and it must not run and must not write telemetry.'
  }</p>
</section>
<dl class="facts">
<div><dt>Telemetry repository</dt><dd>${telemetry_repo}</dd></div>
<div><dt>Context</dt><dd>${entry.context}</dd></div>
<div><dt>Entry written by</dt><dd>${process}</dd></div>
<div><dt>For programs</dt><dd><a href="/resolve/${encodeURIComponent(org)}/${encodeURIComponent(repo)}"><code>/resolve/${org}/${repo}</code></a></dd></div>
</dl>
<section aria-labelledby="history-title">
<h2 id="history-title">History</h2>
${renderPast(view, entry, past)}
</section>
</div>
${renderServicePanel(view)}
</div>`
  return renderPage({ title: `${org}/${repo}`, main, service: view })
}

function renderPast({ now, active }: ServiceView, entry: Entry, past: Past | undefined): Html {
  if (past === undefined) {
    return html`<p class="muted">None: this registry is ${active?.info.runId === null ? 'a plain file' : 'sealed'}, and came without a changelog.</p>`
  }
  if (past.fault !== undefined) {
    return html`<p>The changelog that was sealed with this registry cannot be read, so nothing of it is shown.</p><p class="said">${renderText(past.fault)}</p>`
  }
  const { lines, before } = past.page
  if (lines.length === 0) {
    return html`<p class="muted">The changelog that was sealed with this registry does not mention it.</p>`
  }
  return html`<ol class="history">${lines.map(line => renderLine(line, entry, now))}</ol>
${
  (past.isContinued || before !== undefined) &&
  html`<nav class="pager" aria-label="Pages of the history">${past.isContinued && html`<a href="${entryPath(entry)}">Newest changes</a>`}${before !== undefined && html`<a rel="next" href="${entryPath(entry)}?before=${before}">Older changes</a>`}</nav>`
}`
}

const DEEDS = {
  register: ['on', 'Registered'],
  enable: ['on', 'Enabled'],
  disable: ['off', 'Disabled'],
  unregister: ['gone', 'Unregistered'],
  'retarget-org': ['org', 'Telemetry of the organisation moved'],
  'remove-org': ['gone', 'Organisation removed'],
} as const satisfies Record<Change['action'], readonly [string, string]>

function renderLine({ line, change, fault }: HistoryLine, entry: Entry, now: number): Html {
  if (change === undefined) {
    return html`<li class="bad"><p><b>Line ${line} of the changelog cannot be read</b></p><p class="said">${fault !== undefined && renderText(`${fault.code} ${fault.message}`)}</p></li>`
  }
  const [kind, word] = DEEDS[change.action]
  const reason = change.reason ?? ''
  return html`<li class="${kind}">
<p><b>${word}</b>${renderWhat(change, entry)}</p>
<p class="reason">${reason === '' ? html`<span class="muted">No reason was given.</span>` : renderText(reason)}</p>
<p class="age">${renderTime(change.timestamp, true)}, ${renderAge(change.timestamp, now)}, <span class="line">by ${change.process}</span> <span class="line">line ${line}</span></p>
</li>`
}

function renderWhat(change: Change, { org }: Entry): Html | false {
  const context = 'context' in change ? change.context : undefined
  const telemetry = 'telemetry_repo' in change ? change.telemetry_repo : undefined
  if (context === undefined && telemetry === undefined) return false
  return html` ${context !== undefined && html`for ${context}`}${telemetry !== undefined && html`${context !== undefined && ', '}telemetry to ${org}/${telemetry}`}`
}
