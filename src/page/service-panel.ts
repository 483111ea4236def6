// What stands beside every list and entry: which registry this is, how old it is, whether it is what lies on disk, what
// it holds, and how the last loads ended. A failure stands above everything, where it cannot be overlooked.

import { type Html, html } from './html.ts'
import type { Reload, ServiceView, Trouble } from './view.ts'
import {
  plural,
  renderAge,
  renderMark,
  renderNumber,
  renderRevision,
  renderRun,
  renderSpan,
  renderText,
  renderTime,
} from './words.ts'

/** Renders the banner of a service that serves the last good registry; an empty one while all is well. */
export function renderBanner(view: ServiceView): Html {
  if (view.state === 'ok') return html`<div id="banner"></div>`
  const { trouble, ageS, now } = view
  return html`<div id="banner"><section class="banner warn" aria-labelledby="banner-title">
<h2 id="banner-title">${renderMark('warn')}Degraded: this is the last good registry</h2>
<p>${trouble === null ? 'Nothing has been read from disk since the service started.' : html`What lies on disk cannot be served. ${trouble.title}, since ${renderTime(trouble.since, true)} (${renderAge(trouble.since, now)}).`} What is shown was last known to be current ${renderSpan(ageS * 1000, ' ago')}.</p>
${trouble !== null && renderTrouble(trouble)}
</section></div>`
}

/** Renders why something failed, and what to do. */
export function renderTrouble({ code, detail, remediation }: Trouble): Html {
  return html`<dl class="facts">
<div><dt>Why</dt><dd class="said">${renderText(detail)}</dd></div>
<div><dt>What to do</dt><dd>${remediation}</dd></div>
<div><dt>Code</dt><dd><a href="/problems/${code}"><code>${code}</code></a></dd></div>
</dl>`
}

/** Renders the panel in one line, for where the panel itself stands below everything. */
export function renderBrief({ active, state, now }: ServiceView): Html | false {
  if (active === null) return false
  const { revision, activatedAt } = active.info
  return html`<p class="brief">${state === 'ok' ? html`${renderMark('on')}Current` : html`${renderMark('warn')}Degraded`}: <a href="#service">revision ${renderRevision(revision)}</a>, active since ${renderTime(activatedAt)}, ${renderAge(activatedAt, now)}</p>`
}

/** Renders the panel. */
export function renderServicePanel(view: ServiceView): Html {
  return html`<aside id="service" aria-label="The registry">
${view.active !== null && renderActive(view, view.active)}
${renderReloads(view.recent, view.now)}
</aside>`
}

function renderActive(
  view: ServiceView,
  { info, counts, orgCount }: NonNullable<ServiceView['active']>,
): Html {
  const of = (state: 'enabled' | 'disabled', context: 'sandbox' | 'production'): Html =>
    html`<td><a href="/?state=${state}&amp;context=${context}">${renderNumber(counts[state][context])}<span class="unheard"> ${state} in ${context}</span></a></td>`
  return html`<section class="card" aria-labelledby="active-title">
<h2 id="active-title">Active registry</h2>
<p class="state">${
    view.state === 'ok'
      ? html`${renderMark('on')}Current: it is what lies on disk`
      : html`${renderMark('warn')}Degraded: it is not what lies on disk`
  }</p>
<dl>
<div><dt>Revision</dt><dd>${renderRevision(info.revision)}</dd></div>
${info.runId === null ? html`<div><dt>Source</dt><dd>a plain file, not sealed</dd></div>` : html`<div><dt>Run</dt><dd>${renderRun(info.runId)}</dd></div>`}
${info.serial !== null && html`<div><dt>Serial</dt><dd>${info.serial}</dd></div>`}
<div><dt>Active since</dt><dd>${renderTime(info.activatedAt)} <span class="age">${renderAge(info.activatedAt, view.now)}</span></dd></div>
<div><dt>Loaded</dt><dd>${renderTime(info.loadedAt)} <span class="age">${renderAge(info.loadedAt, view.now)}</span></dd></div>
</dl>
${view.watch === 'degraded' && html`<p class="note">${renderMark('warn')}The file watcher is degraded; the disk is polled, so changes still arrive.</p>`}
<table class="counts">
<caption>${plural(counts.total, 'repository', 'repositories')} of ${plural(orgCount, 'organisation')}</caption>
<thead><tr><td></td><th scope="col">Production</th><th scope="col">Sandbox</th></tr></thead>
<tbody>
<tr><th scope="row">${renderMark('on')}Enabled</th>${of('enabled', 'production')}${of('enabled', 'sandbox')}</tr>
<tr><th scope="row">${renderMark('off')}Disabled</th>${of('disabled', 'production')}${of('disabled', 'sandbox')}</tr>
</tbody>
</table>
</section>`
}

const RESULTS = {
  activated: ['on', 'Activated'],
  recalled: ['warn', 'Recalled from the last start'],
  refused: ['stop', 'Refused'],
} as const satisfies Record<Reload['result'], readonly [Parameters<typeof renderMark>[0], string]>

function renderReloads(recent: readonly Reload[], now: number): Html {
  return html`<section class="card" aria-labelledby="reloads-title">
<h2 id="reloads-title">Last reloads</h2>
${recent.length === 0 && html`<p class="muted">None since the service started.</p>`}
<ol class="reloads">${recent.map(reload => {
    const [mark, word] = RESULTS[reload.result]
    return html`<li>
<p>${renderMark(mark)}<b>${word}</b>${reload.code !== null && html` <code>${reload.code}</code>`}${reload.count > 1 && html` <span class="age">${renderNumber(reload.count)} times</span>`}</p>
<p class="age">${renderTime(reload.at, true)}, ${renderAge(reload.at, now)}${reload.revision !== null && html`, ${renderRevision(reload.revision)}`}</p>
${reload.detail !== null && html`<p class="said">${renderText(reload.detail)}</p>`}
</li>`
  })}</ol>
</section>`
}
