// `infra mesh plan`: what would be added, changed and removed, told and not done.

import t from 'tap'
import { treeOf as filesOf, infra } from '../fixtures/home-world.ts'
import { makeMesh, treeOf } from '../fixtures/manifest-world.ts'

const manifest = (project: string, more = ''): string =>
  `apiVersion: infra/v1\nproject: ${project}\nprovider: mac\n${more}`

t.test('the whole text, from the program itself', async t => {
  const world = makeMesh(t, [])
  world.write('apps/press/.infra.yaml', manifest('press', 'service: {host: lime, port: 80}\n'))
  world.write('apps/press/.infra.dev.yaml', manifest('press', 'environment: dev\nservice: {host: fennel}\n'))
  world.write('apps/still/.infra.yaml', manifest('still', 'service: {}\ngpu: {}\n'))
  const words = ['--root', 'apps', '--hosts', 'mesh-hosts.json']
  const before = filesOf(world.top)
  t.strictSame(infra(['mesh', 'plan', ...words], { cwd: world.top }), {
    code: 0,
    stdout: `apps/still/.infra.yaml:5:1 warning RULE_GPU_ONDEMAND gpu_ondemand: want mode: on-demand, got none
+ press  lime:80  from apps/press/.infra.yaml
+ press.dev  fennel  from apps/press/.infra.dev.yaml
+ still  no host  from apps/still/.infra.yaml
3 to add, 0 to change, 0 to remove; 3 manifests read (plan: nothing was written)
`,
    stderr: '',
  })
  t.strictSame(filesOf(world.top), before)

  t.match(infra(['mesh', 'apply', ...words], { cwd: world.top }), { code: 0, stdout: /\(written\)\n$/ })
  world.write('apps/press/.infra.yaml', manifest('press', 'service: {host: fennel, port: 80}\n'))
  world.write(
    'apps/press/.infra.dev.yaml',
    manifest('press', '# why\nenvironment: dev\nservice: {host: fennel}\n'),
  )
  world.write('apps/still/.infra.yaml', manifest('mill', 'service: {runtime: node}\n'))
  const { stdout } = infra(['mesh', 'plan', ...words], { cwd: world.top })
  t.equal(
    stdout,
    `+ mill  no host  from apps/still/.infra.yaml
~ press  host "lime" → "fennel"  from apps/press/.infra.yaml
~ press.dev  the manifest is another, and comes to the same  from apps/press/.infra.dev.yaml
- still  no host  was from apps/still/.infra.yaml
1 to add, 2 to change, 1 to remove; 3 manifests read (plan: nothing was written)
`,
  )
})

t.test('as JSON', async t => {
  const world = makeMesh(t)
  const json = JSON.parse((await world.mesh('plan', '--json')).stdout)
  t.match(json, { differs: true, layout: false, manifests: 32, findings: [] })
  t.equal(json.changes.length, 31)
  t.match(json.changes[0], { kind: 'add', name: 'project-0', before: null, after: { port: 8000 } })
})

t.test('several roots, in any order', async t => {
  const world = makeMesh(t)
  world.write('more/.infra.yaml', manifest('more', 'service: {}\n'))
  const plan = async (...roots: readonly string[]) =>
    JSON.parse((await world.run('mesh', 'plan', ...roots, '--hosts', 'mesh-hosts.json', '--json')).stdout)
  const one = await plan('--root', 'apps', 'more')
  t.equal(one.changes.length, 32)
  t.strictSame(await plan('--root', 'more', '--root', 'apps'), one)
})

t.test('the example cases: two instances, a host that is not there, a key that is not known', async t => {
  const world = makeMesh(t, [])
  world.write(
    'apps/press/.infra.yaml',
    manifest('press', 'service: {host: lime}\n').replace('mac', 'digitalocean'),
  )
  world.write('apps/press/.infra.dev.yaml', manifest('press', 'environment: dev\nservice: {host: fennel}\n'))
  const { changes } = JSON.parse((await world.mesh('plan', '--json')).stdout)
  t.match(changes, [
    { name: 'press', after: { environment: 'prod', provider: 'digitalocean', host: 'lime' } },
    { name: 'press.dev', after: { environment: 'dev', provider: 'mac', host: 'fennel' } },
  ])
  world.write(
    'apps/press/.infra.dev.yaml',
    manifest('press', 'environment: dev\nservice: {host: basil}\nport: 1\n'),
  )
  t.match(await world.mesh('plan'), {
    code: 1,
    stdout: '',
    stderr: /6:1 error MANIFEST_UNKNOWN_KEY key "port"/,
  })
  world.write('apps/press/.infra.dev.yaml', manifest('press', 'environment: dev\nservice: {host: basil}\n'))
  t.match(await world.mesh('plan'), { code: 1, stdout: '', stderr: /5:17 error RULE_HOST_IN_MESH .*"basil"/ })
  const failed = JSON.parse((await world.mesh('plan', '--json')).stdout)
  t.match(failed, { error: { code: 'MESH_REFUSED', faults: [/RULE_HOST_IN_MESH/] } })
})

t.test('a broken manifest does not make others look broken', async t => {
  const world = makeMesh(t)
  world.write('apps/project-0/.infra.yaml', `${treeOf()[0]!.text}extra: 1\n`)
  const { stderr } = await world.mesh('plan')
  t.match(stderr, /^infra: apps\/project-0\/\.infra\.yaml:\d+:1 error MANIFEST_UNKNOWN_KEY .*\n$/)
})

t.test('--strict refuses warnings', async t => {
  const world = makeMesh(t, [])
  world.write('apps/a/.infra.yaml', manifest('a', 'gpu: {}\n'))
  t.match(await world.mesh('plan'), { code: 0 })
  t.match(await world.mesh('plan', '--strict'), { code: 1, stderr: /error RULE_GPU_ONDEMAND/ })
})

t.test('what is not there is told, and a root without manifests would empty the map', async t => {
  const world = makeMesh(t, [])
  t.match(await world.mesh('plan'), { code: 1, stderr: /SOURCE_MISSING apps: holds no \.infra\.yaml/ })
  t.match(await world.run('mesh', 'plan', '--root', 'apps', '--hosts', 'x'), {
    code: 1,
    stderr: /PUBLISH_SOURCE/,
  })
})
