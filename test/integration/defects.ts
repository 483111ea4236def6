// The twenty-nine defects of the tools before: each has a test that bears its number, and a number without one is a
// failure. Most are tried where the rule is kept, in test/edit/defects.ts and test/integration/mutations.ts; those that
// only a whole command can have are tried here.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { change, editByHand, makeGhWorld } from '../fixtures/gh-world.ts'
import { commitAll, entriesOf, sealAndPin, startInfra } from '../fixtures/home-world.ts'
import { registryOf } from '../fixtures/registry-world.ts'
import { makeRepo, REASON } from '../fixtures/repo-world.ts'

const PLACES = ['edit/defects.ts', 'integration/mutations.ts', 'integration/defects.ts']
const DEFECTS = Array.from({ length: 29 }, (_, at) => `D${at + 1}`)

t.test('every defect has a test that bears its number', async t => {
  const named = PLACES.flatMap(place => {
    const text = readFileSync(join(import.meta.dirname, '..', place), 'utf8')
    return [...text.matchAll(/t\.test\(\s*'(D\d+): [^']{20,}/g)].map(([, number]) => number!)
  })
  t.strictSame(
    DEFECTS.filter(number => !named.includes(number)),
    [],
    'none is without',
  )
  t.strictSame(
    named.filter(number => !DEFECTS.includes(number)),
    [],
    'and none is made up',
  )
})

t.test('D2: a registry far above 64 KiB is changed, finalized and asked to be reviewed', async t => {
  const repo = makeRepo(t, registryOf({ acme: entriesOf(1500) }))
  await sealAndPin(repo)
  commitAll(repo.top, 'sealed')
  t.ok(readFileSync(repo.working).byteLength > 3 * 65_536)
  t.match(await repo.run('disable', 'acme/r700', ...REASON), { code: 0 })
  t.match(await repo.run('finalize'), { code: 0, stderr: '' })
  t.match(await repo.run('check', '--index', '--strict', '--against', 'main'), { code: 0 })
})

t.test('D7: a registry emptied by hand is neither finalized nor changed further', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  const text = readFileSync(world.home.working, 'utf8')
  change(world.home, { repo: 'two' })
  writeFileSync(world.home.working, `${text.slice(0, text.indexOf('"orgs"'))}"orgs": {}\n}\n`)
  t.match(await world.run(['finalize']), { code: 1, stderr: /FLOW_GATES/ })
  t.match(await world.run(['enable', 'acme/app', ...REASON]), { code: 1 })
})

t.test('D8: a hand edit beside a logged change is not finalized', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  change(world.home, { repo: 'two' })
  editByHand(world.home)
  t.match(await world.run(['finalize']), { code: 1, stderr: /LOG_CHANGE_WITHOUT_LINE/ })
})

t.test('D24: of two processes started together both are recorded, or one is told to come again', async t => {
  for (let round = 0; round < 3; round += 1) {
    const repo = makeRepo(t)
    const names = ['acme/one', 'acme/two']
    const said = await Promise.all(
      names.map(name => startInfra(['register', name, '--context', 'sandbox', ...REASON], { cwd: repo.top })),
    )
    const won = said.filter(({ code }) => code === 0).length
    t.ok(won >= 1)
    for (const one of said) if (one.code !== 0) t.match(one, { code: 4, stderr: /PUBLISH_LOCKED/ })
    const there = names.filter(name => Object.hasOwn(repo.document().orgs.acme!.repos, name.slice(5)))
    t.strictSame([there.length, repo.lines().length], [won, won], 'successes = entries = lines')
  }
})

t.test('D25: the second of two open branches is replayed, and its log leads to its registry', async t => {
  const world = await makeGhWorld(t, 'main', 'moved')
  t.match(await world.run(['check', '--against', 'origin/main']), { code: 1 })
  t.match(await world.run(['replay']), { code: 0 })
  t.match(await world.run(['check', '--against', 'origin/main']), { code: 0 })
})

t.test('D28: unpushed commits and foreign files keep a pull request from being opened', async t => {
  const world = await makeGhWorld(t, 'main', 'pushed')
  world.git('commit', '--quiet', '--allow-empty', '--message', 'not pushed')
  t.match(await world.run(['create-pr']), { code: 1, stderr: /FLOW_UNPUSHED/ })
  writeFileSync(join(world.top, 'x'), 'foreign')
  world.git('add', 'x')
  world.git('commit', '--quiet', '--message', 'foreign')
  world.git('push', '--quiet')
  t.match(await world.run(['create-pr']), { code: 1, stderr: /FLOW_FOREIGN_FILES/ })
  t.strictSame(world.calls(), [], 'and gh is not even asked')
})
