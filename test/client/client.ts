// The package as its users have it: built, packed and put into a project of theirs. It is imported by Node, checked by the
// compiler without anything of ours, and bundled for a browser, where nothing of Node can be.

import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Static } from '@sinclair/typebox'
import { build } from 'esbuild'
import t from 'tap'
import type { Repository } from '../../src/client/client.ts'
import type { RepoListAnswer } from '../../src/server/answer-schemas.ts'
import { frontWorld } from '../fixtures/client-world.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const node = process.execPath
// The test runner puts its hooks into the NODE_OPTIONS of every child.
const bare = (args: readonly string[], cwd: string) =>
  run('/usr/bin/env', ['-u', 'NODE_OPTIONS', ...args], { cwd })

/** What the wire says of a repository, in the client's spelling: the compiler refuses this file when the two part. */
type Wire = Static<typeof RepoListAnswer>['items'][number]
type Spelt = Omit<Wire, 'telemetry_repo'> & { telemetryRepo: Wire['telemetry_repo'] }
type Same = [Spelt, Repository] extends [Repository, Spelt] ? true : never
const same: Same = true

const USAGE = `
import { ClientError, createClient, listDashboardEligibleRepos, resolveInfra, type Resolution } from 'infra-resolver/client'

const client = createClient({ url: process.argv[2]!, staleIfErrorSeconds: 60 })

function may(answer: Resolution): string {
  switch (answer.outcome) {
    case 'registered':
      return answer.context + ' ' + answer.telemetryRepo + ' ' + String(answer.stale)
    case 'disabled':
      return answer.reason
    case 'not-registered':
      // @ts-expect-error what is not registered has no context
      return answer.missing + String(answer.context ?? '')
    case 'unavailable':
      return answer.code + String(answer.retryAfterSeconds ?? '')
    case 'untrusted':
      return answer.detail
  }
}

const target = await client.telemetryTarget('k', 'k')
const names: string[] = []
for await (const page of client.repos({ org: 'k' })) names.push(...page.items.map(({ repo }) => repo))
const record = await resolveInfra({ client, targetRepo: 'k/k', githubToken: 'x' })
const rows = await listDashboardEligibleRepos({ client })
const failed = await client.repos({ org: '-' }).next().catch((error: unknown) => error instanceof ClientError && error.code)
console.log(JSON.stringify([may(await client.resolve('k', 'k')), may(await client.resolve('k', 'x')), target.outcome, names, record.outcomeCode, rows.length, failed]))
`

t.test('the built package', async t => {
  const project = t.testdir({ node_modules: { 'infra-resolver': {} }, built: {} })
  const installed = join(project, 'node_modules/infra-resolver')
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  // The whole build is a step of .ci/run; this is the part of it that the client is.
  const settings = {
    extends: join(root, 'tsconfig.build.json'),
    include: [],
    files: [join(root, 'src/client/client.ts')],
  }
  const compilerOptions = {
    rootDir: join(root, 'src'),
    outDir: join(installed, 'dist'),
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(join(project, 'built/tsconfig.json'), JSON.stringify({ ...settings, compilerOptions }))
  await bare([node, tsc, '-p', join(project, 'built')], root)
  cpSync(join(root, 'package.json'), join(installed, 'package.json'))
  // What a package manager would have put beside it.
  mkdirSync(join(project, 'node_modules/@sinclair'))
  symlinkSync(join(root, 'node_modules/@sinclair/typebox'), join(project, 'node_modules/@sinclair/typebox'))
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  writeFileSync(join(project, 'use.ts'), USAGE)

  await t.test('is imported by its name, and asks the service', async t => {
    const front = await frontWorld(t)
    const { stdout } = await bare([node, 'use.ts', front.url], project)
    t.strictSame(JSON.parse(stdout), [
      'production k/telemetry false',
      'repository',
      'registered',
      ['k'],
      'INFRA_OK',
      6,
      'CLIENT_BAD_NAME',
    ])
  })

  await t.test('has types that stand alone, where only a browser is known', async t => {
    const options = [
      '--ignoreConfig',
      '--strict',
      '--noEmit',
      '--exactOptionalPropertyTypes',
      '--skipLibCheck',
      'false',
    ]
    const platform = [
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2022,dom,dom.iterable',
      '--types',
      '',
    ]
    writeFileSync(join(project, 'browser.ts'), USAGE.replace('process.argv[2]!', 'location.origin'))
    await t.resolves(
      bare([node, tsc, ...options, ...platform, 'browser.ts'], project).catch(({ stdout }) =>
        Promise.reject(new Error(stdout)),
      ),
    )
  })

  await t.test('is for any platform: no module of Node, no package, little text', async t => {
    const entry = join(installed, 'dist/client/client.js')
    const { metafile, outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      minify: true,
      metafile: true,
      write: false,
    })
    const inputs = Object.keys(metafile.inputs)
    t.ok(inputs.length > 10)
    for (const path of inputs) t.match(path, /infra-resolver\/dist\/(?:client|core)\/[a-z-]+\.js$/)
    t.strictSame(
      Object.values(metafile.outputs).flatMap(({ imports }) => imports),
      [],
    )
    const text = outputFiles[0]!.text
    t.equal(/node:|\bprocess\.|\bBuffer\b|\brequire\(/.exec(text), null)
    t.ok(text.length < 20_000, `${text.length} bytes`)
    t.comment(`${text.length} bytes, minified`)
  })

  await t.test('is what is packed', async t => {
    const { stdout } = await bare(['npm', 'pack', '--dry-run', '--json', '--ignore-scripts'], installed)
    const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }]
    const paths = files.map(({ path }) => path)
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    for (const path of Object.values(exports['./client'] as object)) t.ok(paths.includes(path.slice(2)), path)
  })
  t.ok(same)
})
