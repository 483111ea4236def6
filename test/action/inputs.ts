// The inputs of a step: what is taken, what stands in for what is not given, and what is refused.

import t from 'tap'
import { readInputs } from '../../src/action/inputs.ts'

const GOOD = { INPUT_URL: ' https://infra.example ', GITHUB_REPOSITORY: 'acme/app' }

t.test('what is not given is as the manifest says', async t => {
  t.strictSame(readInputs(GOOD), {
    url: 'https://infra.example',
    org: 'acme',
    repo: 'app',
    failOn: new Set(['unavailable', 'untrusted']),
    audience: undefined,
  })
  t.match(readInputs({ ...GOOD, INPUT_REPOSITORY: 'other/one' }), { org: 'other', repo: 'one' })
})

t.test('the words of fail-on come with commas, blanks and lines', async t => {
  const failOn = (text: string) => [...readInputs({ ...GOOD, 'INPUT_FAIL-ON': text }).failOn]
  t.strictSame(failOn('disabled,not-registered\n stale'), ['disabled', 'not-registered', 'stale'])
  t.strictSame(failOn('none'), [])
  t.strictSame(failOn('  '), ['unavailable', 'untrusted'])
  for (const text of ['unknown', 'none disabled', 'registered', 'toString', 'Disabled'])
    t.throws(() => failOn(text), { code: 'ACTION_BAD_INPUT' }, text)
})

t.test('a token goes to https and to this machine alone', async t => {
  const audienceAt = (url: string) => readInputs({ ...GOOD, INPUT_URL: url, INPUT_AUDIENCE: 'x' }).audience
  for (const url of [
    'https://infra.example',
    'http://localhost:8787',
    'http://127.0.0.1:1',
    'http://[::1]:2/',
  ])
    t.equal(audienceAt(url), 'x', url)
  for (const url of [
    'http://infra.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
  ])
    t.throws(() => audienceAt(url), { code: 'ACTION_BAD_INPUT' }, url)
})
