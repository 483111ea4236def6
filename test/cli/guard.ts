// Where the registry may not be changed: each reason has its code, nothing is touched, and nothing is asked of a network.

import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { GUARD_CODES } from '../../src/cli/guard-error.ts'
import { commitAll, git, infra, treeOf } from '../fixtures/home-world.ts'
import { logChange, makeRepo, REASON, type Repo } from '../fixtures/repo-world.ts'

const met = new Set<string>()

/** Sees `disable acme/app` refused with `code`, for good and as a dry run, and the whole tree unchanged. */
async function refused(t: Test, repo: Repo, code: string, exit = 1): Promise<void> {
  met.add(code)
  const before = repo.tree()
  for (const more of [[], ['--dry-run']]) {
    const said = await repo.run('disable', 'acme/app', ...REASON, ...more)
    t.match(said, { code: exit, stdout: '', stderr: new RegExp(`^infra: ${code} `) })
  }
  t.strictSame(repo.tree(), before, 'not a byte has changed')
}

async function accepted(t: Test, repo: Repo): Promise<void> {
  t.match(await repo.run('disable', 'acme/app', ...REASON), { code: 0, stderr: '' })
}

t.test('outside a repository', async t => {
  // Outside this one too.
  const top = join(tmpdir(), `infra-guard-${process.pid}`)
  t.teardown(() => rmSync(top, { recursive: true, force: true }))
  mkdirSync(join(top, 'infra/changelog'), { recursive: true })
  const repo = makeRepo(t)
  for (const file of ['telemetry-registry.v2.json', 'changelog/infra-changelog.jsonl']) {
    writeFileSync(join(top, 'infra', file), readFileSync(join(repo.path, file)))
  }
  const before = treeOf(top)
  met.add('GUARD_NO_REPOSITORY')
  t.match(infra(['disable', 'acme/app', ...REASON], { cwd: top }), { code: 1, stderr: /GUARD_NO_REPOSITORY/ })
  t.strictSame(treeOf(top), before)
  t.match(infra(['check'], { cwd: top }), { code: 0 }, 'reading needs none')
  t.match(infra(['show', 'acme/app'], { cwd: top }), { code: 0 })
  t.match(infra(['check', '--against', 'main'], { cwd: top }), { code: 1, stdout: /GATE_NO_REPOSITORY/ })
  t.match(infra(['diff'], { cwd: top }), { code: 1, stderr: /SOURCE_NO_REPOSITORY/ })
})

t.test('the default branch', async t => {
  t.test('is main or master where nothing says', async t => {
    for (const branch of ['main', 'master']) {
      const repo = makeRepo(t)
      repo.git('branch', '--force', branch, 'work')
      repo.git('symbolic-ref', 'HEAD', `refs/heads/${branch}`)
      await refused(t, repo, 'GUARD_DEFAULT_BRANCH')
    }
  })
  t.test('is also what git is set to begin with', async t => {
    const repo = makeRepo(t)
    repo.git('switch', '--quiet', '--create', 'stable')
    await accepted(t, repo)
    repo.git('config', 'init.defaultBranch', 'stable')
    await refused(t, repo, 'GUARD_DEFAULT_BRANCH')
  })
  t.test('is what a remote says, though a tag has the name of its HEAD', async t => {
    const repo = makeRepo(t)
    repo.git('update-ref', 'refs/remotes/origin/work', 'HEAD')
    repo.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/work')
    repo.git('tag', 'refs/remotes/origin/HEAD')
    await refused(t, repo, 'GUARD_DEFAULT_BRANCH')
  })
  t.test('is what a remote says, of any name, and then no other', async t => {
    const repo = makeRepo(t)
    repo.git('update-ref', 'refs/remotes/upstream/line/2', 'HEAD')
    repo.git('symbolic-ref', 'refs/remotes/upstream/HEAD', 'refs/remotes/upstream/line/2')
    await accepted(t, repo)
    commitAll(repo.top, 'a change')
    repo.git('switch', '--quiet', '--create', 'line/2')
    await refused(t, repo, 'GUARD_DEFAULT_BRANCH')
  })
})

t.test('a detached HEAD', async t => {
  const repo = makeRepo(t)
  repo.git('switch', '--quiet', '--detach')
  await refused(t, repo, 'GUARD_DETACHED_HEAD')
})

t.test('a branch without a commit, and a registry that is not committed', async t => {
  const repo = makeRepo(t)
  repo.git('switch', '--quiet', '--orphan', 'empty')
  writeFileSync(join(repo.top, '.gitignore'), '*\n')
  mkdirSync(join(repo.path, 'changelog'), { recursive: true })
  writeFileSync(repo.working, '{}\n')
  await refused(t, repo, 'GUARD_NO_COMMIT')
  repo.git('commit', '--quiet', '--allow-empty', '--message', 'nothing')
  await refused(t, repo, 'GUARD_NOT_COMMITTED')
})

t.test('something in progress', async t => {
  const conflict = (repo: Repo): void => {
    writeFileSync(join(repo.top, 'README.md'), 'One side.\n')
    commitAll(repo.top, 'one side')
    repo.git('switch', '--quiet', '--create', 'side', 'main')
    writeFileSync(join(repo.top, 'README.md'), 'The other.\n')
    commitAll(repo.top, 'the other')
  }
  const acts: Record<string, string[]> = {
    merge: ['merge', 'work'],
    'cherry-pick': ['cherry-pick', 'work'],
    rebase: ['rebase', 'work'],
  }
  for (const [what, words] of Object.entries(acts)) {
    const repo = makeRepo(t)
    conflict(repo)
    t.throws(() => git(repo.top, ...words), `${what} stops`)
    await refused(t, repo, 'GUARD_IN_PROGRESS')
  }
  const repo = makeRepo(t)
  conflict(repo)
  writeFileSync(join(repo.top, 'README.md'), 'Neither.\n')
  repo.git('stash', '--quiet')
  repo.git('switch', '--quiet', 'work')
  t.throws(() => git(repo.top, 'stash', 'pop'))
  await refused(t, repo, 'GUARD_UNMERGED')
  repo.git('reset', '--quiet', '--hard')
  repo.git('bisect', 'start')
  await refused(t, repo, 'GUARD_IN_PROGRESS')
})

t.test('another git at work', async t => {
  const repo = makeRepo(t)
  writeFileSync(join(repo.top, '.git/index.lock'), '')
  await refused(t, repo, 'GUARD_INDEX_LOCKED', 4)
})

t.test('a tree that holds something else', async t => {
  t.test('staged', async t => {
    for (const path of ['README.md', 'infra/telemetry-registry.v2.json']) {
      const repo = makeRepo(t)
      repo.git('rm', '--quiet', '--cached', path)
      await refused(t, repo, 'GUARD_STAGED')
    }
  })
  t.test('changed, deleted or of another kind', async t => {
    const repo = makeRepo(t)
    const file = join(repo.top, 'README.md')
    writeFileSync(file, 'Changed.\n')
    await refused(t, repo, 'GUARD_DIRTY')
    rmSync(file)
    await refused(t, repo, 'GUARD_DIRTY')
    symlinkSync('.gitignore', file)
    await refused(t, repo, 'GUARD_DIRTY')
  })
  t.test('untracked, however git is set to show it', async t => {
    const repo = makeRepo(t)
    mkdirSync(join(repo.top, 'sub'))
    writeFileSync(join(repo.top, 'sub/a\nb'), '')
    repo.git('config', 'status.showUntrackedFiles', 'no')
    await refused(t, repo, 'GUARD_UNTRACKED')
  })
  t.test('but what is ignored may lie there, and what an interrupted change staged', async t => {
    const repo = makeRepo(t)
    writeFileSync(join(repo.top, '.gitignore'), 'ignored\n')
    commitAll(repo.top, 'ignore')
    writeFileSync(join(repo.top, 'ignored'), '')
    mkdirSync(join(repo.path, '.codex/STAGING'), { recursive: true })
    writeFileSync(join(repo.path, '.codex/STAGING/left'), '')
    await accepted(t, repo)
  })
})

t.test('registry and changelog', async t => {
  t.test('are committed as files, or not at all', async t => {
    const repo = makeRepo(t)
    const registry = readFileSync(repo.working)
    rmSync(repo.working)
    symlinkSync('elsewhere', repo.working)
    commitAll(repo.top, 'a link')
    rmSync(repo.working)
    writeFileSync(repo.working, registry)
    await refused(t, repo, 'GUARD_NOT_COMMITTED')
  })
  t.test('are committed where they lie, whatever the home is called', async t => {
    const repo = makeRepo(t)
    repo.git('mv', 'infra', 'real')
    commitAll(repo.top, 'move it')
    symlinkSync('real', repo.path)
    commitAll(repo.top, 'link to it')
    await accepted(t, repo)
    t.match(repo.git('status', '--short'), /^ M real\/changelog\/.*\n M real\/telemetry-registry/)
  })
  t.test('may have changed together', async t => {
    const repo = makeRepo(t)
    writeFileSync(repo.working, logChange(repo, {}))
    await accepted(t, repo)
    t.equal(repo.lines().length, 2)
  })
  t.test('may not have changed one without the other', async t => {
    const repo = makeRepo(t)
    const after = logChange(repo, { action: 'enable', repo: 'old' })
    const log = readFileSync(repo.changelog)
    writeFileSync(repo.working, after)
    writeFileSync(repo.changelog, '')
    await refused(t, repo, 'GUARD_PAIR_DISAGREES')
    writeFileSync(repo.changelog, log)
    commitAll(repo.top, 'a change')
    writeFileSync(repo.changelog, String(log).replace('because', 'since'))
    await refused(t, repo, 'GUARD_PAIR_DISAGREES')
    writeFileSync(repo.changelog, '')
    await refused(t, repo, 'GUARD_PAIR_DISAGREES')
  })
  t.test('where a change was interrupted are mended with the next', async t => {
    const repo = makeRepo(t)
    logChange(repo, {})
    const said = await repo.run('disable', 'acme/app', ...REASON)
    t.match(said, { code: 0, stdout: /mended/ })
    t.strictSame(
      repo.lines().map(({ action }) => action),
      ['disable'],
    )
  })
  t.test('may not end their lines in CRLF', async t => {
    const repo = makeRepo(t)
    writeFileSync(repo.working, readFileSync(repo.working, 'utf8').replaceAll('\n', '\r\n'))
    const before = repo.tree()
    t.match(await repo.run('disable', 'acme/app', ...REASON), { code: 1, stderr: /line endings changed/ })
    t.strictSame(repo.tree(), before)
    repo.git('checkout', '--', '.')
    writeFileSync(repo.working, logChange(repo, {}))
    commitAll(repo.top, 'a change')
    writeFileSync(repo.changelog, readFileSync(repo.changelog, 'utf8').replaceAll('\n', '\r\n'))
    const crlf = repo.tree()
    t.match(await repo.run('disable', 'acme/app', ...REASON), { code: 1, stderr: /LOG_CRLF|LOG_DISAGREES/ })
    t.strictSame(repo.tree(), crlf)
  })
})

t.test('a second work tree and a sub-folder are places like the first', async t => {
  const repo = makeRepo(t)
  const top = `${repo.top}.other`
  t.teardown(() => rmSync(top, { recursive: true, force: true }))
  repo.git('worktree', 'add', '--quiet', '-b', 'other', top)
  mkdirSync(join(top, 'a'))
  t.match(infra(['disable', 'acme/app', ...REASON], { cwd: join(top, 'a') }), { code: 0 })
  t.equal(git(repo.top, 'status', '--porcelain'), '', 'the first one has not changed')
})

t.test('every code was met', async t => {
  t.strictSame([...met].sort(), [...GUARD_CODES].sort())
})
