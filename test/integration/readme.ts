// The README, executed: each `$ curl` line against the service on the registry of this repository, and what it prints;
// and the operator's commands, in a clone of a remote that holds that registry, with a stand-in for gh.

import { execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { makeGhWorld } from '../fixtures/gh-world.ts'
import { commitAll, infraHere } from '../fixtures/home-world.ts'
import { fileOf, makeMesh, manifestOf } from '../fixtures/manifest-world.ts'
import { Service } from '../fixtures/service.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const readme = readFileSync(join(root, 'README.md'), 'utf8')

t.test('every curl of the README prints what the README says', async t => {
  const service = new Service({})
  t.teardown(() => service.kill())
  await service.listening()
  await service.logged(({ msg }) => msg === 'registry swapped')

  const examples = [...readme.matchAll(/```console\n\$ (.+)\n([\s\S]*?)\n```/g)]
  for (const [, command, want] of examples) {
    const here = command!.replaceAll('localhost:8787', `127.0.0.1:${service.port}`)
    const { stdout } = await run('sh', ['-c', here])
    // A port of the system's choice is not the one that the manifest declares, and the service says so.
    const told = stdout.replace(/^\[-\]manifest PORT is 0 \(want 8787, .*$/m, '[+]manifest ok')
    t.equal(told.trimEnd(), want, command!)
  }
  t.ok(examples.length >= 21, `${examples.length} examples`)
})

t.test('every route of the README is asked for, and every variable is known', async t => {
  for (const route of [
    'resolve',
    'telemetry-target',
    'infra-resolution',
    'repos',
    'orgs',
    'telemetry-repos',
  ]) {
    t.match(readme, new RegExp(`curl .*localhost:8787/${route}`), route)
  }
  const config = readFileSync(join(root, 'src/bin/config.ts'), 'utf8')
  const known = new Set(config.match(/'INFRA_[A-Z0-9_]+'/g)!.map(word => word.slice(1, -1)))
  const told = new Set(readme.match(/^\| `INFRA_[A-Z0-9_]+`/gm)!.map(word => word.slice(3, -1)))
  t.strictSame([...told].sort(), [...known].sort())
})

t.test('the program of the README asks and is answered', async t => {
  const service = new Service({})
  t.teardown(() => service.kill())
  await service.listening()
  await service.logged(({ msg }) => msg === 'registry swapped')
  const [, program] = /```ts\n([\s\S]*?)\n```/.exec(readme)!
  const file = join(t.testdir(), 'program.ts')
  const source = new URL('../../src/client/client.ts', import.meta.url).href
  // The package is not built for this; test/client/client.ts imports it by its name.
  writeFileSync(
    file,
    program!
      .replace("'infra-resolver/client'", `'${source}'`)
      .replace('localhost:8787', `127.0.0.1:${service.port}`),
  )
  const { stdout } = await run('/usr/bin/env', ['-u', 'NODE_OPTIONS', process.execPath, file])
  t.match(stdout, /^production orchard-works\/telemetry [0-9a-f]{64} [\d.]+ false\n$/)
  const action = readFileSync(join(root, 'action/action.yml'), 'utf8')
  const [, outputs] = /\| outputs \| \|([\s\S]*?)\n\n/.exec(readme)!
  const names = [...outputs!.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => cell!.match(/[a-z-]+/g)!)
  t.ok(names.length >= 6)
  for (const name of names) t.match(action, `\n  ${name}:\n`)
})

/** Every line of the fences of a page that a shell takes, comments left out. */
function shellLinesOf(page: string): string[] {
  return [...page.matchAll(/```sh\n([\s\S]*?)\n```/g)].flatMap(([, fence]) =>
    fence!.split('\n').map(line => line.replace(/\s+#.*$/, '')),
  )
}
const shellLines = shellLinesOf(readme)

t.test('every command line of an operator is taken, in the order of the README', async t => {
  const world = await makeGhWorld(t)
  rmSync(world.home.path, { recursive: true })
  cpSync(join(root, 'infra'), world.home.path, { recursive: true })
  commitAll(world.top, 'the registry of this repository')
  world.git('push', '--quiet')
  const stub = join(world.dir, 'bin/infra')
  writeFileSync(stub, `#!/bin/sh\nexec '${join(root, 'scripts/infra/infra.sh')}' "$@"\n`)
  chmodSync(stub, 0o755)
  const lines = shellLines.filter(line => line.startsWith('infra ') || line.startsWith('git '))
  for (const line of lines) {
    const env = { PATH: world.path, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
    const said = execFileSync('/bin/sh', ['-c', line], {
      ...{ cwd: world.top, env, encoding: 'utf8', input: 'merge 1\n', stdio: ['pipe', 'pipe', 'pipe'] },
    })
    t.pass(`${line}: ${said.split('\n', 1)[0]}`)
  }
  t.ok(lines.length >= 7, `${lines.length} lines`)
  t.match(
    world.git('ls-remote', '--heads', 'origin'),
    /^\w+\s+refs\/heads\/main$/m,
    'merged, and the branch is gone',
  )
  world.git('fetch', '--quiet')
  t.match(world.git('show', 'origin/main:infra/telemetry-registry.v2.json'), '"mill"')
  const checked = execFileSync(stub, ['check', '--against', 'origin/main'], {
    cwd: world.top,
    encoding: 'utf8',
  })
  t.match(checked, 'all gates passed', 'and what a pull request must pass')
})

t.test('every verb of the README is one of the program, and the README names every verb', async t => {
  const table = readme.slice(readme.indexOf('| verbs | |'), readme.indexOf('Every verb has `--help`'))
  const told = new Set<string>()
  for (const [, cell, what] of table.matchAll(/^\| (`.+?) \| (.+) \|$/gm)) {
    const [first, ...rest] = [...cell!.matchAll(/`([^`]+)`/g)].map(([, words]) => words!)
    // `mesh plan` `apply`: the verbs that follow are of the same verb.
    const above = first!.includes(' ') ? `${first!.split(' ')[0]} ` : ''
    const verbs = [first!, ...rest.map(verb => above + verb)]
    for (const verb of verbs) {
      const { code, stdout } = await infraHere([...verb.split(' '), '--help'])
      t.match({ code, stdout }, { code: 0, stdout: new RegExp(`^Usage: infra ${verb} `) })
      told.add(verb)
    }
    const pages = await Promise.all(verbs.map(verb => infraHere([...verb.split(' '), '--help'])))
    for (const [option] of what!.matchAll(/--[a-z-]+/g))
      t.ok(
        pages.some(({ stdout }) => stdout.includes(` ${option}`)),
        `${cell}: ${option}`,
      )
  }
  t.strictSame([...told].sort(), [...(await everyVerb())].sort())
})

/** Every verb of the program that does something, as its own pages of help list them. */
async function everyVerb(): Promise<string[]> {
  const { stdout: first } = await infraHere(['--help'])
  const rows = [...first.matchAll(/^ {2}(?:[A-Z][a-z ]{7}| {8}) ([a-z -]{42}) /gm)]
  const found: string[] = []
  for (const verb of rows.flatMap(([, row]) => row!.trim().split(' '))) {
    const { stdout } = await infraHere([verb, '--help'])
    const [, own = ''] = /\nCommands:\n([\s\S]*)/.exec(stdout) ?? []
    const names = [...own.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, name]) => name!)
      .filter(name => name !== 'help')
    found.push(...(names.length === 0 ? [verb] : names.map(name => `${verb} ${name}`)))
  }
  return found
}

t.test('every command line of the page about the mesh does what the page says', async t => {
  const named = (project: string, folder: string) =>
    fileOf(manifestOf({ project, service: { host: 'lime' } }), `${folder}/${project}/.infra.yaml`)
  const mesh = JSON.stringify({ hosts: { lime: { addresses: ['127.0.0.1'] } }, services: {} })
  const world = makeMesh(t, [named('press', 'apps'), named('quill', 'projects')], mesh)
  const page = readFileSync(join(root, 'docs/mesh.md'), 'utf8')
  const lines = shellLinesOf(page).filter(line => line.startsWith('infra '))
  for (const line of lines) {
    const words = line.replace('../net-tools/', '').trim().split(/\s+/).slice(1)
    const { code, stderr } = await world.run(...words)
    // Neither has a port: there is nobody to ask.
    if (line.startsWith('infra mesh probe')) t.match({ code, stderr }, { code: 1, stderr: /PROBE_NOTHING/ })
    else t.strictSame([code, stderr], [0, ''], line)
  }
  t.ok(lines.length >= 8, `${lines.length} lines`)
  t.match(world.read(), '"quill"', 'and the services map is written')
})

const beginning = /```sh\n(mkdir -p infra[^`]*)```/.exec(readme)![1]!

t.test('a registry begins with the lines that are shown, and takes its first change', async t => {
  const top = t.testdir({})
  const author = { GIT_AUTHOR_NAME: 't', GIT_AUTHOR_EMAIL: 't@example.org' }
  const env = {
    ...{ PATH: process.env.PATH, HOME: top, ...author },
    ...{ GIT_COMMITTER_NAME: 't', GIT_COMMITTER_EMAIL: 't@example.org' },
  }
  const sh = (script: string) => run('sh', ['-e', '-c', script], { cwd: top, env })
  await sh(`git init -q -b main\n${beginning}`)
  const infra = `${process.execPath} ${join(root, 'src/bin/infra.ts')}`
  await sh(`${infra} new-branch infra/first
    ${infra} register acme/app --context sandbox --telemetry-repo acme/telemetry --reason first
    ${infra} finalize`)
  t.match((await sh(`${infra} show acme/app`)).stdout, /sandbox/)
  t.match((await sh(`${infra} status`)).stdout, /drift +registry false, changelog false/)
})

t.test('every other command line of the README is one that is run', async t => {
  const inline = [...readme.matchAll(/`((?:npm|node|scripts\/|infra )[^`]*)`/g)].map(([, line]) => line!)
  const ci = readFileSync(join(root, '.ci/run'), 'utf8')
  const rest = [...shellLines, ...inline].filter(
    line => !/^(?:infra |git |#|$)/.test(line) && !beginning.includes(line),
  )
  for (const line of new Set(rest)) {
    if (line === 'npm ci && npm start') {
      const service = spawnStart()
      t.teardown(() => process.kill(-service.child.pid!))
      t.match(await service.said, /"msg":"listening"/, line)
    } else if (line === 'npm run -s infra --') {
      t.match((await run('sh', ['-c', `${line} --version`], { cwd: root })).stdout, /^\d+\.\d+\.\d+\n$/, line)
    } else if (line === 'scripts/infra/') {
      t.match((await run('sh', ['-c', `${line}infra.sh --version`], { cwd: root })).stdout, /^\d/, line)
    } else t.ok(ci.includes(line), `${line} is run by .ci/run`)
  }
  t.ok(rest.length >= 4, `${rest.length} lines`)
})

/** The service as `npm start` starts it, the packages being there already. */
function spawnStart() {
  const child = spawn('npm', ['start'], {
    cwd: root,
    // A group of its own, so that nothing is left where a test ends early.
    detached: true,
    env: { PATH: process.env.PATH, PORT: '0', HOME: process.env.HOME },
  })
  const said = new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', more => {
      text += more
      if (text.includes('"msg":"listening"')) resolve(text)
    })
    child.on('exit', code => reject(new Error(`npm start ended with ${code}: ${text}`)))
  })
  return { child, said }
}
