// Branches as they are known here: the default one by what the remote said, and how far apart two are.

import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  branchNames,
  countApart,
  currentBranch,
  defaultBranch,
  gitPaths,
  isBranchName,
  mergeBase,
  remoteDefaults,
  remoteOf,
  resolveCommit,
  upstreamOf,
} from '../../src/git/branch.ts'
import { findRepository } from '../../src/git/tree.ts'
import { git } from '../fixtures/home-world.ts'

function repository(t: Test, branch = 'main'): string {
  const top = t.testdir()
  git(top, 'init', '--quiet', '--initial-branch', branch)
  commit(top, 'first')
  return top
}

const commit = (top: string, message: string) => git(top, 'commit', '--quiet', '--allow-empty', '-m', message)
const id = (top: string, name = 'HEAD') => git(top, 'rev-parse', name).trim()

t.test('currentBranch', async t => {
  const top = repository(t)
  t.equal(await currentBranch(top), 'main')
  git(top, 'switch', '-q', '--detach')
  t.equal(await currentBranch(top), null)
})

t.test('resolveCommit takes no option for a name', async t => {
  const top = repository(t)
  t.equal(await resolveCommit(top, 'main'), id(top))
  for (const name of ['nothing', '--all', '-h', '']) t.equal(await resolveCommit(top, name), null, name)
})

t.test('remoteDefaults are what each remote says, wherever there is a slash in a name', async t => {
  const top = repository(t)
  const known = async () => (await remoteDefaults((await findRepository(top))!)).toSorted()
  const remote = (name: string, branch: string): void => {
    git(top, 'update-ref', `refs/remotes/${name}/${branch}`, 'HEAD')
    git(top, 'symbolic-ref', `refs/remotes/${name}/HEAD`, `refs/remotes/${name}/${branch}`)
  }
  t.strictSame(await known(), [])
  git(top, 'update-ref', 'refs/remotes/plain/HEAD', 'HEAD')
  t.strictSame(await known(), [], 'a HEAD that stands for no branch says nothing')
  git(top, 'symbolic-ref', 'refs/remotes/gone/HEAD', 'refs/remotes/gone/main')
  t.strictSame(await known(), [], 'nor does one whose branch is not there')
  remote('origin', 'live')
  remote('up', 'main')
  t.strictSame(await known(), ['live', 'main'])
  git(top, 'tag', 'refs/remotes/up/HEAD')
  t.strictSame(await known(), ['live', 'main'], 'though a tag has the name of a HEAD')
  git(top, 'symbolic-ref', 'refs/remotes/other/HEAD', 'refs/remotes/up/main')
  t.strictSame(await known(), ['live', 'main', 'main'], 'one may stand for a branch of another remote')
  remote('odd', 'b/HEAD')
  t.strictSame(await known(), ['b/HEAD', 'live', 'main', 'main'])
  remote('fork', 'line/2')
  remote('team/one', 'trunk')
  t.strictSame(await known(), ['b/HEAD', 'line/2', 'live', 'main', 'main', 'trunk'])
  git(top, 'symbolic-ref', 'refs/remotes/other/HEAD', 'refs/remotes/fork/line/2')
  t.strictSame(await known(), ['b/HEAD', 'line/2', 'line/2', 'live', 'main', 'trunk'])
})

t.test('defaultBranch', async t => {
  t.test('is what the remote says', async t => {
    const top = repository(t)
    git(top, 'remote', 'add', 'up', 'nowhere')
    git(top, 'update-ref', 'refs/remotes/up/a/live', 'HEAD')
    git(top, 'symbolic-ref', 'refs/remotes/up/HEAD', 'refs/remotes/up/a/live')
    t.equal(await defaultBranch(top), 'a/live')
    git(top, 'remote', 'add', 'second', 'nowhere')
    t.equal(await defaultBranch(top), 'main', 'of two remotes, none of which is origin, none is asked')
  })
  t.test('or what is configured, or a usual name', async t => {
    for (const name of ['main', 'master', 'trunk']) t.equal(await defaultBranch(repository(t, name)), name)
    const top = repository(t, 'develop')
    t.equal(await defaultBranch(top), null)
    git(top, 'config', 'init.defaultBranch', 'develop')
    t.equal(await defaultBranch(top), 'develop')
  })
})

t.test('remoteOf', async t => {
  const top = repository(t)
  t.equal(await remoteOf(top), null)
  git(top, 'remote', 'add', 'a', 'nowhere')
  t.equal(await remoteOf(top), 'a')
  git(top, 'remote', 'add', 'origin', 'nowhere')
  t.equal(await remoteOf(top), 'origin')
})

t.test('upstreamOf', async t => {
  const top = repository(t)
  t.equal(await upstreamOf(top, 'main'), null)
  git(top, 'remote', 'add', 'origin', 'nowhere')
  git(top, 'config', 'branch.main.remote', 'origin')
  git(top, 'config', 'branch.main.merge', 'refs/heads/there')
  git(top, 'update-ref', 'refs/remotes/origin/there', 'HEAD')
  t.strictSame(await upstreamOf(top, 'main'), {
    remote: 'origin',
    branch: 'there',
    ref: 'refs/remotes/origin/there',
  })
})

t.test('countApart and mergeBase', async t => {
  const top = repository(t)
  const fork = id(top)
  git(top, 'branch', 'other')
  commit(top, 'a')
  commit(top, 'b')
  git(top, 'switch', '-q', 'other')
  commit(top, 'c')
  t.strictSame(await countApart(top, 'main', 'other'), [2, 1])
  t.equal(await mergeBase(top, 'main', 'other'), fork)
  git(top, 'switch', '-q', '--orphan', 'alien')
  commit(top, 'x')
  t.equal(await mergeBase(top, 'main', 'alien'), null)
})

t.test('isBranchName', async t => {
  const top = repository(t)
  for (const name of ['a', 'infra/one', 'ä', "it's"]) t.ok(await isBranchName(top, name), name)
  for (const name of ['', '-a', 'a b', 'a..b', '@{-1}', 'a.lock', '/a', 'a/', '@{u}']) {
    t.notOk(await isBranchName(top, name), name)
  }
})

t.test('branchNames are those here and there', async t => {
  const top = repository(t)
  git(top, 'branch', 'a/b')
  git(top, 'update-ref', 'refs/remotes/origin/c/d', 'HEAD')
  t.strictSame(await branchNames(top), ['a/b', 'main', 'c/d'])
})

t.test('gitPaths, of a linked work tree too', async t => {
  const top = repository(t)
  t.strictSame(await gitPaths(top, ['MERGE_HEAD', 'index.lock']), [
    join(top, '.git/MERGE_HEAD'),
    join(top, '.git/index.lock'),
  ])
  git(top, 'worktree', 'add', '--quiet', 'linked')
  t.match(await gitPaths(join(top, 'linked'), ['index.lock']), [/\.git\/worktrees\/linked\/index\.lock$/])
})

t.test('a git that is not there is no answer', async t => {
  await t.rejects(currentBranch(join(t.testdir(), 'nowhere')), { code: 'GIT_MISSING' })
})
