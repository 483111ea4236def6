// The frame of every page: head, bar, foot. Nothing in it is inline and nothing is of another origin, which the
// content security policy beside it enforces.

import { icon, script, stylesheet } from './assets.ts'
import { type Html, html } from './html.ts'

/** What a page is, for its frame. */
export interface Frame {
  /** What the page is about; the name of the service follows it. */
  readonly title: string
  readonly main: Html
  readonly service: { readonly name: string; readonly version: string; readonly environment: string }
  /** The address of the section that the page is of, where it is one of those in the bar. */
  readonly section?: string
}

/** What a browser may load, run and be embedded by: this origin's three assets, and nothing else. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const SECTIONS = [
  ['/', 'Repositories'],
  ['/docs', 'API'],
] as const

const FOR_PROGRAMS = ['/repos', '/orgs', '/registry', '/status']

/** Renders a whole document. */
export function renderPage({ title, main, service, section }: Frame): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · ${service.name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${icon.path}">
<link rel="stylesheet" href="${stylesheet.path}">
<script src="${script.path}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="bar"><div class="wide">
<a class="brand" href="/">Infra registry</a> <span class="env">${service.environment}</span>
<nav aria-label="Sections"><ul>${SECTIONS.map(
    ([path, name]) =>
      html`<li><a href="${path}"${path === section && html` aria-current="page"`}>${name}</a></li>`,
  )}</ul></nav>
</div></header>
<main id="main" class="wide" tabindex="-1">
${main}
</main>
<footer class="wide"><p>${service.name} ${service.version}. Read-only: the registry is changed with the <code>infra</code> command line, through a pull request.</p>
<p>For programs:${FOR_PROGRAMS.map(path => html` <a href="${path}"><code>${path}</code></a>`)}</p></footer>
</body>
</html>
`.text
}
