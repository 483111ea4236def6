// What the container runs, without a container: the commands of the Dockerfile's build, then its program and its
// health check, under the same flags. It installs packages, so it runs where IMAGE=1 says that it may.

import { execFile, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t from 'tap'
import { readStartScript } from '../../scripts/start-script.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

t.test('it runs Node as npm start does', async t => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
  const flags = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)![1]!) as string[]
  const { env, execArgv } = readStartScript()
  t.ok(execArgv.length > 0 && Object.keys(env).length > 0)
  t.strictSame(
    execArgv.filter(option => !flags.includes(option)),
    [],
  )
  const given = /^ENV (.+)$/m.exec(dockerfile)![1]!.split(' ')
  for (const [name, value] of Object.entries(env)) t.ok(given.includes(`${name}=${value}`), name)
})

t.test(
  'the image',
  { skip: process.env.IMAGE !== '1' && 'needs npm ci: set IMAGE=1', timeout: 300_000 },
  async t => {
    const folder = t.testdir()
    const source = join(folder, 'build')
    const image = join(folder, 'app')
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')

    await t.test('is built by the command of the Dockerfile', async t => {
      t.match(dockerfile, /^RUN sh scripts\/image\/build\.sh \/build \/image$/m)
      const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(match =>
        match[1]!.split(' '),
      )
      for (const path of copied) cpSync(join(root, path), join(source, path), { recursive: true })
      // The test runner puts its hooks into the NODE_OPTIONS of every child; a container has none.
      const command = ['-u', 'NODE_OPTIONS', 'sh', 'scripts/image/build.sh', source, image]
      await run('/usr/bin/env', command, { cwd: source, timeout: 240_000 })
      cpSync(join(root, 'infra'), join(image, 'infra'), { recursive: true })
      t.ok(existsSync(join(image, 'dist/bin/serve.js')))
      t.notOk(existsSync(join(image, 'node_modules')), 'and needs nothing beside it')
    })

    await t.test('serves, and is healthy while it does', async t => {
      const [, ...flags] = JSON.parse(/^CMD (.+)$/m.exec(dockerfile)![1]!) as string[]
      const args = flags.map(flag => flag.replaceAll('/app', image))
      const env = { PATH: process.env.PATH ?? '', HOST: '127.0.0.1', PORT: '0' }
      const command = ['-u', 'NODE_OPTIONS', process.execPath, ...args]
      const child = spawn('/usr/bin/env', command, { cwd: image, env, stdio: ['ignore', 'pipe', 'inherit'] })
      t.teardown(() => child.kill('SIGKILL'))
      const lines = on(createInterface({ input: child.stdout }), 'line', { close: ['close'] })
      const { port } = await findLine(lines, 'listening')
      await findLine(lines, 'registry swapped')

      const check = () => health(join(image, 'dist/bin/healthcheck.js'), String(port))
      t.equal(await check(), 0)
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      t.equal(code, 0)
      t.equal(await check(), 1)
    })
  },
)

async function health(program: string, port: string): Promise<number> {
  const child = spawn(process.execPath, [program], { env: { PORT: port }, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return code as number
}

async function findLine(lines: AsyncIterator<string[]>, message: string): Promise<Record<string, unknown>> {
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const parsed = JSON.parse(next.value[0]!) as Record<string, unknown>
    if (parsed.msg === message) return parsed
  }
  throw new Error(`the program ended before it said "${message}"`)
}
