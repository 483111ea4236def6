// The action as a runner runs it: a process of its own, from the bundle that is committed, with the runner's variables
// and files, against the real service.

import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { BUNDLE, bundleAction } from '../../scripts/bundle-action.ts'
import { frontWorld, listen, say, sayProblem } from '../fixtures/client-world.ts'

const root = join(import.meta.dirname, '../..')
const manifest = parse(readFileSync(join(root, 'action/action.yml'), 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required: boolean }>>
  readonly outputs: Readonly<Record<string, unknown>>
  readonly runs: Readonly<Record<string, string>>
}

interface Step {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

/** Runs one step, with the inputs that a workflow gives and the defaults of the manifest for the rest. */
async function step(
  t: Test,
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Step> {
  const folder = t.testdir()
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') }
  for (const file of Object.values(files)) writeFileSync(file, '')
  const inputs = Object.entries(manifest.inputs).map(([name, { default: value = '' }]) => {
    const input = given[name] ?? value.replace(/^\$\{\{ github\.repository \}\}$/, 'Acme-Works/app')
    return [`INPUT_${name.toUpperCase()}`, input]
  })
  const variables = { PATH: process.env.PATH, GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'Acme-Works/app' }
  return new Promise(resolve => {
    // The test runner puts its hooks into the NODE_OPTIONS of every child; a runner has none.
    const args = ['-u', 'NODE_OPTIONS', process.execPath, join(root, 'action', manifest.runs.main!)]
    const options = { cwd: folder, env: { ...variables, ...files, ...Object.fromEntries(inputs), ...env } }
    execFile('/usr/bin/env', args, options, (error, stdout, stderr) => {
      const lines = readFileSync(files.GITHUB_OUTPUT, 'utf8').trimEnd().split('\n')
      const outputs = Object.fromEntries(
        lines.filter(line => line !== '').map(line => line.split(/=(.*)/s, 2)),
      )
      const summary = readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr, outputs, summary })
    })
  })
}

t.test('the bundle is what the source makes', async t => {
  t.equal(readFileSync(BUNDLE, 'utf8'), await bundleAction(), 'mend with npm run generate')
})

t.test('the manifest says what the source reads and writes', async t => {
  t.match(manifest.runs, { using: 'node24', main: 'index.mjs' })
  t.strictSame(Object.keys(manifest.inputs).sort(), ['audience', 'fail-on', 'repository', 'url'])
  const front = await frontWorld(t)
  const { outputs } = await step(t, { url: front.url })
  t.strictSame(Object.keys(manifest.outputs).sort(), Object.keys(outputs).sort())
})

t.test('an enabled repository', async t => {
  const front = await frontWorld(t)
  const { revision } = front.live.snapshot!.info
  const { code, stdout, stderr, outputs, summary } = await step(t, { url: front.url })
  t.strictSame([code, stderr], [0, ''])
  t.strictSame(outputs, {
    outcome: 'registered',
    context: 'production',
    state: 'enabled',
    'telemetry-repo': 'Acme-Works/telemetry',
    revision,
    stale: 'false',
  })
  t.equal(
    stdout,
    '::notice title=infra registry%3A registered::Acme-Works/app: registered for production, telemetry goes to Acme-Works/telemetry\n',
  )
  t.match(summary, /^### Infra registry: Acme&#45;Works\/app is registered\n/)
  t.match(summary, `| revision | ${revision} |\n`)
  t.equal(front.asked[0]!.headers.authorization, undefined, 'and nobody was told who asks')
})

t.test('disabled and not registered warn, and fail where that is asked for', async t => {
  const front = await frontWorld(t)
  const { url } = front
  const old = await step(t, { url, repository: 'acme-works/OLD' })
  t.match(old, { code: 0, stdout: /^::warning title=infra registry%3A disabled::/ })
  t.match(old.outputs, { outcome: 'disabled', state: 'disabled', context: 'production' })
  const failing = await step(t, { url, repository: 'Acme-Works/old', 'fail-on': 'not-registered, disabled' })
  t.match(failing, {
    code: 1,
    stdout: /^::error title=infra registry%3A disabled::/,
    outputs: { state: 'disabled' },
  })

  const absent = await step(t, { url, repository: 'Acme-Works/nope' })
  t.match(absent, { code: 0, stdout: /^::warning .*not-registered/ })
  t.strictSame(
    { ...absent.outputs, revision: '' },
    {
      ...{ outcome: 'not-registered', context: '', state: '', 'telemetry-repo': '' },
      ...{ revision: '', stale: 'false' },
    },
  )
  t.match(await step(t, { url, repository: 'x/y', 'fail-on': 'not-registered' }), { code: 1 })
})

t.test('what is not known for sure fails the step, unless the workflow says otherwise', async t => {
  const front = await frontWorld(t)
  const { url } = front
  const html = say(404, { 'content-type': 'text/html' }, '<h1>Not Found</h1>')
  front.moods.push(html)
  const unavailable = await step(t, { url })
  t.match(unavailable, {
    code: 1,
    stdout: /^::error title=infra registry%3A unavailable::.*so nothing is known/,
  })
  t.match(unavailable.outputs, { outcome: 'unavailable', context: '', revision: '' })
  t.match(unavailable.summary, /is unavailable/)
  front.moods.push(sayProblem(503, 'seal_invalid'))
  t.match(await step(t, { url }), { code: 1, outputs: { outcome: 'untrusted' } })
  front.moods.push(html)
  const warned = await step(t, { url, 'fail-on': 'disabled' })
  t.match(warned, { code: 0, stdout: /^::warning .*unavailable/, outputs: { outcome: 'unavailable' } })
  front.moods.push(html)
  t.match(await step(t, { url, 'fail-on': 'none' }), { code: 0 })

  front.live.fail('seal_invalid')
  front.live.ageS = 60
  t.match(await step(t, { url }), {
    code: 0,
    stdout: /^::warning/,
    outputs: { outcome: 'registered', stale: 'true' },
  })
  t.match(await step(t, { url, 'fail-on': 'stale' }), { code: 1, outputs: { stale: 'true' } })

  const gone = createServer()
  const closed = await listen(t, gone)
  await new Promise(resolve => gone.close(resolve))
  t.match(await step(t, { url: closed }), { code: 1, outputs: { outcome: 'unavailable' } }, 'nobody is there')
})

t.test('a step that is written wrong says everything that is wrong, and asks nobody', async t => {
  const front = await frontWorld(t)
  const { code, stdout } = await step(t, { url: 'ftp://x', repository: 'a/b/c', 'fail-on': 'unknown, none' })
  t.equal(code, 1)
  t.equal(
    stdout,
    '::error title=infra registry::ACTION_BAD_INPUT: url: want http://… or https://…, got "ftp://x"; repository: want <organisation>/<repository>, got "a/b/c"; fail-on: want disabled, not-registered, stale, unavailable, untrusted, or none alone, got "unknown none"\n',
  )
  t.match(await step(t, { url: front.url, repository: 'a/%0A::error::x' }), {
    code: 1,
    stdout: /^::error title=infra registry::CLIENT_BAD_NAME: "%250A::error::x" is not a name[^\n]*\n$/,
  })
  t.match(await step(t, { url: `${front.url}?x` }), { code: 1, stdout: /CLIENT_BAD_OPTION/ })
  t.equal(front.asked.length, 0)
})

t.test('a token is asked for its audience, masked, sent, and nowhere to be read', async t => {
  const front = await frontWorld(t)
  const secret = 'eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl'
  const requests: IncomingMessage[] = []
  let answer = JSON.stringify({ value: secret })
  const runner = await listen(
    t,
    createServer((request, response) => {
      requests.push(request)
      response.end(answer)
    }),
  )
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${runner}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-secret',
  }
  const given = { url: front.url, audience: 'https://infra.example/a b' }
  const { code, stdout, summary, outputs } = await step(t, given, env)
  t.equal(code, 0)
  t.equal(requests[0]!.url, '/token?api-version=2.0&audience=https%3A%2F%2Finfra.example%2Fa+b')
  t.equal(requests[0]!.headers.authorization, 'Bearer runner-secret')
  t.equal(front.asked[0]!.headers.authorization, `Bearer ${secret}`)
  const [first, ...rest] = stdout.split('\n')
  t.equal(first, `::add-mask::${secret}`, 'masked before anything else is said')
  t.notMatch(`${rest.join('\n')}${summary}${JSON.stringify(outputs)}`, /eyJ|runner-secret/)

  t.match(
    await step(t, given),
    { code: 1, stdout: /ACTION_NO_TOKEN: .*id-token: write/ },
    'a job without the permission',
  )
  for (answer of ['{}', 'null', 'no JSON', '{"value":"a\\nb"}', '{"value":""}'])
    t.match(await step(t, given, env), { code: 1, stdout: /^::error .*ACTION_NO_TOKEN[^\n]*\n$/ }, answer)
  t.equal(front.asked.length, 1, 'without it nobody is asked')
  const plain = await step(t, { ...given, url: 'http://infra.example' }, env)
  t.match(plain, { code: 1, stdout: /ACTION_BAD_INPUT: audience: a token is sent over https alone/ })
})
