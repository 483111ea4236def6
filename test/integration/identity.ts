// The service and its own manifest, from outside: what it says of itself, and what it says when the manifest is wrong
// or contradicts the way it was started. It serves all the same.

import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { freePort } from '../fixtures/health-world.ts'
import {
  type LogLine,
  runProgram,
  type Service,
  type StartOptions,
  startService,
} from '../fixtures/service.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const who = { name: 'infra-resolver', version, environment: 'prod' }

t.jobs = 3
const buffered = { buffered: true }

async function start(t: Test, options: StartOptions = {}): Promise<{ service: Service; warned: LogLine[] }> {
  const service = await startService(t, options)
  await service.logged(({ msg }) => msg === 'registry swapped')
  return { service, warned: service.logs.filter(({ level }) => level >= 40) }
}

/** A copy of the package, so that its manifest can be another. */
function copyPackage(t: Test, manifest: string | null): string {
  const copy = t.testdir({})
  for (const part of ['src', 'infra', 'schemas', 'package.json', '.infra.dev.yaml'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  if (manifest === null) rmSync(join(copy, '.infra.yaml'), { force: true })
  else writeFileSync(join(copy, '.infra.yaml'), manifest)
  return join(copy, 'src/bin/serve.ts')
}

t.test('as it is declared, nothing is said', buffered, async t => {
  // A port that the manifest declares may be taken here: the copy declares one that is not.
  const port = await freePort()
  const manifest = readFileSync(join(root, '.infra.yaml'), 'utf8').replace('8787', String(port))
  const program = copyPackage(t, manifest)
  const { service, warned } = await start(t, { program, env: { PORT: String(port) } })
  t.strictSame(warned, [])
  t.match((await service.get('/readyz?verbose')).text, '[+]manifest ok\n')
  t.match((await service.get('/healthz')).json, { status: 'pass', ...who })
})

t.test('another port than declared', buffered, async t => {
  const { service, warned } = await start(t)
  const fault = 'PORT is 0 (want 8787, as .infra.yaml declares)'
  t.match(warned, [{ manifest: '.infra.yaml', faults: [fault] }])
  t.match(await service.get('/readyz?verbose'), { status: 200, text: `[-]manifest ${fault}\n` })
  t.match(await service.get('/healthz'), { status: 200, json: { status: 'pass', ...who } })
})

t.test('the other environment', buffered, async t => {
  const { service, warned } = await start(t, { env: { INFRA_ENVIRONMENT: 'dev' } })
  t.match(warned, [{ manifest: '.infra.dev.yaml', faults: [/^PORT is 0 \(want 8788/] }])
  t.match((await service.get('/healthz')).json, { ...who, environment: 'dev' })
})

t.test('a manifest that is not valid', buffered, async t => {
  const program = copyPackage(t, 'apiVersion: infra/v1\nproject: p\nprovider: local\ncolour: red\n')
  const { service, warned } = await start(t, { program })
  t.match(warned, [{ manifest: '.infra.yaml', faults: [/colour/] }])
  t.match(await service.get('/readyz?verbose'), { status: 200, text: /^\[-\]manifest .*colour/m })
  t.match((await service.get('/healthz')).json, { status: 'pass', ...who }, 'the name of the package')
})

t.test('no manifest, and no port either', buffered, async t => {
  const program = copyPackage(t, null)
  const run = runProgram(t, { program, under: ['-u', 'PORT'] })
  t.strictSame(await run.ended, { code: 2, signal: null })
  t.equal(
    run.stderr,
    'infra-resolver: PORT: is not set, and .infra.yaml declares no port (.infra.yaml: cannot be read (ENOENT))\n',
  )
})
