import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { saidBy } from '../fixtures/home-world.ts'

const PROGRAM = fileURLToPath(new URL('../../src/bin/healthcheck.ts', import.meta.url))

/** Runs the check in a process whose `fetch` says what is asked and answers `then`: the declared ports may be taken. */
async function check(env: Readonly<Record<string, string>>, then = '{ ok: true }') {
  const hook = `globalThis.fetch = async url => { console.log(url); return ${then} }`
  const words = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, PROGRAM]
  // The test runner puts its hooks into the NODE_OPTIONS of every child, whatever its environment says.
  const child = spawn('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, ...words], { env })
  return saidBy(child)
}

t.test('the port that is asked is the one that the service takes in the same environment', async t => {
  for (const [env, asked] of [
    [{}, 'http://127.0.0.1:8787/readyz'],
    [{ INFRA_ENVIRONMENT: 'dev' }, 'http://127.0.0.1:8788/readyz'],
    [{ INFRA_ENVIRONMENT: 'dev', PORT: '4270', HOST: '0.0.0.0' }, 'http://127.0.0.1:4270/readyz'],
    [{ HOST: '::' }, 'http://127.0.0.1:8787/readyz'],
    [{ HOST: '::1' }, 'http://[::1]:8787/readyz'],
  ] as const)
    t.strictSame(await check(env), { code: 0, stdout: `${asked}\n`, stderr: '' })
})

t.test('what is not ready, what nobody answers and what cannot be told is not healthy', async t => {
  t.match(await check({}, '{ ok: false }'), { code: 1, stderr: '' })
  t.match(await check({}, "Promise.reject(new Error('ECONNREFUSED'))"), { code: 1, stderr: '' })
  t.strictSame(await check({ PORT: 'x' }), { code: 1, stdout: '', stderr: '' }, 'no service starts with that')
})
