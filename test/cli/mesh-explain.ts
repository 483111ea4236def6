// `infra mesh explain`: one entry, replayed from its manifest.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { makeMesh, treeOf } from '../fixtures/manifest-world.ts'

const explain = (world: ReturnType<typeof makeMesh>, name: string, ...args: readonly string[]) =>
  world.run('mesh', 'explain', name, '--hosts', 'mesh-hosts.json', ...args)

t.test('the whole text of an entry and what has become of it', async t => {
  const world = makeMesh(t)
  await world.mesh('apply')
  const { digest, text } = treeOf().find(({ path }) => path === 'apps/project-4/.infra.yaml')!
  const head = `  manifest  apps/project-4/.infra.yaml\n  derived   sha256 ${digest}\n`
  t.strictSame(await explain(world, 'project-4'), {
    code: 0,
    stdout: `project-4: as the manifest says
${head}  project = "project-4"  (apps/project-4/.infra.yaml:2:10)
  environment = "prod"  (not said: the default)
  provider = "digitalocean"  (apps/project-4/.infra.yaml:3:11)
  host = "fennel"  (apps/project-4/.infra.yaml:5:9)
  port = 8004  (apps/project-4/.infra.yaml:7:9)
  runtime = "node"  (apps/project-4/.infra.yaml:6:12)
  systemd_unit = "project-4.service"  (apps/project-4/.infra.yaml:8:17)
  depends_on = ["project-2"]  (apps/project-4/.infra.yaml:14:3)
`,
    stderr: '',
  })
  const changed = text.replace('8004', '8104').replace('  runtime: node\n', '')
  world.write('apps/project-4/.infra.yaml', changed)
  const { stdout } = await explain(world, 'project-4')
  t.match(
    stdout,
    `project-4: the manifest was changed since (next: infra mesh apply --root <folder> --hosts mesh-hosts.json)\n${head}`,
  )
  t.match(stdout, `  now       sha256 ${sha256(changed)}\n`)
  t.match(stdout, '  port = 8004  (apps/project-4/.infra.yaml:6:9, now 8104)\n')
  t.match(stdout, '  runtime = "node"  (not said by the manifest)\n')
  world.write('apps/project-4/.infra.yaml', 'x')
  t.match(
    (await explain(world, 'project-4')).stdout,
    /^project-4: .* is wrong now \(next: infra manifest check \/.*\/apps\/project-4\/\.infra\.yaml\)/,
  )
  rmSync(join(world.top, 'apps/project-4/.infra.yaml'))
  t.match(await explain(world, 'project-4'), {
    code: 0,
    stdout: /: the manifest is gone .*\n(?:.*\n)* {2}port = 8004\n/,
  })
})

t.test('an entry that was edited, one that was noted in, and one that is not ours', async t => {
  const world = makeMesh(t)
  await world.mesh('apply')
  world.write('mesh-hosts.json', world.read().replace('"port": 8001', '"pager": 1, "port": 8101'))
  const { stdout } = await explain(world, 'project-1')
  t.match(stdout, /^project-1: edited by hand/)
  t.match(stdout, 'port = 8101  (apps/project-1/.infra.yaml:7:9, now 8001)')
  t.match(stdout, 'pager = 1  (not generated; kept)')
  t.match(await explain(world, 'zebra'), { code: 0, stdout: /^zebra: not generated/ })
  t.match(JSON.parse((await explain(world, 'zebra', '--json')).stdout), { state: 'foreign', origin: null })
})

t.test('an unknown name is refused, and the nearest named', async t => {
  const world = makeMesh(t)
  t.match(await explain(world, 'zebar'), {
    code: 1,
    stdout: '',
    stderr: /SOURCE_MISSING .*did you mean "zebra"\?/,
  })
})

t.test('a manifest that cannot be read is no reason', async t => {
  const world = makeMesh(t)
  await world.mesh('apply')
  world.write('apps/project-1/.infra.yaml', '#'.repeat(300_000))
  t.match(await explain(world, 'project-1'), { code: 3, stderr: /SOURCE_UNREADABLE/ })
  rmSync(join(world.top, 'apps/project-1/.infra.yaml'))
  t.match(await explain(world, 'project-1'), { code: 0, stdout: /gone/ })
})
