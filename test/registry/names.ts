// Names: what GitHub allows, in ASCII only, and how two of them compare.

import t from 'tap'
import {
  foldName,
  foldQuery,
  isOwnerName,
  isRepoName,
  MAX_NAME_LENGTH,
  parseFullName,
} from '../../src/registry/names.ts'
import { prototypeNames } from '../fixtures/registry-world.ts'

const a = (length: number): string => 'a'.repeat(length)

t.test('an owner', async t => {
  for (const name of [
    'a',
    '0',
    'A-b',
    'a-',
    'a--b',
    a(39),
    `${a(39)}_b`,
    `${a(39)}_${a(60)}`,
    'constructor',
  ]) {
    t.ok(isOwnerName(name), name)
  }
  const others = [
    '',
    '-a',
    '_a',
    'a_',
    'a_b_c',
    'a_b-c',
    'a.b',
    'a b',
    'a/b',
    'a\n',
    '\na',
    'a\0',
    a(40),
    '__proto__',
  ]
  for (const name of [...others, `${a(40)}_b`, `${a(39)}_${a(61)}`])
    t.notOk(isOwnerName(name), JSON.stringify(name))
})

t.test('a repository', async t => {
  for (const name of [
    'a',
    '0',
    '-',
    '_',
    '...',
    '.a',
    'a.',
    '.git.a',
    'git',
    'a.gitx',
    a(100),
    ...prototypeNames,
  ]) {
    t.ok(isRepoName(name), name)
  }
  const others = [
    '',
    '.',
    '..',
    '.git',
    'a.git',
    'a.GIT',
    'a.gIt',
    'a b',
    'a/b',
    'a\\b',
    'a\n',
    'a.git\n',
    a(101),
  ]
  for (const name of others) t.notOk(isRepoName(name), JSON.stringify(name))
})

t.test('no character beyond ASCII, at any place of a name', async t => {
  const through = new Set<number>()
  for (let point = 0; point <= 0x10ffff; point++) {
    const odd = String.fromCodePoint(point)
    const owner = isOwnerName(`${odd}cme`) || isOwnerName(`ac${odd}e`) || isOwnerName(`acme${odd}`)
    const repo = isRepoName(`${odd}pp`) || isRepoName(`a${odd}p`) || isRepoName(`ap${odd}`)
    if (owner || repo || isOwnerName(`acme_${odd}`)) through.add(point)
  }
  const letters = Array.from('-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz')
  t.strictSame(
    [...through],
    letters.map(letter => letter.codePointAt(0)).sort((x, y) => x! - y!),
  )
})

t.test('the worst of hostile names takes no time', async t => {
  const hostile = ['-', '_', '.', 'a_', '.git', 'a-'].map(part => part.repeat(50_000))
  const start = performance.now()
  for (const name of hostile)
    t.notOk(isOwnerName(name) || isRepoName(name) || parseFullName(`${name}/${name}`))
  for (let i = 0; i < 10_000; i++) isOwnerName(`${a(39)}_${a(59)}!`)
  t.ok(performance.now() - start < 3000)
  t.equal(MAX_NAME_LENGTH, 100)
})

t.test('a name is folded for comparison', async t => {
  t.equal(foldName('AcMe_X.Y-0'), 'acme_x.y-0')
  t.equal(foldQuery('AcMe_X.Y/0'), 'acme_x.y/0')
  t.equal(foldQuery('\u212a\u0130'), '\u212a\u0130', 'beyond ASCII nothing is')
})

t.test('a full name has two parts', async t => {
  t.strictSame(parseFullName('Acme/app.x'), { org: 'Acme', repo: 'app.x' })
  for (const text of [
    '',
    'abc',
    '/',
    'a',
    'a/',
    '/b',
    'a/b/c',
    'a//b',
    'a/..',
    'a /b',
    'a/b\n',
    '_/b',
    '\u212a/b',
  ]) {
    t.equal(parseFullName(text), undefined, JSON.stringify(text))
  }
})
