// The pages that have nothing to list, each with its own words and look, since they call for different acts: not
// registered, not available, not trusted, and a list that went on under the reader's hands.

import type { Org } from '../registry/snapshot.ts'
import { type Html, html } from './html.ts'
import { renderPage } from './layout.ts'
import { listPath } from './list-page.ts'
import { renderBanner, renderServicePanel, renderTrouble } from './service-panel.ts'
import type { ServiceView, Trouble } from './view.ts'
import { plural, renderAge, renderMark, renderRevision, renderText, renderTime } from './words.ts'

/** Renders the page of a repository that is not registered; `known` is its organisation, where that is. */
export function renderUnknownPage(
  view: ServiceView,
  { org, repo, remediation }: { readonly org: string; readonly repo: string; readonly remediation: string },
  known: Org | undefined,
): string {
  const revision = view.active?.info.revision
  return renderMessage(
    view,
    'Not registered',
    html`<section class="message none" aria-labelledby="title">
${renderMark('none')}<h1 id="title">Not registered</h1>
<p class="lead">${renderText(`${org}/${repo}`)} is unknown: the registry does not hold it.</p>
<p>The registry was read and is sound${revision !== undefined && html` (revision ${renderRevision(revision)})`}. Unknown is not disabled: a disabled repository is registered, and its page says why.</p>
${
  known === undefined
    ? html`<p>Its organisation is not registered either.</p>`
    : html`<p>Its organisation, <a href="${listPath({ org: known.org })}">${known.org}</a>, is registered, with ${plural(known.repos.total, 'repository', 'repositories')}.</p>`
}
<h2>What to do</h2>
<p>${remediation}</p>
<p><a href="/">Search the registry</a>.</p>
</section>`,
  )
}

/** Renders the page of a service that serves no registry, and so knows nothing of any repository. */
export function renderUnavailablePage(view: ServiceView, trouble: Trouble): string {
  const untrusted = trouble.code === 'seal_invalid'
  return renderMessage(
    view,
    trouble.title,
    html`<section class="message ${untrusted ? 'untrusted' : 'unavailable'}" aria-labelledby="title">
${renderMark(untrusted ? 'warn' : 'stop')}<h1 id="title">${trouble.title}</h1>
<p class="lead">${
      untrusted
        ? 'There is a registry on disk, and it is not what was sealed, so it is not shown.'
        : 'No registry can be shown just now.'
    } Nothing is known of any repository: neither that one is registered, nor that it is not.</p>
<p>Since ${renderTime(trouble.since, true)} (${renderAge(trouble.since, view.now)}). The service looks again by itself, and this page is back when there is a registry that can be served.</p>
${renderTrouble(trouble)}
</section>`,
  )
}

/** Renders the page of a list that was begun in another revision than the one served. */
export function renderGonePage(view: ServiceView, first: string): string {
  return renderMessage(
    view,
    'The registry has changed',
    html`<section class="message none" aria-labelledby="title">
${renderMark('warn')}<h1 id="title">The registry has changed</h1>
<p class="lead">Another revision is served than the one this list was begun in. Pages of one list always come from one revision.</p>
<p><a href="${first}">Begin the list again</a></p>
</section>`,
  )
}

function renderMessage(view: ServiceView, title: string, message: Html): string {
  const main = html`${view.active !== null && renderBanner(view)}
<div class="columns">
${message}
${renderServicePanel(view)}
</div>`
  return renderPage({ title, main, service: view })
}
