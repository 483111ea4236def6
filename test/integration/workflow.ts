// The road from branch to merge, as it is documented: the very commands, in a clone of a bare remote, with a stand-in
// for gh; and at its end the service, which is pointed at the merged clone and answers with the new entry.

import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseChangelog } from '../../src/changelog/changelog.ts'
import { blobOf, replayLog } from '../../src/edit/replay.ts'
import { parseRegistry } from '../../src/registry/parse.ts'
import { type GhWorld, makeGhWorld } from '../fixtures/gh-world.ts'
import { type Home, notRun, type Said } from '../fixtures/home-world.ts'
import { Service } from '../fixtures/service.ts'

/** Runs a command line as it is documented, in a shell that stands in the clone. */
function shell(world: GhWorld, line: string, { input = '', top = world.top } = {}): Said {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', line], {
    cwd: top,
    encoding: 'utf8',
    env: { PATH: world.path, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    input,
  })
  return { code: status, stdout, stderr }
}

/** Runs `line` and fails where it does. */
function done(world: GhWorld, line: string, options: { input?: string; top?: string } = {}): string {
  const said = shell(world, line, options)
  if (said.code !== 0) throw new Error(`${line}: ${said.code} ${said.stderr}`)
  return said.stdout
}

const register = (repo: string) => `scripts/infra/infra.sh register acme/${repo} \\
  --context sandbox \\
  --telemetry-repo acme/telemetry \\
  --reason "Why this repo exists"`

t.test('the standard workflow, from new-branch to merge-pr', async t => {
  const world = await makeGhWorld(t)
  done(world, 'scripts/infra/helpers/new-branch.sh infra/register-example')
  done(world, register('example'))
  const finalized = done(world, 'scripts/infra/helpers/finalize-registry.sh')
  const next = finalized.match(/(?<=^next: ).+$/gm)!
  t.strictSame(next, [
    "git commit -m 'infra: register acme/example'",
    'git push -u origin infra/register-example',
  ])
  for (const line of next) done(world, `${line} --quiet`)
  t.match(
    done(world, 'scripts/infra/helpers/create-pr.sh'),
    'opened https://github.example/acme/infra/pull/1\n',
  )

  const unsaid = shell(world, 'scripts/infra/helpers/merge-pr.sh </dev/null')
  t.match(unsaid, {
    code: 1,
    stdout: '',
    stderr: /^infra: FLOW_UNCONFIRMED the input ended; nothing was done/m,
  })
  t.match(done(world, 'scripts/infra/helpers/merge-pr.sh', { input: 'merge 1\n' }), 'merged #1 into main\n')
  t.strictSame(
    world.calls().map(({ argv }) => argv.slice(0, 2).join(' ')),
    ['pr create', 'pr list', 'pr view', 'pr list', 'pr view', 'pr merge', 'pr view'],
  )

  const merged = world.clone('merged')
  t.equal(world.git('ls-remote', '--heads', 'origin').match(/refs/g)?.length, 1, 'the branch is gone')
  done(world, 'scripts/infra/infra.sh check', { top: merged.top })
  const service = new Service({ env: { INFRA_HOME: merged.path } })
  t.teardown(() => service.kill())
  await service.listening()
  await service.until('/readyz', ({ status }) => status === 200)
  t.match((await service.get('/infra-resolution/acme/example')).json, { outcomeCode: 'INFRA_OK' })
  t.match((await service.get('/infra-resolution/acme/nothing')).json, {
    outcomeCode: 'INFRA_REPO_UNREGISTERED',
  })
})

t.test('two branches that each add an entry: nobody edits JSON', async t => {
  const world = await makeGhWorld(t)
  const base = readFileSync(world.home.working)
  const begin = (repo: string) => {
    done(world, `git switch --quiet main && scripts/infra/helpers/new-branch.sh infra/${repo}`)
    done(world, register(repo))
    done(world, 'scripts/infra/helpers/finalize-registry.sh')
    done(world, `git commit --quiet -m ${repo} && git push --quiet -u origin infra/${repo}`)
    done(world, 'scripts/infra/helpers/create-pr.sh')
  }
  begin('first')
  begin('second')
  done(world, 'scripts/infra/helpers/merge-pr.sh 1 --confirm 1')
  const refused = shell(world, 'scripts/infra/helpers/merge-pr.sh 2 --confirm 2')
  t.match(refused, { code: 1, stderr: /FLOW_NOT_MERGEABLE #2 is conflicting .*; next: infra replay/ })

  done(world, 'git fetch --quiet')
  t.match(done(world, 'scripts/infra/infra.sh replay'), /^replayed infra\/second onto origin\/main/)
  done(world, 'scripts/infra/helpers/finalize-registry.sh')
  done(world, 'git commit --quiet -m replayed && git push --quiet')
  done(world, 'scripts/infra/infra.sh check --against origin/main')
  done(world, 'scripts/infra/helpers/merge-pr.sh', { input: 'merge 2\n' })

  const merged: Home = world.clone('merged')
  const lines = parseChangelog(readFileSync(merged.changelog), 'log').slice(1)
  const registry = parseRegistry(readFileSync(merged.working), 'registry')
  t.strictSame(
    lines.map(({ change }) => 'repo' in change && change.repo),
    ['first', 'second'],
  )
  const replay = replayLog(parseRegistry(base, 'base'), lines)
  t.strictSame([replay.discrepancies, replay.blob], [[], blobOf(registry)], 'the log replays to the registry')
  done(world, 'scripts/infra/infra.sh verify && scripts/infra/infra.sh check', { top: merged.top })
  const service = new Service({ env: { INFRA_HOME: merged.path } })
  t.teardown(() => service.kill())
  await service.listening()
  await service.until('/readyz', ({ status }) => status === 200)
  for (const repo of ['first', 'second'])
    t.match((await service.get(`/infra-resolution/acme/${repo}`)).json, { outcomeCode: 'INFRA_OK' })
})

t.test('the scripts', async t => {
  const world = await makeGhWorld(t)
  t.test('are clean to shellcheck, and can be run', async t => {
    const names = [
      'infra',
      ...['new-branch', 'finalize-registry', 'create-pr', 'merge-pr'].map(name => `helpers/${name}`),
    ]
    const paths = names.map(name => `scripts/infra/${name}.sh`)
    for (const path of paths) t.equal(statSync(join(world.top, path)).mode & 0o111, 0o111, path)
    const said = shell(world, `shellcheck ${paths.join(' ')}`)
    if (said.code === 127) return notRun(t, 'there is no shellcheck')
    t.strictSame(said, { code: 0, stdout: '', stderr: '' })
  })
  t.test('hand every argument on as it is, from any folder', async t => {
    const said = shell(world, '../../scripts/infra/infra.sh list --nothing "a b"', {
      top: join(world.top, 'infra/registry'),
    })
    t.match(said, { code: 2, stderr: /unknown option '--nothing'/ })
  })
  t.test('take the pinned Node, or else one that is new enough, and say what is missing', async t => {
    const far = join(world.dir, 'far')
    cpSync(join(import.meta.dirname, '../../scripts'), join(far, 'scripts'), { recursive: true })
    const bin = join(far, 'bin')
    mkdirSync(bin)
    const run = (path: string) =>
      shell({ ...world, path }, `${join(far, 'scripts/infra/infra.sh')} --version`, { top: far })
    const node = (does: string) => {
      writeFileSync(join(bin, 'node'), `#!/bin/sh\n${does}\n`)
      chmodSync(join(bin, 'node'), 0o755)
    }
    // The system's own folders hold dirname, and may hold a node.
    const tools = join(far, 'tools')
    mkdirSync(tools)
    symlinkSync(shell(world, 'command -v dirname').stdout.trim(), join(tools, 'dirname'))
    t.match(run(tools), { code: 3, stderr: 'infra.sh: there is no Node (want 24 or later); next: npm ci\n' })
    for (const [said, shown] of [
      ['echo v20.19.0', 'v20.19.0'],
      ['echo v9.0.0', 'v9.0.0'],
      ['exit 1', 'unknown'],
    ] as const) {
      node(said)
      const want = `infra.sh: ${bin}/node is version ${shown} (want 24 or later); next: npm ci\n`
      t.strictSame(run(`${bin}:${tools}`), { code: 3, stdout: '', stderr: want })
    }
    node('[ "$1" = --version ] && echo v24.0.0 || echo "$@"')
    const script = `${far}/src/bin/infra.ts --version\n`
    t.strictSame(run(`${bin}:${tools}`), { code: 0, stdout: script, stderr: '' })
    mkdirSync(join(far, 'node_modules/.bin'), { recursive: true })
    symlinkSync(process.execPath, join(far, 'node_modules/.bin/node'))
    node('echo v20.0.0')
    t.match(run(`${bin}:${tools}`), { code: 1, stderr: /Cannot find module/ }, 'the pinned one comes first')
  })
  t.test('end as the command ends', async t => {
    t.match(shell(world, 'scripts/infra/helpers/finalize-registry.sh'), {
      code: 1,
      stderr: /FLOW_ON_DEFAULT_BRANCH/,
    })
    t.match(shell(world, 'scripts/infra/helpers/new-branch.sh'), {
      code: 2,
      stderr: /missing required argument/,
    })
    t.match(shell(world, 'scripts/infra/helpers/merge-pr.sh --admin'), { code: 2 })
  })
})
