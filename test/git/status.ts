// The state of a work tree: every path that is not as committed, under its own name, and nothing written by asking.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readStatus, readTreeStatus } from '../../src/git/status.ts'
import { commitAll, git, treeOf, writeDeep } from '../fixtures/home-world.ts'

t.test('readStatus', async t => {
  const top = t.testdir({ a: 'a', b: 'b', c: 'c', moved: 'a file that moves' })
  git(top, 'init', '--quiet')
  commitAll(top, 'begin')
  t.strictSame(await readStatus(top), [])
  writeFileSync(join(top, 'a'), 'changed')
  writeFileSync(join(top, 'b'), 'staged')
  git(top, 'add', 'b')
  writeFileSync(join(top, 'b'), 'and changed')
  rmSync(join(top, 'c'))
  git(top, 'mv', 'moved', 'to')
  writeDeep(join(top, 'new/x -> y'), '')
  writeDeep(join(top, 'new/"\n'), '')
  git(top, 'config', 'status.showUntrackedFiles', 'no')
  git(top, 'config', 'status.renames', 'true')
  const before = treeOf(top)
  t.strictSame(
    (await readStatus(top)).map(({ index, tree, path }) => `${index}${tree} ${path}`),
    [' M a', 'MM b', ' D c', 'D  moved', 'A  to', '?? new/"\n', '?? new/x -> y'],
  )
  t.strictSame(treeOf(top), before)
})

t.test('readTreeStatus says branch and commit, each of which there may be none of', async t => {
  const top = t.testdir({ a: 'a' })
  git(top, 'init', '--quiet', '--initial-branch', 'one')
  t.match(await readTreeStatus(top), { branch: 'one', commit: null, changes: [{ path: 'a', index: '?' }] })
  commitAll(top, 'begin')
  const commit = git(top, 'rev-parse', 'HEAD').trim()
  t.strictSame(await readTreeStatus(top), { branch: 'one', commit, changes: [] })
  git(top, 'switch', '--quiet', '--detach')
  t.strictSame(await readTreeStatus(top), { branch: null, commit, changes: [] })
})

t.test('two sides of a merge have the letters of both', async t => {
  const top = t.testdir({ 'a b': 'a' })
  git(top, 'init', '--quiet', '--initial-branch', 'one')
  commitAll(top, 'begin')
  git(top, 'branch', 'two')
  writeFileSync(join(top, 'a b'), 'here')
  commitAll(top, 'here')
  git(top, 'switch', '--quiet', 'two')
  writeFileSync(join(top, 'a b'), 'there')
  commitAll(top, 'there')
  t.throws(() => git(top, 'merge', '--quiet', 'one'))
  t.strictSame((await readTreeStatus(top)).changes, [{ index: 'U', tree: 'U', path: 'a b' }])
})
