// New commits beside the work tree: whole trees with some files put in, which nothing sees until a branch moves.

import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { changedFiles, listCommits, touchedFiles } from '../../src/git/commit-range.ts'
import { nameBlobs, readBlobs, writeCommit, writeTreeWith } from '../../src/git/objects.ts'
import { commitAll, git, treeOf, writeDeep } from '../fixtures/home-world.ts'

t.test('writeTreeWith puts files into a tree, and the rest stays', async t => {
  const top = t.testdir()
  git(top, 'init', '--quiet')
  writeDeep(join(top, 'a/b/one'), 'one')
  writeDeep(join(top, 'a/two'), 'two')
  writeFileSync(join(top, 'run'), 'run', { mode: 0o755 })
  commitAll(top, 'begin')
  const before = treeOf(top)
  const files = new Map([
    ['a/b/one', Buffer.from('ONE')],
    ['a/new/er', Buffer.from([0, 255, 10])],
    ['run', Buffer.from('RUN')],
    ['z\t"', Buffer.from('odd')],
  ])
  const tree = await writeTreeWith(top, 'HEAD', files)
  t.equal(git(top, 'cat-file', '-p', `${tree}:a/b/one`), 'ONE')
  t.equal(git(top, 'cat-file', '-p', `${tree}:a/two`), 'two')
  t.equal(git(top, 'cat-file', '-s', `${tree}:a/new/er`), '3\n')
  t.match(git(top, 'ls-tree', tree, 'run'), /^100755 /, 'a file keeps its mode')
  t.equal(git(top, 'ls-tree', '-r', '-z', '--name-only', tree), 'a/b/one\0a/new/er\0a/two\0run\0z\t"\0')
  git(top, 'fsck', '--strict')
  const after = [...treeOf(top)].filter(([path]) => !path.startsWith('.git/'))
  t.strictSame(
    after,
    [...before].filter(([path]) => !path.startsWith('.git/')),
    'the work tree is as it was',
  )

  t.test('writeCommit makes a commit that is on no branch', async t => {
    git(top, 'config', 'user.name', 'A Tester')
    git(top, 'config', 'user.email', 'tester@example.org')
    const refs = git(top, 'for-each-ref')
    const head = git(top, 'rev-parse', 'HEAD').trim()
    const commit = await writeCommit(top, tree, [head], "a message: $(id) 'x'\n")
    t.equal(git(top, 'log', '-1', '--format=%P %s', commit), `${head} a message: $(id) 'x'\n`)
    t.equal(git(top, 'for-each-ref'), refs)
    t.strictSame(await changedFiles(top, head, commit), [
      { status: 'M', path: 'a/b/one' },
      { status: 'A', path: 'a/new/er' },
      { status: 'M', path: 'run' },
      { status: 'A', path: 'z\t"' },
    ])
    t.strictSame(await touchedFiles(top, head, commit), ['a/b/one', 'a/new/er', 'run', 'z\t"'])
    t.match(await listCommits(top, head, commit), [/^[0-9a-f]+ a message: \$\(id\) 'x'$/])
  })
})

t.test('nameBlobs finds and readBlobs reads several files at once, as their bytes are', async t => {
  const top = t.testdir()
  git(top, 'init', '--quiet')
  const bytes = Buffer.from([0, 255, 10, 10, 13])
  writeDeep(join(top, 'a/one'), 'one\n')
  writeFileSync(join(top, 'bytes'), bytes)
  writeFileSync(join(top, 'empty'), '')
  symlinkSync('bytes', join(top, 'link'))
  commitAll(top, 'begin')
  const paths = ['bytes', 'none', 'a/one', 'a', 'link', 'empty']
  const names = await nameBlobs(top, 'HEAD', paths)
  t.equal(names[0], git(top, 'rev-parse', 'HEAD:bytes').trim(), 'the names are those of git')
  t.strictSame(await readBlobs(top, names), [bytes, null, Buffer.from('one\n'), null, null, Buffer.alloc(0)])
  t.strictSame(await readBlobs(top, [null]), [null])
  t.strictSame(await readBlobs(top, ['HEAD:none', 'HEAD:bytes', 'HEAD~9:bytes']), [null, bytes, null])
  await t.rejects(nameBlobs(top, 'nowhere', ['a/one']), { code: 'GIT_FAILED' })
})
