// The client where it has only what a browser gives it: a real Chromium, on a page of the service's own origin.

import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import t from 'tap'
import { hasBrowser, startBrowser } from '../fixtures/browser.ts'
import { registryText, world } from '../fixtures/server-world.ts'

const REGISTRY = registryText({ 'acme/app': 'enabled production', 'acme/old': 'disabled sandbox' })

t.test('in a browser', { skip: !hasBrowser(t) && 'no browser', timeout: 60_000 }, async t => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/client/client.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  })
  const code = outputFiles[0]!.text
  const browser = await startBrowser(t)

  for (const [registry, deadlineMs, outcomes, names] of [
    [REGISTRY, 10_000, ['registered', 'disabled', 'not-registered'], ['app', 'old']],
    [null, 200, ['unavailable', 'unavailable', 'unavailable'], 'no list'],
  ] as const) {
    const { app } = await world(t, { registry })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    // The policy of the service's own page lets no script in but its own.
    const page = await (await browser.newContext({ bypassCSP: true })).newPage()
    await page.goto(url)
    const found = await page.evaluate(
      async ({ code, url, deadlineMs }) => {
        const module = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
        const { createClient } = await import(module)
        const client = createClient({ url, deadlineMs })
        const outcomes: string[] = []
        for (const repo of ['app', 'old', 'none']) outcomes.push((await client.resolve('acme', repo)).outcome)
        const names: string[] = []
        try {
          for await (const { items } of client.repos()) {
            for (const { repo } of items) names.push(repo)
          }
        } catch {
          return { outcomes, names: 'no list' }
        }
        return { outcomes, names }
      },
      { code, url, deadlineMs },
    )
    t.strictSame(found, { outcomes: [...outcomes], names: typeof names === 'string' ? names : [...names] })
  }
})
