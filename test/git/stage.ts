// Staging: all paths or none, byte for byte, and back again.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { alteredByGit, readStaged, restoreStaged, stagePaths } from '../../src/git/stage.ts'
import { commitAll, git } from '../fixtures/home-world.ts'

function repository(t: Test): string {
  const top = t.testdir({ a: 'a', b: 'b', '.gitignore': 'ignored\n' })
  git(top, 'init', '--quiet')
  commitAll(top, 'begin')
  writeFileSync(join(top, 'a'), 'changed')
  for (const name of ['new', 'ignored', '*', 'odd\n']) writeFileSync(join(top, name), name)
  return top
}

const PATHS = ['a', 'new', 'ignored', '*']
const staged = (top: string) => git(top, 'ls-files', '--stage', '-z')

t.test('stages what it is told, ignored or not, and nothing that a pattern would match', async t => {
  const top = repository(t)
  writeFileSync(join(top, 'b'), 'not this')
  await stagePaths(top, PATHS)
  t.equal(git(top, 'diff', '--cached', '--name-only', '-z'), '*\0a\0ignored\0new\0')
  t.strictSame([...(await readStaged(top, ['*'])).keys()], ['*'])
})

t.test('or nothing at all', async t => {
  const top = repository(t)
  const before = staged(top)
  await t.rejects(stagePaths(top, [...PATHS, 'nowhere']), { code: 'GIT_FAILED' })
  t.equal(staged(top), before)
})

t.test('and puts back what was there', async t => {
  const top = repository(t)
  git(top, 'add', 'new')
  writeFileSync(join(top, 'new'), 'newer')
  const text = staged(top)
  const before = await readStaged(top, PATHS)
  await stagePaths(top, PATHS)
  t.not(staged(top), text)
  rmSync(join(top, 'ignored'))
  await restoreStaged(top, PATHS, before)
  t.equal(staged(top), text)
})

t.test('it goes in a repository of the other object format too', async t => {
  const top = t.testdir({ a: 'a', b: 'b' })
  git(top, 'init', '--quiet', '--object-format=sha256')
  await stagePaths(top, ['a', 'b'])
  await restoreStaged(top, ['a', 'b'], new Map())
  t.equal(staged(top), '')
  t.strictSame(await alteredByGit(top, ['a', 'b']), [])
})

t.test('alteredByGit tells of which git would store other bytes', async t => {
  const top = repository(t)
  t.strictSame(await alteredByGit(top, ['a', 'b']), [])
  writeFileSync(join(top, '.gitattributes'), 'a text eol=crlf\n')
  writeFileSync(join(top, 'a'), 'x\r\n')
  t.strictSame(await alteredByGit(top, ['a', 'b']), ['a'])
  await t.rejects(alteredByGit(top, ['odd\n']), RangeError)
})
