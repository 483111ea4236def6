// Writes schemas/openapi.json: the routes of the application are collected as they are added, their samples are asked
// of it in this process, over the sample registry and a clock that stands still, and the answers become the examples.

import { readFileSync, writeFileSync } from 'node:fs'
import { renderCanonical } from '../src/core/json.ts'
import type { Sample } from '../src/server/describe.ts'
import { createMeters, openMeters } from '../src/server/meters.ts'
import { type App, buildServer } from '../src/server/server.ts'
import { FakeLive, snapshotOf } from '../test/fixtures/server-world.ts'
import { buildOpenApi, type Route } from './openapi-document.ts'
import { SAMPLE_REGISTRY } from './sample-registry.ts'

/** Where the document is published. */
export const OPENAPI_FILE = new URL('../schemas/openapi.json', import.meta.url)

/** Where the examples say that the service is. */
const HOST = 'localhost:8787'

/** Returns the text of the document. */
export async function renderOpenApi(): Promise<string> {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { name, version } = JSON.parse(manifest) as { name: string; version: string }
  const app = sampleServer(name, version)
  const routes: Omit<Route, 'examples'>[] = []
  app.addHook('onRoute', ({ url, schema = {} }) => void routes.push({ url, schema }))
  await app.ready()
  try {
    const told: Route[] = []
    for (const { url, schema } of routes) {
      const examples = []
      for (const sample of schema.samples ?? []) examples.push(await record(app, sample))
      told.push({ url, schema, examples })
    }
    return renderCanonical(buildOpenApi(version, told))
  } finally {
    await app.close()
  }
}

/** Builds the application that the examples are asked of. */
export function sampleServer(name: string, version: string, openapi = EMPTY): App {
  return buildServer({
    live: new FakeLive(snapshotOf(SAMPLE_REGISTRY)),
    service: { name, version, environment: 'prod' },
    manifestFaults: [],
    lifecycle: { draining: false },
    log: { info: () => {}, error: () => {} },
    openapi,
    meters: openMeters(createMeters(1), 0),
  })
}

/** Stands for the document while it is being made. */
const EMPTY = JSON.stringify({
  info: { title: '', version: '', description: '' },
  tags: [],
  paths: {},
  components: {},
  'x-problems': {},
})

async function record(app: App, { name, path, headers = {} }: Sample): Promise<Route['examples'][number]> {
  const { statusCode, headers: told, payload } = await app.inject({ url: path, headers })
  return {
    name,
    curl: renderCurl(path, headers),
    status: statusCode,
    media: String(told['content-type']).split(';')[0]!,
    text: payload,
  }
}

function renderCurl(path: string, headers: Readonly<Record<string, string>>): string {
  const fields = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}' `)
  const url = `${HOST}${path}`
  return `curl -s ${fields.join('')}${/[?&]/.test(url) ? `'${url}'` : url}`
}

if (import.meta.main) {
  const text = await renderOpenApi()
  writeFileSync(OPENAPI_FILE, text)
  console.log(`openapi: ${Object.keys((JSON.parse(text) as { paths: object }).paths).length} paths`)
}
