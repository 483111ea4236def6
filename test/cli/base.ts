// The commit that a change goes into, as far as it is known here, and where the branch left it.

import t from 'tap'
import { findBase, findRemoteBase, forkPoint } from '../../src/cli/base.ts'
import type { Io } from '../../src/cli/report.ts'
import { findWorkPlace } from '../../src/cli/workflow.ts'
import { makeGhWorld } from '../fixtures/gh-world.ts'

t.test('findBase is the default branch here or there, whichever is ahead', async t => {
  const world = await makeGhWorld(t, 'main', 'moved')
  const at = async () => {
    const found = await findWorkPlace({ cwd: world.top, env: {} } as Io, undefined)
    return (await findBase(found)).name
  }
  t.equal(await at(), 'origin/main')
  world.git('branch', '--force', 'main', 'origin/main')
  t.equal(await at(), 'origin/main')
  const ahead = world.git('commit-tree', '-p', 'main', '-m', 'x', 'main^{tree}').trim()
  world.git('branch', '--force', 'main', ahead)
  t.equal(await at(), 'main')
  world.git('update-ref', '-d', 'refs/remotes/origin/main')
  t.equal(await at(), 'main')
  world.git('branch', '-D', 'main')
  await t.rejects(at(), { code: 'FLOW_UNKNOWN_BASE' })
})

t.test('findRemoteBase is a branch of the remote, and never the branch itself', async t => {
  const { top, git } = await makeGhWorld(t, 'main', 'pushed')
  const commit = git('rev-parse', 'origin/main').trim()
  t.strictSame(await findRemoteBase(top, 'infra/one', 'main'), { name: 'origin/main', commit })
  await t.rejects(findRemoteBase(top, 'main', 'main'), { code: 'FLOW_WRONG_BASE' })
  await t.rejects(findRemoteBase(top, 'infra/one', 'nowhere'), {
    ...{ code: 'FLOW_WRONG_BASE', message: /nowhere.*next: git fetch origin$/ },
  })
})

t.test('forkPoint is where the branch left, and there has to be one', async t => {
  const world = await makeGhWorld(t, 'main', 'moved')
  const place = await findWorkPlace({ cwd: world.top, env: {} } as Io, undefined)
  t.equal(await forkPoint(place, await findBase(place)), world.git('rev-parse', 'main').trim())
  const tree = world.git('rev-parse', 'HEAD^{tree}').trim()
  const commit = world.git('commit-tree', '-m', 'x', tree).trim()
  await t.rejects(forkPoint(place, { name: 'alien', commit }), { code: 'FLOW_UNRELATED' })
})
