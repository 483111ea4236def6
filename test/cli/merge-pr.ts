// `infra merge-pr`: nothing is merged that was not looked at and confirmed, and no word but a number reaches gh.

import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { change, editByHand, type GhWorld, makeGhWorld, onlyGit, type Plan } from '../fixtures/gh-world.ts'

/** A world with one open pull request. */
async function withRequest(t: Test): Promise<GhWorld> {
  const world = await makeGhWorld(t, 'main', 'pushed')
  const said = await world.run(['create-pr'])
  if (said.code !== 0) throw new Error(said.stderr)
  return world
}

const merges = (world: GhWorld) => world.calls().filter(({ argv }) => argv[1] === 'merge')

t.test('shows what it is, asks, and merges that commit', async t => {
  const world = await withRequest(t)
  const head = world.git('rev-parse', 'HEAD').trim()
  let asked = ''
  const ask = async (question: string) => {
    asked = question
    return 'merge 1'
  }
  const { code, stdout, stderr } = await world.run(['merge-pr'], { ask })
  t.strictSame([code, stderr], [0, ''])
  const files = world.git('diff', '--name-only', 'main', 'HEAD').trimEnd().split('\n')
  const shown = `#1 infra: register acme/one
  infra/one (${head.slice(0, 12)}) into main
  check  passed  check
${files.map(path => `  file   ${path}`).join('\n')}`
  t.equal(asked, `${shown}\nType merge 1 to go on: `)
  t.equal(stdout, `${shown}\nmerged #1 into main\nnext: git switch main && git pull --ff-only\n`)
  t.strictSame(
    merges(world).map(({ argv }) => argv),
    [['pr', 'merge', '1', '--squash', '--delete-branch', '--match-head-commit', head]],
  )
})

t.test('--confirm takes the place of the question', async t => {
  const world = await withRequest(t)
  world.git('switch', '--quiet', 'main')
  t.match(await world.run(['merge-pr', '1', '--confirm', '1', '--json']), {
    code: 0,
    stdout: /"merged": true/,
  })
})

t.test('--dry-run says what gh would be told', async t => {
  const world = await withRequest(t)
  const said = await world.run(['merge-pr', '--dry-run'])
  t.match(said, {
    code: 0,
    stdout: /\nwould run: gh pr merge 1 --squash --delete-branch --match-head-commit /,
  })
  t.strictSame(merges(world), [])
})

t.test('a merge that is queued is not called done', async t => {
  const world = await withRequest(t)
  world.plan({ queue: true })
  t.match(await world.run(['merge-pr', '--confirm', '1']), { code: 0, stdout: /queued and not merged yet/ })
})

t.test('a number is all it takes', async t => {
  const world = await makeGhWorld(t)
  for (const words of [
    ['--admin'],
    ['0'],
    ['-1'],
    ['1e3'],
    ['1', '--admin'],
    ['1', '2'],
    ['https://x/1'],
    [''],
  ]) {
    t.match(await world.run(['merge-pr', ...words]), { code: 2, stdout: '' }, words.join(' '))
  }
  t.strictSame(world.calls(), [])
})

t.test('unconfirmed, nothing is merged', async t => {
  const world = await withRequest(t)
  const table: readonly (readonly [string, string[], string | null | undefined])[] = [
    ['nothing to ask', [], undefined],
    ['the end of the input', [], null],
    ['an empty line', [], ''],
    ['another number', [], 'merge 2'],
    ['yes', [], 'yes'],
    ['another number with --confirm', ['--confirm', '2'], 'merge 1'],
  ]
  for (const [what, words, answer] of table) {
    const over = answer === undefined ? {} : { ask: async () => answer }
    const said = await world.run(['merge-pr', ...words], over)
    t.match(
      said,
      { code: 1, stdout: '', stderr: /^infra: FLOW_UNCONFIRMED .+type merge 1, or say --confirm 1/ },
      what,
    )
  }
  t.strictSame(merges(world), [])
})

t.test('is refused', async t => {
  const world = await withRequest(t)
  const check = (over: object) => ({ name: 'ci', status: 'COMPLETED', conclusion: 'SUCCESS', ...over })
  const rollup = (...statusCheckRollup: object[]) => ({ over: { statusCheckRollup } })
  const table: readonly (readonly [string, string, Plan, string[]?])[] = [
    ['FLOW_WRONG_BASE', 'another base', { over: { baseRefName: 'other' } }],
    ['FLOW_WRONG_BASE', 'not the base that is meant', {}, ['--base', 'other']],
    ['FLOW_PR_NOT_OPEN', 'a merged one', { over: { state: 'MERGED' } }, ['1']],
    ['FLOW_PR_NOT_OPEN', 'a closed one', { over: { state: 'CLOSED' } }, ['1']],
    ['FLOW_PR_NOT_OPEN', 'a draft', { over: { isDraft: true } }],
    ['FLOW_CHECKS_MISSING', 'no checks', rollup()],
    ['FLOW_CHECKS_MISSING', 'checks that are null', { over: { statusCheckRollup: null } }],
    ['FLOW_CHECKS_FAILING', 'a failing check', rollup(check({}), check({ conclusion: 'FAILURE' }))],
    [
      'FLOW_CHECKS_FAILING',
      'even where none would do',
      rollup(check({ conclusion: 'FAILURE' })),
      ['--without-checks'],
    ],
    ['FLOW_CHECKS_FAILING', 'a running check', rollup(check({ status: 'IN_PROGRESS', conclusion: '' }))],
    ['FLOW_CHECKS_FAILING', 'an unknown conclusion', rollup(check({ conclusion: 'NEW' }))],
    ['FLOW_CHECKS_FAILING', 'a failing status', rollup({ context: 'ci', state: 'FAILURE' })],
    ['FLOW_CHECKS_FAILING', 'a pending status', rollup({ context: 'ci', state: 'PENDING' })],
    ['FLOW_FOREIGN_FILES', 'a foreign file', { over: { files: [{ path: 'x' }], changedFiles: 1 } }],
    ['FLOW_FOREIGN_FILES', 'files that are not named', { over: { changedFiles: 101 } }],
    ['FLOW_FOREIGN_FILES', 'a fork', { over: { isCrossRepository: true } }],
    ['FLOW_NOT_MERGEABLE', 'a conflict', { over: { mergeable: 'CONFLICTING' } }],
    ['FLOW_NOT_MERGEABLE', 'what is not known yet', { over: { mergeable: 'UNKNOWN' } }],
    ['FLOW_NO_PR', 'no pull request', { print: { 'pr list': '[]' } }],
    ['FLOW_MANY_PRS', 'two pull requests', { print: { 'pr list': '[{"number":1},{"number":2}]' } }],
  ]
  const before = world.state()
  for (const [code, what, plan, words = []] of table) {
    world.plan(plan)
    const said = await world.run(['merge-pr', ...words, '--confirm', '1'])
    t.match(said, { code: 1, stdout: '', stderr: new RegExp(`^infra: ${code} `) }, what)
  }
  t.strictSame(merges(world), [])
  t.strictSame(world.state(), before)
  world.plan(rollup())
  t.match(
    await world.run(['merge-pr', '--without-checks', '--confirm', '1']),
    { code: 0 },
    'where none would do',
  )
})

t.test('a gh that fails is the world’s failure', async t => {
  const world = await withRequest(t)
  const before = world.state()
  const table: readonly (readonly [RegExp, Plan])[] = [
    [/^infra: GH_FAILED gh pr list: HTTP 500$/m, { fail: { 'pr list': 'HTTP 500' } }],
    [/^infra: GH_FAILED gh pr view: not found$/m, { fail: { 'pr view': 'not found' } }],
    [
      /^infra: GH_FAILED gh pr merge: Head branch was modified$/m,
      { fail: { 'pr merge': 'Head branch was modified' } },
    ],
    [/^infra: GH_BAD_ANSWER /, { print: { 'pr list': 'no JSON' } }],
    [/^infra: GH_BAD_ANSWER /, { print: { 'pr view': '{"number":2}' } }],
    [/^infra: GH_BAD_ANSWER /, { over: { headRefOid: '--admin' } }],
  ]
  for (const [stderr, plan] of table) {
    world.plan(plan)
    t.match(await world.run(['merge-pr', '--confirm', '1']), { code: 3, stdout: '', stderr }, String(stderr))
  }
  world.plan({ hang: ['pr merge'] })
  t.match(await world.run(['merge-pr', '--confirm', '1'], { ghDeadlineMs: 1_500 }), {
    code: 3,
    stderr: /GH_TIMEOUT/,
  })
  onlyGit(world)
  t.match(await world.run(['merge-pr', '1']), { code: 3, stderr: /GH_MISSING/ })
  t.strictSame(world.state(), before)
})

t.test('the commit that would be merged has to pass every gate', async t => {
  const table: readonly (readonly [string, RegExp, (world: GhWorld) => unknown])[] = [
    ['a change by hand', /against.*\n(?:.*\n)*.*LOG_CHANGE_WITHOUT_LINE/, ({ home }) => editByHand(home)],
    ['a change that is not sealed', /drift/, ({ home }) => change(home, { repo: 'two' })],
    [
      'a line that was taken out',
      /against.*\n(?:.*\n)*.*LOG_LINE_DELETED/,
      ({ home }) => writeFileSync(home.changelog, ''),
    ],
    ['no JSON', /registry/, ({ home }) => writeFileSync(home.working, '{')],
  ]
  for (const [what, said, prepare] of table) {
    t.test(what, async t => {
      const world = await withRequest(t)
      prepare(world)
      world.git('commit', '--quiet', '--all', '--message', what)
      world.git('push', '--quiet')
      // Judged is what is merged, and not what lies here.
      world.git('switch', '--quiet', 'main')
      const refused = await world.run(['merge-pr', '1', '--confirm', '1'])
      t.match(refused, { code: 1, stdout: '', stderr: /^infra: FLOW_GATES / })
      t.match(refused.stderr, said)
      t.strictSame(merges(world), [])
    })
  }
  t.test('and has to be known here', async t => {
    const world = await withRequest(t)
    world.plan({ over: { headRefOid: 'a'.repeat(40) } })
    t.match(await world.run(['merge-pr', '--confirm', '1']), {
      ...{
        code: 1,
        stdout: '',
        stderr: /^infra: FLOW_UNKNOWN_HEAD #1 has the commit aaaaaaaaaaaa, .*; next: git fetch$/m,
      },
    })
    t.strictSame(merges(world), [])
  })
})
