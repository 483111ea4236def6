// The verbs that change the registry, from outside: what each makes of registry and log, what each refuses, and that a
// refusal leaves not one byte changed, in the work tree or in git's own files.

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { checkRegistry } from '../../src/registry/parse.ts'
import { editWorld } from '../fixtures/edit-world.ts'
import { commitAll, git, homeAt, infra, infraHere, notRun } from '../fixtures/home-world.ts'
import { bytesOf, entryOf, orgOf, registryOf } from '../fixtures/registry-world.ts'
import { makeRepo, REASON, type Repo, repoAt } from '../fixtures/repo-world.ts'
import { chaos, dose, figures } from '../fixtures/service.ts'

const WRITERS = 24
const ROUNDS = dose('WRITER_ROUNDS', 2, 20)

/** Runs words that are to be refused, and compares every byte of the tree. */
async function refused(
  t: Test,
  repo: Repo,
  words: readonly string[],
  exit: number,
  said: RegExp,
): Promise<void> {
  const before = repo.tree()
  for (const more of [[], ['--dry-run'], ['--json']]) {
    const { code, stderr } = await repo.run(...words, ...more)
    t.equal(code, exit, `${words.join(' ')} ${more}`)
    t.match(stderr, said)
  }
  t.strictSame(repo.tree(), before, 'and nothing has changed')
}

t.test('both dialects write the same bytes', async t => {
  const dialects: readonly (readonly [one: string, other: string])[] = [
    [
      'register initech/tps --context production --telemetry-repo initech/tel',
      'register --owner initech --repo tps --context production --telemetry tel',
    ],
    ['register acme/new --context sandbox', 'register --owner acme --repo new --context sandbox'],
    [
      'register acme/app --context sandbox --reset',
      'register --reset --repo app --owner acme --context=sandbox',
    ],
    ['enable acme/old', 'enable --owner acme --repo old'],
    ['disable acme/live', 'disable --repo live --owner acme'],
    ['unregister acme/app --confirm-delete', 'unregister --owner acme --repo app --confirm-delete'],
    [
      'retarget-org acme --telemetry-repo acme/elsewhere --confirm-redirect',
      'retarget-org --owner acme --telemetry elsewhere --confirm-redirect',
    ],
    ['remove-org hollow --confirm-delete', 'remove-org --owner hollow --confirm-delete'],
  ]
  for (const [one, other] of dialects) {
    const made = []
    for (const line of [one, other]) {
      const repo = makeRepo(t)
      const { code, stdout, stderr } = await repo.run(...line.split(' '), ...REASON)
      t.strictSame([code, stderr], [0, ''], line)
      t.strictSame(checkRegistry(readFileSync(repo.working), 'r'), [])
      t.match(await repo.run('check', '--against', 'main'), { code: 0 }, 'what was changed passes the gates')
      made.push({
        stdout,
        registry: readFileSync(repo.working, 'utf8'),
        log: readFileSync(repo.changelog, 'utf8'),
      })
    }
    t.strictSame(made[0], made[1])
  }
})

t.test('words that cannot be meant exit 2', async t => {
  const repo = makeRepo(t)
  const table: [line: string, said: RegExp][] = [
    ['register', /USAGE_MISSING/],
    ['register acme/x', /EDIT_CONTEXT_MISSING/],
    ['register acme/x --context sandbox', /EDIT_REASON_MISSING/],
    ['register --context sandbox --reason x', /USAGE_MISSING/],
    ['register acme --context sandbox --reason x', /USAGE_BAD_TARGET/],
    ['register --owner acme --context sandbox --reason x', /USAGE_MISSING/],
    ['register a/b/c --context sandbox --reason x', /EDIT_BAD_NAME/],
    ['register /x --context sandbox --reason x', /EDIT_BAD_NAME/],
    ['register acme/x --owner globex --context sandbox --reason x', /USAGE_CONTRADICTION/],
    ['register acme/x --repo y --context sandbox --reason x', /USAGE_CONTRADICTION/],
    ['register n/x --telemetry a --telemetry-repo n/b --context sandbox --reason x', /USAGE_CONTRADICTION/],
    ['register acme/x --context staging --reason x', /EDIT_BAD_CONTEXT/],
    ['register acme/x --context sandbox --reason', /argument missing|got an option/],
    ['register acme/x --context sandbox --reason --json', /got an option/],
    ['register acme/x --context sandbox --context production --reason x', /given twice/],
    ['register acme/x --context sandbox --reason x --frob', /unknown option '--frob'/],
    ['enable acme/old --context production --reason x', /unknown option '--context'/],
    ['disable acme/app --telemetry t --reason x', /unknown option '--telemetry'/],
    ['disable acme/app', /EDIT_REASON_MISSING/],
    ['disable acme/app more --reason x', /too many arguments/],
    ['remove-org --reason x', /USAGE_MISSING/],
    ['retarget-org acme --reason x', /USAGE_MISSING/],
    ['regster acme/x', /Did you mean register\?/],
    ['disable acme/app --raeson x', /Did you mean --reason\?/],
  ]
  for (const [line, said] of table) await refused(t, repo, line.split(' '), 2, said)
  await refused(t, repo, ['disable', 'acme/app', '--reason', ' '], 2, /EDIT_BAD_REASON/)
  await refused(t, repo, ['disable', 'acme/app', '--reason', 'two\nlines'], 2, /EDIT_BAD_REASON/)
})

t.test('what the registry forbids exits 1', async t => {
  const repo = makeRepo(t)
  const table: [line: string, code: string][] = [
    ['register acme/app --context sandbox', 'EDIT_ALREADY_REGISTERED'],
    ['register acme/live --context sandbox --reset', 'EDIT_PRODUCTION_IMMUTABLE'],
    ['register ACME/x --context sandbox', 'EDIT_CASE_COLLISION'],
    ['register acme/x --telemetry other --context sandbox', 'EDIT_TELEMETRY_MISMATCH'],
    ['register initech/x --context sandbox', 'EDIT_TELEMETRY_MISSING'],
    ['register initech/x --telemetry-repo evil/t --context sandbox', 'EDIT_CROSS_ORG_TELEMETRY'],
    ['register acme/telemetry --context sandbox', 'EDIT_TELEMETRY_SELF'],
    ['enable acme/app', 'EDIT_ALREADY_ENABLED'],
    ['disable acme/old', 'EDIT_ALREADY_DISABLED'],
    ['disable acme/none', 'EDIT_REPO_NOT_REGISTERED'],
    ['disable none/none', 'EDIT_ORG_NOT_REGISTERED'],
    ['unregister acme/app', 'EDIT_UNCONFIRMED'],
    ['unregister acme/live --confirm-delete', 'EDIT_PRODUCTION_ENABLED'],
    ['remove-org hollow', 'EDIT_UNCONFIRMED'],
    ['remove-org acme --confirm-delete', 'EDIT_ORG_NOT_EMPTY'],
    ['retarget-org acme --telemetry telemetry', 'EDIT_TELEMETRY_UNCHANGED'],
    ['retarget-org acme --telemetry other', 'EDIT_UNCONFIRMED'],
  ]
  for (const [line, code] of table)
    await refused(t, repo, [...line.split(' '), ...REASON], 1, new RegExp(code))
})

t.test('changes follow each other, uncommitted and committed, from any folder', async t => {
  const repo = makeRepo(t)
  const steps = [
    'register acme/new --context production',
    'disable acme/new',
    'unregister acme/new --confirm-delete',
    'unregister Globex/x.y_z --confirm-delete',
    'remove-org Globex --confirm-delete',
  ]
  const deep = join(repo.top, 'a/b')
  for (const [at, line] of steps.entries()) {
    if (at === 2) commitAll(repo.top, 'a change')
    mkdirSync(deep, { recursive: true })
    const said = await infraHere([...line.split(' '), ...REASON], { cwd: at % 2 ? deep : repo.path })
    t.match(said, { code: 0, stderr: '' }, line)
    if (line.includes('Globex/')) t.match(said.stdout, 'infra remove-org Globex --confirm-delete')
  }
  t.strictSame(
    repo.lines().map(({ action }) => action),
    ['register', 'disable', 'unregister', 'unregister', 'remove-org'],
  )
  t.match(await repo.run('check', '--against', 'main'), { code: 0 })
  t.equal(repo.git('status', '--porcelain').trim().split('\n').length, 2, 'the two files, and no other')
})

t.test('a dry run tells the plan, with --json too, and writes nothing', async t => {
  const repo = makeRepo(t)
  const words = ['register', 'acme/new', '--context', 'sandbox', ...REASON]
  const before = repo.tree()
  const planned = await repo.json(...words, '--dry-run')
  t.match((await repo.run(...words, '--dry-run')).stdout, /^would have registered acme\/new/)
  t.strictSame(repo.tree(), before)
  const done = await repo.json(...words)
  t.strictSame({ ...planned, dry_run: false }, done)
  t.match(done, {
    registry_before: done.changes[0].registry_before,
    registry_after: done.changes[0].registry_after,
  })
})

t.test('a dry run on a read-only mount succeeds and prints the same', async t => {
  const repo = makeRepo(t)
  const words = ['disable', 'acme/app', ...REASON, '--dry-run', '--json']
  const free = infra(words, { cwd: repo.top })
  t.equal(free.code, 0)
  const shell =
    'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && ! touch probe 2>/dev/null && exec "$@"'
  const under = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', shell, repo.top]
  if (spawnSync(under[0]!, [...under.slice(1), 'true']).status !== 0) return notRun(t, 'no read-only mount')
  const bound = infra(words, { cwd: repo.top, under })
  const withoutTime = (said: string) => said.replaceAll(/"timestamp": "[^"]+"/g, '')
  t.strictSame([bound.code, withoutTime(bound.stdout)], [0, withoutTime(free.stdout)])
  t.match(infra(words.slice(0, -2), { cwd: repo.top, under }), { code: 3, stderr: /PUBLISH_WRITE_FAILED/ })
  t.match(infra(['check'], { cwd: repo.top, under }), { code: 0 }, 'and reading needs no more')
})

t.test('a disk that fills up leaves both files old or both new', async t => {
  const repo = makeRepo(t)
  let failed = 0
  for (const limit of [0, 1, 300, 600, 900, 1200, 1024 * 1024]) {
    const before = repo.tree()
    const lines = repo.lines().length
    const words = ['register', `acme/n${limit}`, '--context', 'sandbox', ...REASON]
    const { code, stderr } = infra(words, { cwd: repo.top, under: ['prlimit', `--fsize=${limit}`] })
    if (/prlimit: |failed to execute|No such file.*prlimit/.test(stderr))
      return notRun(t, 'prlimit is missing')
    if (code === 0) t.equal(repo.lines().length, lines + 1)
    else {
      failed += 1
      t.equal(code, 3, stderr)
      const after = new Map([...repo.tree()].filter(([path]) => !path.startsWith('infra/.codex')))
      t.strictSame(after, new Map([...before].filter(([path]) => !path.startsWith('infra/.codex'))))
    }
  }
  t.ok(failed > 0 && failed < 7, `${failed} of 7 met the limit`)
  t.match(await repo.run('check', '--against', 'main'), { code: 0 })
})

/** The command line, loaded once, which runs the words of each line it is given and says how that ended. */
const WRITER = `
const { runCli } = await import(${JSON.stringify(new URL('../../src/cli/program.ts', import.meta.url).href)})
const { createInterface } = await import('node:readline')
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  let said = ''
  const words = JSON.parse(line)
  const err = text => { said += text }
  const code = await runCli(words, '0', { out: () => {}, err, env: {}, cwd: process.cwd(), now: () => new Date() })
  console.log(JSON.stringify({ code, said }))
}
`

/** Starts a process that changes the registry when it is told to. */
function startWriter(cwd: string) {
  const words = ['-u', 'NODE_OPTIONS', process.execPath, '--input-type=module', '--eval', WRITER]
  const child = spawn('/usr/bin/env', words, { cwd, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => (await lines.next()).value ?? '{"code":null,"said":"it died"}'
  return {
    ready: next(),
    tell: async (...words: string[]): Promise<{ code: number | null; said: string }> => {
      child.stdin.write(`${JSON.stringify(words)}\n`)
      return JSON.parse(await next())
    },
    end: () => child.stdin.end(),
  }
}

t.test(`${WRITERS} writers at once lose nothing`, { timeout: 600_000 }, async t => {
  const repo = makeRepo(t)
  const writers = Array.from({ length: WRITERS }, () => startWriter(repo.top))
  t.teardown(() => {
    for (const writer of writers) writer.end()
  })
  await Promise.all(writers.map(writer => writer.ready))
  let wins = 0
  let contended = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const said = await Promise.all(
      writers.map(({ tell }, at) =>
        tell('register', `acme/w${round}-${at}`, '--context', 'sandbox', ...REASON),
      ),
    )
    const lost = said.filter(({ code }) => code !== 0)
    for (const one of lost) t.match(one, { code: 4, said: /PUBLISH_LOCKED/ })
    t.ok(lost.length < WRITERS, `round ${round}: ${WRITERS - lost.length} succeeded`)
    wins += WRITERS - lost.length
    contended += lost.length
    const entries = Object.keys(repo.document().orgs.acme!.repos).filter(name => /^w\d/.test(name))
    t.strictSame([entries.length, repo.lines().length], [wins, wins], 'successes = new entries = log lines')
  }
  t.ok(contended > 0, 'they met at the lock')
  t.match(await repo.run('check', '--against', 'main'), { code: 0 })
  figures(t, 'writers', {
    writers: WRITERS,
    rounds: ROUNDS,
    successes: wins,
    'told to come again': contended,
  })
})

t.test('a registry of ten thousand is changed like one of ten', async t => {
  const repos = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`repo-${at}`, entryOf()]))
  const repo = makeRepo(t, registryOf({ acme: orgOf('acme', repos) }))
  const before = readFileSync(repo.working, 'utf8').split('\n')
  t.match(await repo.run('disable', 'acme/repo-5000', ...REASON), { code: 0 })
  const after = readFileSync(repo.working, 'utf8').split('\n')
  t.ok(
    before.filter((line, at) => line !== after[at]).length <= 2,
    'no line but those of the entry has changed',
  )
  t.match(await repo.run('check', '--against', 'main'), { code: 0 })
})

t.test('the mode of the registry stays', async t => {
  const repo = makeRepo(t)
  chmodSync(repo.working, 0o664)
  t.match(await repo.run('disable', 'acme/app', ...REASON), { code: 0 })
  t.equal(statSync(repo.working).mode & 0o777, 0o664)
})

t.test('the defects of the tools before', async t => {
  // biome-ignore lint/suspicious/noExplicitAny: a registry is bent in ways its type forbids
  const bent = (bend: (document: any) => void): Buffer => {
    const document = structuredClone(editWorld())
    bend(document)
    return bytesOf(document)
  }

  t.test('D1: what is staged is judged, not what lies in the work tree', async t => {
    const repo = makeRepo(t)
    const good = readFileSync(repo.working)
    writeFileSync(repo.working, '{}\n')
    repo.git('add', '--all')
    writeFileSync(repo.working, good)
    t.match(await repo.run('check'), { code: 0 })
    t.match(await repo.run('check', '--index'), { code: 1, stdout: /unsupported_version/ })
    const piped = (text: string) =>
      spawnSync(process.execPath, [...program(), 'check', '-'], { input: text, cwd: repo.top })
    t.equal(piped('{}\n').status, 1, 'and standard input is read')
    t.equal(piped(good.toString()).status, 0)
  })

  t.test('D3: an entry that cannot be judged does not let another pass', async t => {
    const repo = makeRepo(t)
    writeFileSync(
      repo.working,
      bent(({ orgs }) => {
        delete orgs.hollow.repos
        orgs.acme.repos.app.context = 'staging'
      }),
    )
    const { code, stdout } = await repo.run('check')
    t.equal(code, 1)
    t.match(stdout, /missing_key/)
    t.match(stdout, /bad_value/)
    await refused(t, repo, ['disable', 'acme/app', ...REASON], 1, /bad_value/)
  })

  t.test('D4: a telemetry repository that is no text does not let another pass', async t => {
    const repo = makeRepo(t)
    writeFileSync(
      repo.working,
      bent(({ orgs }) => {
        orgs.hollow.telemetry_repo = 7
        orgs.acme.telemetry_repo = 'evil/t'
        orgs.Globex.telemetry_repo = null
      }),
    )
    const { code, stdout } = await repo.run('check')
    t.equal(code, 1)
    t.equal(stdout.match(/bad_telemetry_repo/g)?.length, 2)
    t.match(stdout, /cross_org_telemetry/)
    for (const telemetry of ['acme/', 'acme/a/b']) {
      writeFileSync(
        repo.working,
        bent(({ orgs }) => Object.assign(orgs.acme, { telemetry_repo: telemetry })),
      )
      t.match(await repo.run('check'), { code: 1, stdout: /bad_telemetry_repo/ })
    }
  })

  t.test('D5: state, process and reason are judged, and unknown keys', async t => {
    const repo = makeRepo(t)
    writeFileSync(
      repo.working,
      bent(({ orgs }) => {
        orgs.acme.repos.app.state = 'ENABLED'
        orgs.acme.repos.live.process = 'By Hand'
        orgs.acme.repos.old.reason = 7
        orgs.acme.repos.retired.note = 'x'
        delete orgs.Globex.repos['x.y_z'].state
      }),
    )
    const { stdout } = await repo.run('check')
    for (const code of ['bad_value', 'bad_process', 'bad_reason', 'unknown_key', 'missing_key'])
      t.match(stdout, code)
  })

  t.test('D6: duplicate keys, CRLF, a byte-order mark and a second document are refused', async t => {
    const repo = makeRepo(t)
    const good = readFileSync(repo.working, 'utf8')
    const bad: Record<string, string> = {
      duplicate_key: good.replace('"orgs": {', '"orgs": {},\n  "orgs": {'),
      crlf: good.replaceAll('\n', '\r\n'),
      byte_order_mark: `\ufeff${good}`,
      trailing_text: `${good}${good}`,
    }
    for (const [code, text] of Object.entries(bad)) {
      writeFileSync(repo.working, text)
      t.match(await repo.run('check'), { code: 1, stdout: new RegExp(code) })
      await refused(t, repo, ['disable', 'acme/app', ...REASON], 1, new RegExp(code))
    }
  })

  t.test('D26: the default branch is protected, whatever its name', async t => {
    for (const branch of ['main', 'master', 'trunk', 'release/1']) {
      const origin = makeRepo(t)
      origin.git('branch', '--force', branch, 'HEAD')
      origin.git('symbolic-ref', 'HEAD', `refs/heads/${branch}`)
      const top = join(t.testdirName, 'clone')
      rmSync(top, { recursive: true, force: true })
      git(origin.top, 'clone', '--quiet', origin.top, top)
      const clone = repoAt(top)
      await refused(t, clone, ['disable', 'acme/app', ...REASON], 1, /GUARD_DEFAULT_BRANCH/)
      clone.git('switch', '--quiet', '--create', 'work')
      t.match(await clone.run('disable', 'acme/app', ...REASON), { code: 0 })
    }
  })

  t.test('D27: nothing is done on a detached HEAD', async t => {
    const repo = makeRepo(t)
    repo.git('switch', '--quiet', '--detach')
    await refused(t, repo, ['disable', 'acme/app', ...REASON], 1, /GUARD_DETACHED_HEAD/)
  })

  t.test('D28: foreign lines, and changes without one, do not pass against the base', async t => {
    const repo = makeRepo(t)
    writeFileSync(
      repo.working,
      bent(({ orgs }) => Object.assign(orgs.acme.repos.app, { state: 'disabled' })),
    )
    commitAll(repo.top, 'by hand')
    t.match(await repo.run('check', '--ref', 'HEAD', '--against', 'main'), {
      code: 1,
      stdout: /LOG_CHANGE_WITHOUT_LINE/,
    })
    t.match(await repo.run('check', '--ref', 'HEAD'), { code: 0 }, 'which nothing else can tell')
  })

  t.test(
    'D29: no line is made up afterwards for a change by hand, and nothing claims that there is one',
    async t => {
      const repo = makeRepo(t)
      writeFileSync(
        repo.working,
        bent(({ orgs }) => Object.assign(orgs.acme.repos.app, { state: 'disabled' })),
      )
      await refused(
        t,
        repo,
        ['enable', 'acme/old', ...REASON],
        1,
        /GUARD_PAIR_DISAGREES(?:.|\n)*LOG_CHANGE_WITHOUT_LINE/,
      )
    },
  )
})

function program(): string[] {
  return [new URL('../../src/bin/infra.ts', import.meta.url).pathname]
}

t.test('the registry home may be named, and lie deep in the repository', async t => {
  const repo = makeRepo(t)
  mkdirSync(join(repo.top, 'deep'))
  repo.git('mv', 'infra', 'deep/infra')
  commitAll(repo.top, 'moved')
  const home = homeAt(join(repo.top, 'deep'))
  const said = await infraHere(['disable', 'acme/app', ...REASON, '--home', home.path], { cwd: '/' })
  t.match(said, { code: 0, stdout: /deep\/infra\/telemetry-registry/ })
  t.match(await infraHere(['check', '--against', 'main'], { cwd: '/', env: { INFRA_HOME: home.path } }), {
    code: 1,
    stdout: /GATE_BASE_MISSING/,
  })
})

t.setTimeout(chaos ? 900_000 : 120_000)
