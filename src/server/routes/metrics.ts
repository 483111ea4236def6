// `/metrics`: what the service counts of itself, in the format of Prometheus or, to whoever prefers it, OpenMetrics.
// Whichever thread is asked answers for all of them.

import { Type } from '@sinclair/typebox'
import Negotiator from 'negotiator'
import { answers } from '../describe.ts'
import { OpenQuery } from '../request-schemas.ts'
import type { App, Parts } from '../server.ts'

/** Adds `/metrics`. */
export function addMetrics(app: App, parts: Parts): void {
  // What renders it is a fiftieth of a second to load: beside the first load of the registry, not in front of it, and
  // not in a request, which reads no file.
  let loading: Promise<typeof import('../exposition.ts')> | undefined
  const load = () => (loading ??= import('../exposition.ts'))
  app.addHook('onReady', async () => void load())

  const text = Type.String({ description: 'One line for each series.' })
  const schema = {
    operationId: 'getMetrics',
    summary: 'What has it counted?',
    description:
      'The counters of the service for Prometheus, added up over its threads; OpenMetrics for whoever prefers that. ' +
      'No name of an organisation or a repository is in it.',
    tags: ['Operation'] as const,
    samples: [],
    querystring: OpenQuery,
    response: answers({
      says: 'Every series, those that are zero too.',
      body: { 'text/plain': { schema: text }, 'application/openmetrics-text': { schema: text } },
      negotiated: true,
    }),
  }
  app.get('/metrics', { schema }, async (request, reply) => {
    const { renderExposition, FORMATS } = await load()
    const wanted = new Negotiator(request.raw).mediaType([...FORMATS])
    // A caller that wants neither gets what can be read.
    const type = FORMATS.find(format => format === wanted) ?? FORMATS[0]
    return reply
      .header('cache-control', 'no-store')
      .header('vary', 'Accept')
      .type(type)
      .send(await renderExposition(parts, type))
  })
}
