// The list: a form, the entries that it lets through, and the way to the next page. Forms and links do all of it;
// the script only asks for the same page while somebody types, and puts its parts in the place of these.

import type { Entry, Filter, Page } from '../registry/snapshot.ts'
import { type Html, html } from './html.ts'
import { renderPage } from './layout.ts'
import { renderBanner, renderBrief, renderServicePanel } from './service-panel.ts'
import type { ServiceView } from './view.ts'
import { entryPath, plural, renderMark, renderNumber, renderText } from './words.ts'

/** What a list page shows. */
export interface List {
  readonly filter: Filter
  readonly page: Page<Entry>
  /** The cursor of the page, and of the next one, where there are such. */
  readonly cursor: string | undefined
  readonly next: string | undefined
  /** The names to choose an organisation from; `undefined` where they are too many to choose from. */
  readonly orgs: readonly string[] | undefined
  /** Whether the organisation that is asked for is registered. */
  readonly orgIsKnown: boolean
}

/** Renders the list page. */
export function renderListPage(view: ServiceView, list: List): string {
  const main = html`${renderBanner(view)}
<div class="columns">
<div>
<h1>Repositories</h1>
${renderBrief(view)}
${renderForm(list)}
<p id="count" role="status">${renderCount(list)}</p>
<div id="results">${renderResults(list)}</div>
</div>
${renderServicePanel(view)}
</div>`
  return renderPage({ title: 'Repositories', main, service: view, section: '/' })
}

/** The address of a list: what is not asked for is not in it. */
export function listPath(filter: Filter, cursor?: string): string {
  const asked = Object.entries({ ...filter, cursor }).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(asked as [string, string][])
  return query.size === 0 ? '/' : `/?${query}`
}

function renderForm({ filter, orgs }: List): Html {
  const { org, state, context, q } = filter
  return html`<form class="filters" method="get" action="/" role="search" aria-label="Repositories">
<p class="grow"><label for="q">Name</label><input id="q" name="q" type="search" value="${q}" maxlength="140" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="organisation/repository, or a part of it"></p>
<p><label for="org">Organisation</label>${
    orgs === undefined
      ? html`<input id="org" name="org" value="${org}" maxlength="140" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="any">`
      : renderSelect('org', org, orgs)
  }</p>
<p><label for="state">State</label>${renderSelect('state', state, ['enabled', 'disabled'])}</p>
<p><label for="context">Context</label>${renderSelect('context', context, ['production', 'sandbox'])}</p>
<p><button>Show</button></p>
</form>`
}

function renderSelect(name: string, chosen: string | undefined, values: readonly string[]): Html {
  const folded = chosen?.toLowerCase()
  const known = chosen === undefined || values.some(value => value.toLowerCase() === folded)
  return html`<select id="${name}" name="${name}"><option value="">any</option>${(
    known ? values : [chosen, ...values]
  ).map(
    value => html`<option${value.toLowerCase() === folded && html` selected`}>${value}</option>`,
  )}</select>`
}

function renderCount({ page, filter }: List): Html {
  const { total, items } = page
  const found = plural(total, 'repository', 'repositories')
  const here = total > items.length && `, ${renderNumber(items.length)} on this page`
  const clear = listPath(filter) !== '/' && html` <a href="/">Show all</a>`
  return html`${found}${here}${clear}`
}

function renderResults(list: List): Html {
  const { page, filter, cursor, next } = list
  if (page.items.length === 0) return renderNothing(list)
  return html`<table class="entries">
<caption class="unheard">Repositories</caption>
<thead><tr><th scope="col">Repository, and why</th><th scope="col">State and context</th><th scope="col" class="aside">Telemetry goes to</th></tr></thead>
<tbody>${page.items.map(renderRow)}</tbody>
</table>
${
  (cursor !== undefined || next !== undefined) &&
  html`<nav class="pager" aria-label="Pages">${cursor !== undefined && html`<a href="${listPath(filter)}">First page</a>`}${next !== undefined && html`<a rel="next" href="${listPath(filter, next)}">Next page</a>`}</nav>`
}`
}

function renderRow(entry: Entry): Html {
  const { org, repo, telemetry_repo, reason } = entry
  return html`<tr><th scope="row"><a href="${entryPath(entry)}"><span>${org}/</span>${repo}</a>${reason !== '' && html`<p>${renderText(reason)}</p>`}</th><td>${renderState(entry)}</td><td class="aside">${telemetry_repo}</td></tr>
`
}

/** Renders the state of an entry, by shape and word, and its context. */
export function renderState({ state, context }: Pick<Entry, 'state' | 'context'>): Html {
  return state === 'enabled'
    ? html`<span class="badge on">${renderMark('on')}Enabled</span> <span class="context">${context}</span>`
    : html`<span class="badge off">${renderMark('off')}Disabled</span> <span class="context">${context}</span>`
}

function renderNothing({ filter, orgIsKnown }: List): Html {
  const { org, state, context, q } = filter
  const narrowed = state !== undefined || context !== undefined
  const wider = { ...(org !== undefined && { org }), ...(q !== undefined && { q }) }
  return html`<div class="empty">${renderMark('none')}
<p><b>${
    orgIsKnown
      ? html`Nothing in the registry matches${q !== undefined && html` “${renderText(q)}”`}${narrowed && ' with these filters'}.`
      : html`The organisation “${renderText(org ?? '')}” is not registered.`
  }</b></p>
${q !== undefined && !/^[A-Za-z0-9._/-]+$/.test(q) && html`<p>A name holds letters, digits, <code>.</code>, <code>_</code> and <code>-</code>, and one <code>/</code> after the organisation.</p>`}
${narrowed ? html`<p><a href="${listPath(wider)}">Look in every state and context</a></p>` : orgIsKnown && html`<p>What is not registered is unknown here. That is not the same as disabled: a disabled repository would be listed.</p>`}
</div>`
}
