// What git knows of a place; and where it knows nothing, null, which is not "clean".

import {
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { describeTree, fileHistory, findTop, isShallow, listTracked } from '../../src/git/tree.ts'
import { commitAll, git, makeHome } from '../fixtures/home-world.ts'

/** A folder that no repository holds: the test folders lie in one. */
const OUTSIDE = '/'

t.test('findTop', async t => {
  const { top, path } = makeHome(t, { git: true })
  t.equal(await findTop(top), top)
  t.equal(await findTop(join(path, 'registry')), top, 'from a sub-folder')
  t.equal(await findTop(OUTSIDE), null)
  t.equal(await findTop(join(top, 'nowhere')), null)
  t.test('keeps a name that ends in blanks', async t => {
    const odd = join(t.testdir(), 'a \t')
    mkdirSync(odd)
    git(odd, 'init', '--quiet')
    t.equal((await findTop(odd))?.endsWith('/a \t'), true)
  })
  t.test('does not hide a fault of this program', async t => {
    await t.rejects(findTop(1 as unknown as string), TypeError)
  })
})

t.test('describeTree', async t => {
  const { top, path, working } = makeHome(t, { git: true })
  const head = git(top, 'rev-parse', 'HEAD').trim()
  t.test('a committed tree is clean', async t => {
    t.strictSame(await describeTree(path, []), { git_commit: head, working_tree_state: 'clean' })
  })
  t.test('a new file makes it dirty, wherever it is asked from', async t => {
    writeFileSync(join(top, 'new'), '')
    t.match(await describeTree(path, []), { working_tree_state: 'dirty' })
    rmSync(join(top, 'new'))
    t.match(await describeTree(path, []), { working_tree_state: 'clean' })
  })
  t.test('but not where it is to be left out', async t => {
    mkdirSync(join(path, 'r*ns'), { recursive: true })
    writeFileSync(join(path, 'r*ns/file'), '')
    t.match(await describeTree(path, ['infra/r*ns']), { working_tree_state: 'clean' })
    mkdirSync(join(path, 'rans'))
    writeFileSync(join(path, 'rans/file'), '')
    t.match(await describeTree(path, ['infra/r*ns']), { working_tree_state: 'dirty' }, 'a name is no pattern')
    rmSync(join(path, 'r*ns'), { recursive: true })
    rmSync(join(path, 'rans'), { recursive: true })
  })
  t.test('asking does not write, be it the index', async t => {
    const index = join(top, '.git/index')
    const before = readFileSync(index)
    utimesSync(working, new Date(1e12), new Date(1e12))
    t.match(await describeTree(path, []), { working_tree_state: 'clean' })
    t.strictSame(readFileSync(index), before)
  })
  t.test('without a commit there is a state and no commit', async t => {
    const empty = t.testdir()
    git(empty, 'init', '--quiet')
    t.strictSame(await describeTree(empty, []), { git_commit: null, working_tree_state: 'clean' })
  })
  t.test('outside a repository nothing is known', async t => {
    t.strictSame(await describeTree(OUTSIDE, []), { git_commit: null, working_tree_state: null })
  })
})

t.test('fileHistory', async t => {
  const { top } = makeHome(t, { git: true })
  const path = 'a [file]*.json'
  for (const [index, text] of ['one', 'two', null, 'three'].entries()) {
    if (text === null) rmSync(join(top, path))
    else writeFileSync(join(top, path), text)
    commitAll(top, `change ${index}`)
    writeFileSync(join(top, 'unrelated'), `${index}`)
    writeFileSync(join(top, `a f${index}.json`), '')
    commitAll(top, 'unrelated')
  }
  t.test('is the versions of the file, newest first', async t => {
    const versions = await fileHistory(top, path, 10)
    t.strictSame(
      versions.map(({ content }) => content?.toString() ?? null),
      ['three', null, 'two', 'one'],
    )
    t.match(versions[0], { author: 'A Tester', commit: /^[0-9a-f]{40}$/, committedAt: /^\d{4}-\d\d-\d\dT/ })
  })
  t.test('is cut at the limit', async t => t.equal((await fileHistory(top, path, 2)).length, 2))
  t.test('is empty where nothing is committed', async t => {
    t.strictSame(await fileHistory(top, 'nothing', 5), [])
    const empty = t.testdir()
    git(empty, 'init', '--quiet')
    t.strictSame(await fileHistory(empty, path, 5), [])
    t.strictSame(await fileHistory(OUTSIDE, path, 5), [])
  })
  t.test('holds the bytes, not their text', async t => {
    const odd = Buffer.from([0xff, 0x00, 0x0d, 0x0a])
    writeFileSync(join(top, 'odd.bin'), odd)
    commitAll(top, 'odd')
    t.strictSame((await fileHistory(top, 'odd.bin', 1))[0]?.content, odd)
  })
  t.test('knows a link for what git keeps of it', async t => {
    symlinkSync('target', join(top, 'link'))
    commitAll(top, 'link')
    t.equal((await fileHistory(top, 'link', 1))[0]?.content?.toString(), 'target')
  })
})

t.test('the tracked files are listed as bytes', async t => {
  const top = realpathSync(t.testdir({ a: '1', sub: { b: '2' }, skip: { c: '3' }, 'new': '' }))
  git(top, 'init', '--quiet')
  writeFileSync(Buffer.concat([Buffer.from(`${top}/`), Buffer.of(0xff, 0x0a)]), '')
  git(top, 'add', '--all')
  git(top, 'rm', '--quiet', '--cached', 'new')
  const named = (await listTracked(top, ['skip']))?.map(path => path.toString('latin1')).sort()
  t.strictSame(named, ['a', 'sub/b', '\xff\n'], 'whatever their names are, without what is left out')
  t.equal(await listTracked(OUTSIDE, []), null, 'outside a repository nothing is known')
})

t.test('isShallow', async t => {
  const { top } = makeHome(t, { git: true })
  writeFileSync(join(top, 'x'), 'x')
  commitAll(top, 'more')
  t.equal(await isShallow(top), false)
  const copy = join(top, 'copy')
  git('/', 'clone', '--quiet', '--depth', '1', `file://${top}`, copy)
  t.equal(await isShallow(copy), true)
})
