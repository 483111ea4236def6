// What lies between two commits, file by file: also what came and went, and never what a merge brought.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { changedFiles, listCommits, touchedFiles } from '../../src/git/commit-range.ts'
import { commitAll, git } from '../fixtures/home-world.ts'

t.test('a range', async t => {
  const top = t.testdir({ kept: 'kept', moved: 'a file that moves', gone: 'gone' })
  git(top, 'init', '--quiet')
  commitAll(top, 'begin')
  git(top, 'switch', '-q', '-c', 'work')
  t.strictSame(await changedFiles(top, 'main', 'HEAD'), [])
  t.strictSame(await touchedFiles(top, 'main', 'HEAD'), [])
  t.strictSame(await listCommits(top, 'main', 'HEAD'), [])

  writeFileSync(join(top, 'brief'), '')
  git(top, 'mv', 'moved', 'new\nname')
  commitAll(top, 'one')
  for (const name of ['brief', 'gone']) rmSync(join(top, name))
  writeFileSync(join(top, 'kept'), 'changed')
  commitAll(top, 'two')
  git(top, 'switch', '-q', 'main')
  writeFileSync(join(top, 'theirs'), '')
  commitAll(top, 'theirs')
  git(top, 'switch', '-q', 'work')
  git(top, 'merge', '-q', '-m', 'merge', 'main')

  const fork = git(top, 'merge-base', 'main^', 'work').trim()
  t.strictSame(
    (await changedFiles(top, fork, 'HEAD')).map(({ status, path }) => `${status} ${path}`),
    ['D gone', 'M kept', 'D moved', 'A new\nname', 'A theirs'],
  )
  t.strictSame(await touchedFiles(top, 'main', 'HEAD'), ['brief', 'gone', 'kept', 'moved', 'new\nname'])
  t.strictSame(
    (await listCommits(top, 'main', 'HEAD')).map(line => line.replace(/^\S+ /, '')),
    ['merge', 'two', 'one'],
  )
})
