// `infra mesh apply`: the services map written whole, once, and everything else as it was.

import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withLock } from '../../src/publish/lock.ts'
import { treeOf as filesOf } from '../fixtures/home-world.ts'
import { MESH_TEXT, makeMesh } from '../fixtures/manifest-world.ts'

t.test('applies a plan, after which there is nothing to do', async t => {
  const world = makeMesh(t)
  chmodSync(world.hosts, 0o664)
  const planned = JSON.parse((await world.mesh('plan', '--json')).stdout)
  t.strictSame(JSON.parse((await world.mesh('apply', '--json')).stdout), planned)
  const text = world.read()
  t.not(text, MESH_TEXT)
  t.equal(statSync(world.hosts).mode & 0o777, 0o664)
  t.strictSame(readdirSync(world.top).sort(), ['apps', 'mesh-hosts.json'])

  const { ino } = statSync(world.hosts)
  for (const verb of ['plan', 'apply', 'check']) {
    t.strictSame(await world.mesh(verb), {
      ...{
        code: 0,
        stdout: '0 to add, 0 to change, 0 to remove; 32 manifests read (nothing to do)\n',
        stderr: '',
      },
    })
  }
  t.equal(world.read(), text)
  t.equal(statSync(world.hosts).ino, ino, 'not even written again')
})

t.test('a manifest that is gone takes its entry with it, and brings it back', async t => {
  const world = makeMesh(t)
  await world.mesh('apply')
  const text = world.read()
  const path = 'apps/project-3/.infra.dev.yaml'
  const manifest = readFileSync(join(world.top, path), 'utf8')
  rmSync(join(world.top, path))
  t.match(await world.mesh('apply', '--prune', 'upsert-only'), { code: 0, stdout: /\(nothing to do\)/ })
  t.equal(world.read(), text)
  t.match(await world.mesh('apply'), {
    code: 0,
    stdout: /^- project-3\.dev .*\n0 to add, 0 to change, 1 to remove/,
  })
  t.notMatch(world.read(), '"project-3.dev"')
  world.write(path, manifest)
  await world.mesh('apply')
  t.equal(world.read(), text)
})

t.test('a dry run writes nothing', async t => {
  const world = makeMesh(t)
  const before = filesOf(world.top)
  t.match(await world.mesh('apply', '--dry-run'), {
    code: 0,
    stdout: /31 to add.*\(dry run: nothing was written\)/,
  })
  t.strictSame(filesOf(world.top), before)
})

t.test('a refusal writes nothing', async t => {
  const world = makeMesh(t)
  world.write('apps/project-3/.infra.yaml', 'apiVersion: infra/v2\n')
  const before = filesOf(world.top)
  t.match(await world.mesh('apply'), { code: 1, stdout: '', stderr: /MANIFEST_BAD_VALUE/ })
  t.strictSame(filesOf(world.top), before)
})

t.test('two at once: one waits for nobody and is told so', async t => {
  const world = makeMesh(t)
  const { code, stderr } = await withLock(world.top, () => world.mesh('apply'))
  t.equal(code, 4)
  t.match(stderr, /PUBLISH_LOCKED/)
  t.equal(world.read(), MESH_TEXT)
})
