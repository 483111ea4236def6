// The reference for people, made of the OpenAPI document and nothing else: one page, no script, no request to anybody.
// It leans on what a browser does by itself: headings, landmarks, tables, anchors, the colours of the system.

import { type Html, html, raw } from './html.ts'

interface Example {
  readonly summary: string
  /** The curl line. */
  readonly description: string
  readonly value: unknown
  readonly 'x-indented'?: true
}

interface Body {
  readonly schema?: { readonly $ref?: string }
  readonly examples?: Readonly<Record<string, Example>>
}

interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>
  readonly content?: Readonly<Record<string, Body>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly parameters?: readonly (Parameter | Ref)[]
  readonly responses: Readonly<Record<string, Response | Ref>>
}

interface Ref {
  readonly $ref: string
}

/** What of an OpenAPI document the page shows. */
export interface ReferenceDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly 'x-problems': Readonly<
    Record<string, { readonly status: number; readonly meaning: string; readonly remediation: string }>
  >
}

/** Renders the page; `style` is the one stylesheet that its policy lets in. */
export function renderReference(document: ReferenceDocument, style: string): string {
  const { info, tags, paths, components } = document
  const operations = Object.entries(paths).map(([path, { get }]) => ({ path, ...get }))
  const chapters = tags.map(tag => ({ ...tag, own: operations.filter(({ tags: [of] }) => of === tag.name) }))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title}: reference</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<h1>${info.title} <small>${info.version}</small></h1>
${renderProse(info.description)}
<p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>
</header>
<nav aria-label="Contents">
${chapters.map(renderContents)}
<p><a href="#codes">Problem codes</a></p>
<p><a href="#schemas">Schemas</a></p>
</nav>
<main id="main">
${chapters.map(
  ({ name, description, own }) => html`<section aria-labelledby="${idOf(name)}">
<h2 id="${idOf(name)}">${name}</h2>
<p>${description}</p>
${own.map(operation => renderOperation(operation, components))}
</section>
`,
)}
${renderCodes(document['x-problems'])}
${renderSchemas(components.schemas ?? {})}
</main>
</body>
</html>
`
  return page.text
}

function renderContents({
  name,
  own,
}: {
  name: string
  own: readonly (Operation & { path: string })[]
}): Html {
  return html`<p><a href="#${idOf(name)}">${name}</a></p>
<ul>
${own.map(({ operationId, path }) => html`<li><a href="#${operationId}"><code>${path}</code></a></li>\n`)}</ul>
`
}

type Components = ReferenceDocument['components']

function renderOperation(operation: Operation & { path: string }, components: Components): Html {
  const { operationId, path, summary, description, parameters = [] } = operation
  const rows = parameters.map(parameter => resolve<Parameter>(parameter, components))
  const responses = Object.entries(operation.responses).map(
    ([status, given]) => [status, resolve<Response>(given, components)] as const,
  )
  return html`<article id="${operationId}" aria-labelledby="${operationId}-head">
<h3 id="${operationId}-head"><a href="#${operationId}"><code>GET ${path}</code></a> ${summary}</h3>
${renderProse(description)}
${responses.flatMap(([, { content = {} }]) => Object.values(content).flatMap(renderExamples))}
${rows.length === 0 ? '' : renderParameters(rows)}
<table>
<caption>Answers</caption>
<thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Body</th><th scope="col">Headers</th></tr></thead>
<tbody>
${responses.map(
  ([status, { description, content = {}, headers = {} }]) => html`<tr>
<th scope="row">${status}</th>
<td>${renderProse(description)}</td>
<td>${Object.entries(content).map(renderBody)}</td>
<td>${Object.keys(headers).map(name => html`<code>${name}</code> `)}</td>
</tr>
`,
)}</tbody>
</table>
</article>
`
}

function renderParameters(parameters: readonly Parameter[]): Html {
  return html`<table>
<caption>Parameters</caption>
<thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">What it does</th></tr></thead>
<tbody>
${parameters.map(
  ({ name, in: place, required, description = '' }) => html`<tr>
<th scope="row"><code>${name}</code></th>
<td>${place}${required ? ', required' : ''}</td>
<td>${renderProse(description)}</td>
</tr>
`,
)}</tbody>
</table>
`
}

function renderBody([type, { schema }]: [string, Body]): Html {
  const name = nameOf(schema)
  const link = name === undefined ? '' : html` <a href="#schema-${name}">${name}</a>`
  return html`<p><code>${type}</code>${link}</p>`
}

function renderExamples({ examples = {} }: Body): Html[] {
  return Object.values(examples).map(
    example => html`<figure>
<figcaption>${example.summary}</figcaption>
<pre><code><span class="prompt">$ </span>${example.description}
${answerOf(example)}</code></pre>
</figure>
`,
  )
}

function answerOf({ value, 'x-indented': indented }: Example): string {
  return typeof value === 'string' ? value.trimEnd() : JSON.stringify(value, null, indented ? 2 : 0)
}

function renderCodes(problems: ReferenceDocument['x-problems']): Html {
  return html`<section aria-labelledby="codes">
<h2 id="codes">Problem codes</h2>
<p>Codes are the contract; messages are for people.</p>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Code</th><th scope="col">Meaning</th><th scope="col">What to do</th></tr></thead>
<tbody>
${Object.entries(problems).map(
  ([code, { status, meaning, remediation }]) => html`<tr>
<td>${status}</td>
<th scope="row"><a href="/problems/${code}"><code>${code}</code></a></th>
<td>${meaning}</td>
<td>${remediation}</td>
</tr>
`,
)}</tbody>
</table>
</section>
`
}

function renderSchemas(schemas: Readonly<Record<string, unknown>>): Html {
  return html`<section aria-labelledby="schemas">
<h2 id="schemas">Schemas</h2>
${Object.entries(schemas).map(
  ([name, schema]) => html`<details id="schema-${name}">
<summary><code>${name}</code></summary>
<pre><code>${JSON.stringify(schema, null, 2)}</code></pre>
</details>
`,
)}</section>
`
}

/** Renders paragraphs, with what stands between backticks as code. */
function renderProse(text: string): Html[] {
  return text
    .split('\n\n')
    .filter(paragraph => paragraph !== '')
    .map(paragraph => {
      const spans = paragraph
        .split('`')
        .map((span, i) => (i % 2 === 1 ? html`<code>${span}</code>` : html`${span}`))
      return html`<p>${spans}</p>\n`
    })
}

function resolve<T extends object>(value: T | Ref, components: Components): T {
  if (!('$ref' in value)) return value as T
  const [kind, name] = value.$ref.split('/').slice(-2) as [string, string]
  return components[kind]?.[name] as T
}

function nameOf(schema: Body['schema']): string | undefined {
  return schema?.$ref?.split('/').at(-1)
}

function idOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}
