// `infra new-branch`: one branch more, from a default branch that is clean and up to date, or nothing at all.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type GhWorld, makeGhWorld } from '../fixtures/gh-world.ts'
import { git, infraHere, makeHome } from '../fixtures/home-world.ts'

t.test('makes the branch and stands on it', async t => {
  const world = await makeGhWorld(t)
  const head = world.git('rev-parse', 'HEAD')
  const { code, stdout, stderr } = await world.run(['new-branch', 'infra/one'])
  t.strictSame([code, stderr], [0, ''])
  t.equal(
    stdout,
    `made branch infra/one from main
next: infra register <org>/<repo> --context <context> --reason '<why>'
`,
  )
  t.equal(world.git('symbolic-ref', '--short', 'HEAD').trim(), 'infra/one')
  t.equal(world.git('rev-parse', 'HEAD'), head)
  t.equal(world.git('status', '--porcelain'), '')
  t.throws(() => world.git('rev-parse', '@{upstream}'), 'it follows nothing')
})

t.test('whatever the default branch is called', async t => {
  const world = await makeGhWorld(t, 'live')
  t.match(await world.run(['new-branch', 'one', '--json'], { cwd: world.home.runs }), {
    code: 0,
    stdout: /"from": "live"/,
  })
})

t.test('without a remote, from what is here', async t => {
  const { top } = makeHome(t, { git: true })
  t.match(await infraHere(['new-branch', 'one'], { cwd: top }), { code: 0 })
  t.equal(git(top, 'branch', '--show-current').trim(), 'one')
})

t.test('--dry-run makes nothing', async t => {
  const world = await makeGhWorld(t)
  const before = world.state()
  t.match(await world.run(['new-branch', 'one', '--dry-run']), { code: 0, stdout: /^would make branch one/ })
  t.strictSame(world.state(), before)
})

t.test('is refused, and changes nothing', async t => {
  const table: readonly (readonly [string, string, (world: GhWorld) => void, string?])[] = [
    ['FLOW_BAD_NAME', 'a name with a blank', () => {}, 'a b'],
    ['FLOW_BAD_NAME', 'a name that git expands', () => {}, '@{-1}'],
    ['FLOW_BAD_NAME', 'HEAD', () => {}, 'HEAD'],
    ['FLOW_BRANCH_EXISTS', 'a branch that is there', ({ git }) => git('branch', 'one')],
    ['FLOW_BRANCH_EXISTS', 'one in another case', ({ git }) => git('branch', 'ONE')],
    ['FLOW_BRANCH_EXISTS', 'one below it', ({ git }) => git('branch', 'one/more')],
    ['FLOW_BRANCH_EXISTS', 'one above it', ({ git }) => git('branch', 'x'), 'x/one'],
    ['FLOW_BRANCH_EXISTS', 'one on the remote', ({ git }) => git('push', '-q', 'origin', 'main:one')],
    ['FLOW_BRANCH_EXISTS', 'the default branch', () => {}, 'main'],
    ['FLOW_NOT_ON_DEFAULT_BRANCH', 'another branch', ({ git }) => git('switch', '-qc', 'two')],
    ['FLOW_DETACHED', 'a detached HEAD', ({ git }) => git('switch', '-q', '--detach')],
    ['FLOW_NOT_CLEAN', 'an untracked file', ({ top }) => writeFileSync(join(top, 'new'), '')],
    ['FLOW_NOT_CLEAN', 'a changed file', ({ home }) => writeFileSync(home.working, '')],
    [
      'FLOW_NOT_CLEAN',
      'a staged file',
      ({ top, git }) => {
        writeFileSync(join(top, 'new'), '')
        git('add', 'new')
      },
    ],
    ['FLOW_NOT_UP_TO_DATE', 'a commit ahead', ({ git }) => git('commit', '-q', '--allow-empty', '-m', 'x')],
    [
      'FLOW_NOT_UP_TO_DATE',
      'a commit behind',
      ({ git }) => {
        git('commit', '-q', '--allow-empty', '-m', 'x')
        git('push', '-q')
        git('reset', '-q', '--hard', 'HEAD^')
      },
    ],
    ['FLOW_BUSY', 'index.lock', ({ top }) => writeFileSync(join(top, '.git/index.lock'), '')],
    ['FLOW_BUSY', 'a merge', ({ top }) => writeFileSync(join(top, '.git/MERGE_HEAD'), '')],
    ['FLOW_BUSY', 'a rebase', ({ top }) => mkdirSync(join(top, '.git/rebase-merge'))],
    ['FLOW_BUSY', 'a bisect', ({ top }) => writeFileSync(join(top, '.git/BISECT_LOG'), '')],
  ]
  for (const [code, what, prepare, name = 'one'] of table) {
    t.test(what, async t => {
      const world = await makeGhWorld(t)
      prepare(world)
      const before = world.state()
      const said = await world.run(['new-branch', name])
      t.match(said, { code: 1, stdout: '', stderr: new RegExp(`^infra: ${code} `) })
      t.strictSame(world.state(), before)
    })
  }
  t.test('no repository', async t => {
    const { path } = makeHome(t)
    const env = { ...process.env }
    process.env.GIT_CEILING_DIRECTORIES = join(path, '../..')
    t.teardown(() => {
      process.env = env
    })
    t.match(await infraHere(['new-branch', 'one', '--home', path]), { code: 1, stderr: /FLOW_NO_REPOSITORY/ })
  })
  t.test('a repository that does not tell its default branch', async t => {
    const { top } = makeHome(t, { git: true })
    git(top, 'branch', '--move', 'odd')
    t.match(await infraHere(['new-branch', 'one'], { cwd: top }), {
      code: 1,
      stderr: /FLOW_NO_DEFAULT_BRANCH/,
    })
  })
})
