// Which home a command works on, and what git says of the tree around it.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { describeHome, findHome, findHomeRepository, placeInTree } from '../../src/cli/home.ts'
import type { Io } from '../../src/cli/report.ts'
import { git, infra, initRepository, makeHome, seal, writeEntries } from '../fixtures/home-world.ts'

const ioAt = (cwd: string, env: Io['env'] = {}): Io => ({
  out: () => {},
  err: () => {},
  env,
  cwd,
  now: () => new Date(0),
})

t.test('the home', async t => {
  const { top, path } = makeHome(t, { git: true })
  t.test('is infra/ of the repository, from any sub-folder', async t => {
    for (const cwd of [top, path, join(path, 'registry')]) t.equal(await findHome(ioAt(cwd), undefined), path)
  })
  t.test('is what the option says, before what the environment says', async t => {
    mkdirSync(join(top, 'other'))
    t.equal(await findHome(ioAt(top, { INFRA_HOME: 'infra' }), 'other'), join(top, 'other'))
    t.equal(await findHome(ioAt(top, { INFRA_HOME: 'other' }), undefined), join(top, 'other'))
    t.equal(await findHome(ioAt('/', { INFRA_HOME: path }), undefined), path)
    t.equal(await findHome(ioAt(join(top, 'other')), '../infra'), path)
  })
  t.test('is not named by an empty variable', async t => {
    t.equal(await findHome(ioAt(top, { INFRA_HOME: '' }), undefined), path)
  })
  t.test('is not guessed where a variable is misspelled, unless it is named', async t => {
    const env = { INFRA_HOEM: path }
    await t.rejects(findHome(ioAt(top, env), undefined), { code: 'HOME_UNKNOWN_VARIABLE', kind: 'usage' })
    t.equal(await findHome(ioAt(top, env), 'infra'), path)
  })
  t.test('is infra/ of the working directory outside a repository', async t => {
    await t.rejects(findHome(ioAt('/'), undefined), {
      code: 'HOME_MISSING',
      message: '/infra: no such folder',
    })
  })
  t.test('is a folder, or missing', async t => {
    writeFileSync(join(top, 'file'), '')
    for (const name of ['nowhere', 'file', 'file/below'])
      await t.rejects(findHome(ioAt(top), name), { code: 'HOME_MISSING' }, name)
  })
})

t.test('the repository of the home', async t => {
  const { top, path } = makeHome(t, { git: true })
  const files = ['telemetry-registry.v2.json', 'changelog/infra-changelog.jsonl']
  const atHead = files.map(file => git(top, 'rev-parse', `HEAD:infra/${file}`).trim())
  t.test('is the one that was found on the way', async t => {
    for (const cwd of [top, join(path, 'changelog')]) {
      const place = await findHomeRepository(ioAt(cwd), undefined, files)
      t.match(place, { home: path, repository: { top, atHead } })
    }
  })
  t.test('is that of a named home, wherever one stands', async t => {
    const { repository } = await findHomeRepository(ioAt('/'), path, files)
    t.match(repository, { gitFolder: join(top, '.git'), atHead })
  })
  t.test('is told of as well where HEAD has not all of the files', async t => {
    const { repository } = await findHomeRepository(ioAt(top), undefined, [...files, 'none'])
    t.match(repository, { top, atHead: null })
  })
  t.test('is the home itself where that is a work tree of its own', async t => {
    const inner = makeHome(t, { git: true })
    initRepository(inner.path)
    t.match(await findHomeRepository(ioAt(inner.top), undefined, []), { repository: { top: inner.path } })
  })
  t.test('is none outside one', async t => {
    t.match(await findHomeRepository(ioAt('/'), '/', files), { repository: null })
  })
})

t.test('without git, what only reads goes on and what writes says so', async t => {
  const { top } = makeHome(t, { git: true })
  const options = { cwd: top, env: { PATH: '/nowhere' } }
  t.match(infra(['list'], options), { code: 0 })
  const words = ['disable', 'org-0/repo-0', '--reason', 'a test']
  t.match(infra(words, options), { code: 3, stderr: /^infra: GIT_MISSING / })
})

t.test('describeHome', async t => {
  t.test('does not count the sealed runs', async t => {
    const home = makeHome(t, { git: true })
    await seal(home)
    const git_commit = git(home.top, 'rev-parse', 'HEAD').trim()
    t.strictSame(await describeHome(home.path), { git_commit, working_tree_state: 'clean' })
    writeEntries(home, 4)
    t.strictSame(await describeHome(home.path), { git_commit, working_tree_state: 'dirty' })
  })
  t.test('nor through a link to the home', async t => {
    const home = makeHome(t, { git: true })
    await seal(home)
    const link = join(t.testdirName, 'link')
    symlinkSync(home.path, link)
    git(home.top, 'add', 'link')
    git(home.top, 'commit', '--quiet', '--message', 'link')
    t.match(await describeHome(link), { working_tree_state: 'clean' })
    t.strictSame(await placeInTree(link), { top: home.top, path: 'infra' })
  })
  t.test('knows nothing outside a repository', async t => {
    t.equal(await placeInTree('/'), null)
    t.strictSame(await describeHome('/'), { git_commit: null, working_tree_state: null })
  })
})
