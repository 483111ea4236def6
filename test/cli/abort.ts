// `infra abort`: nothing is lost that was not listed, confirmed and kept, and the remote hears nothing of it.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { change, type GhWorld, gitThatFails, makeGhWorld, onlyGit } from '../fixtures/gh-world.ts'

t.test('lists, asks, keeps everything and goes back to the default branch', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  const tip = world.git('rev-parse', 'HEAD').trim()
  change(world.home, { repo: 'two' })
  await world.run(['seal'])
  const working = readFileSync(world.home.working)
  const states = world.git('status', '--porcelain', '--untracked-files=all').trimEnd().split('\n')
  const remote = world.git('ls-remote', 'origin')
  let asked = ''
  const ask = async (question: string) => {
    asked = question
    return 'infra/one'
  }
  const { code, stdout, stderr } = await world.run(['abort'], {
    ask,
    now: () => new Date('2026-01-02T03:04:05Z'),
  })
  t.strictSame([code, stderr], [0, ''])
  t.equal(
    asked,
    `branch infra/one will be given up
  commit   ${world.git('rev-parse', '--short', tip).trim()} infra: register acme/one
${states.map(state => `  changed  ${state}`).join('\n')}
Type infra/one to go on: `,
  )
  const backup = 'refs/infra/backup/infra/one/20260102T030405Z'
  t.equal(
    stdout,
    `gave infra/one up; now on main
  everything of it: ${backup}
  its commits back: git branch infra/one '${backup}^'
  then its changes: git stash apply --index ${backup}
  the branch on the remote is untouched
`,
  )
  t.equal(world.git('branch', '--show-current').trim(), 'main')
  t.equal(world.git('status', '--porcelain'), '')
  t.equal(world.git('stash', 'list'), '')
  t.equal(world.git('branch', '--list', 'infra/one'), '')
  t.equal(world.git('ls-remote', 'origin'), remote)

  t.test('and what it prints brings everything back', async t => {
    world.git('branch', 'infra/one', `${backup}^`)
    world.git('switch', '--quiet', 'infra/one')
    world.git('stash', 'apply', '--quiet', '--index', backup)
    t.equal(world.git('rev-parse', 'HEAD').trim(), tip)
    t.strictSame(readFileSync(world.home.working), working)
    t.strictSame(
      world.git('status', '--porcelain', '--untracked-files=all').trimEnd().split('\n').sort(),
      [...states].sort(),
    )
  })
})

t.test('--confirm takes the place of the question', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  const tip = world.git('rev-parse', 'HEAD').trim()
  const said = await world.run(['abort', '--confirm', 'infra/one', '--json'])
  const { backup, pushed } = JSON.parse(said.stdout)
  t.strictSame([said.code, pushed, world.git('rev-parse', backup).trim()], [0, true, tip])
})

t.test('--dry-run lists, and changes nothing', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  const before = world.state()
  t.match(await world.run(['abort', '--dry-run']), {
    code: 0,
    stdout: /^branch infra\/one will be given up\n {2}commit/,
  })
  t.strictSame(world.state(), before)
  world.git('switch', '-qc', 'empty', 'main')
  t.match(await world.run(['abort', '--dry-run']), { stdout: /nothing is lost with it/ })
})

t.test('what is not the registry’s own has to be meant', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  writeFileSync(join(world.top, 'x'), 'mine')
  t.match(await world.run(['abort', '--confirm', 'infra/one']), { code: 1, stderr: /FLOW_FOREIGN_FILES/ })
  t.match(await world.run(['abort', '--confirm', 'infra/one', '--foreign']), { code: 0 })
  const ref = world.git('for-each-ref', '--format=%(refname)', 'refs/infra').trim()
  t.equal(world.git('show', `${ref}^3:x`), 'mine')
})

t.test('is refused, and changes nothing', async t => {
  const table: readonly (readonly [string, string, (world: GhWorld) => unknown, string[]?])[] = [
    ['FLOW_ON_DEFAULT_BRANCH', 'the default branch', ({ git }) => git('switch', '-q', 'main')],
    ['FLOW_DETACHED', 'a detached HEAD', ({ git }) => git('switch', '-q', '--detach')],
    ['FLOW_BUSY', 'a merge', ({ top }) => writeFileSync(join(top, '.git/MERGE_HEAD'), '')],
    ['FLOW_UNCONFIRMED', 'the end of the input', () => {}, []],
    ['FLOW_UNCONFIRMED', 'another name', () => {}, ['--confirm', 'main']],
    [
      'FLOW_FOREIGN_FILES',
      'a foreign commit',
      ({ git, top }) => {
        appendFileSync(join(top, '.gitignore'), 'x\n')
        git('commit', '-qam', 'foreign')
      },
    ],
  ]
  for (const [code, what, prepare, words = ['--confirm', 'infra/one']] of table) {
    t.test(what, async t => {
      const world = await makeGhWorld(t, 'main', 'pushed')
      prepare(world)
      const before = world.state()
      const said = await world.run(['abort', ...words])
      t.match(said, { code: 1, stdout: '', stderr: new RegExp(`^infra: ${code} `) })
      t.strictSame(world.state(), before)
    })
  }
})

t.test('where git fails, everything is back in its place', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  change(world.home, { repo: 'two' })
  const view = () => [
    ...[world.git('status', '--porcelain'), world.git('for-each-ref'), world.git('ls-files', '--stage')],
    readFileSync(world.home.working, 'utf8'),
  ]
  const before = view()
  gitThatFails(world, 'switch')
  t.match(await world.run(['abort', '--confirm', 'infra/one']), { code: 3, stderr: /GIT_FAILED .*as told/ })
  t.strictSame(view(), before)
})

t.test('a branch with a pull request', async t => {
  const sure = ['abort', '--confirm', 'infra/one']
  const listed = (over: object) => JSON.stringify([{ number: 7, isCrossRepository: false, ...over }])

  t.test('that is open is given up only if that is meant, and the request stays', async t => {
    const world = await makeGhWorld(t, 'main', 'pushed')
    t.match(await world.run(['create-pr']), { code: 0 })
    const before = world.state()
    for (const words of [sure, ['abort', '--dry-run']]) {
      const said = await world.run(words)
      t.match(said, {
        code: 1,
        stdout: '',
        stderr: /^infra: FLOW_HAS_PR infra\/one has pull request #1, which is open; /,
      })
    }
    t.strictSame(world.state(), before)
    const asked = world.calls().length
    t.match(await world.run([...sure, '--with-pr']), { code: 0 })
    t.equal(world.calls().length, asked, 'and gh is not asked again')
  })
  t.test('that is merged is not given up either', async t => {
    const world = await makeGhWorld(t, 'main', 'pushed')
    const headRefOid = world.git('rev-parse', 'HEAD').trim()
    world.plan({ print: { 'pr list': listed({ state: 'MERGED', headRefOid }) } })
    t.match(await world.run(sure), { code: 1, stderr: /FLOW_HAS_PR .*#7, which is merged/ })
    world.git('commit', '--quiet', '--allow-empty', '--message', 'more')
    t.match(await world.run(sure), { code: 1, stderr: /FLOW_HAS_PR/ }, 'nor with more on top')
  })
  t.test('that is closed, of a fork, or of an older branch of that name is given up', async t => {
    const old = { state: 'MERGED', headRefOid: 'f'.repeat(40) }
    const world = await makeGhWorld(t, 'main', 'pushed')
    const headRefOid = world.git('rev-parse', 'HEAD').trim()
    const alien = { ...old, headRefOid: world.git('commit-tree', '-m', 'x', 'HEAD^{tree}').trim() }
    for (const over of [
      ...[old, alien, { state: 'CLOSED', headRefOid }],
      { state: 'OPEN', headRefOid, isCrossRepository: true },
    ]) {
      world.plan({ print: { 'pr list': listed(over) } })
      const said = await world.run(['abort', '--dry-run'])
      t.match(said, { code: 0, stderr: '' }, JSON.stringify(over))
      t.notMatch(said.stdout, 'not known')
    }
  })
  t.test('of which nothing can be known is given up, and that is said', async t => {
    const world = await makeGhWorld(t, 'main', 'pushed')
    const unknown = async (why: RegExp, ghDeadlineMs?: number) => {
      const said = await world.run(['abort', '--dry-run'], ghDeadlineMs === undefined ? {} : { ghDeadlineMs })
      t.match(said, {
        code: 0,
        stdout: new RegExp(`whether it has a pull request is not known: ${why.source}`),
      })
    }
    world.plan({ fail: { 'pr list': 'error connecting to api.github.com\ncheck your connection' } })
    await unknown(/gh pr list: error connecting to api\.github\.com\n/)
    world.plan({ print: { 'pr list': 'no JSON' } })
    await unknown(/gh pr list: did not print JSON/)
    world.plan({ print: { 'pr list': listed({ state: 'MERGED', headRefOid: '--all' }) } })
    await unknown(/gh pr: headRefOid is not what was asked for/)
    world.plan({ hang: ['pr list'] })
    await unknown(/gh pr list: no answer within 200 ms/, 200)
    onlyGit(world)
    await unknown(/gh pr list: there is no gh/)
    t.match(await world.run([...sure, '--json']), {
      code: 0,
      stdout: /"requests_unknown": "gh pr list: there is no gh/,
    })
  })
  t.test('cannot be one that was never pushed, and gh is not asked', async t => {
    const world = await makeGhWorld(t)
    world.git('switch', '--quiet', '--create', 'infra/two')
    t.match(await world.run(['abort', '--confirm', 'infra/two']), { code: 0 })
    t.strictSame(world.calls(), [])
  })
})
