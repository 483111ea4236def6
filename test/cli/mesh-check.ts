// `infra mesh check`: fails on drift, to the byte, and writes nothing.

import t from 'tap'
import { treeOf as filesOf } from '../fixtures/home-world.ts'
import { makeMesh } from '../fixtures/manifest-world.ts'

t.test('passes what was applied and fails what has drifted', async t => {
  const world = makeMesh(t)
  t.match(await world.mesh('check'), {
    code: 1,
    stdout: /31 to add.*\(drift; next: infra mesh apply --root apps --hosts mesh-hosts.json\)\n$/,
  })
  await world.mesh('apply')
  t.match(await world.mesh('check'), { code: 0 })
  const applied = world.read()
  for (const [what, text, said] of [
    ['an edited entry', applied.replace('"port": 8003', '"port": 8103'), /~ project-3 {2}port 8103 → 8003/],
    ['a layout', applied.replace('"port": 8003', '"port":  8003'), /not laid out as it is generated/],
    ['a digest', applied.replace(/"sha256": "./, '"sha256": "0'), /~ project-0 {2}the manifest is another/],
  ] as const) {
    t.not(text, applied, what)
    world.write('mesh-hosts.json', text)
    const before = filesOf(world.top)
    t.match(await world.mesh('check'), { code: 1, stdout: said }, what)
    t.match(JSON.parse((await world.mesh('check', '--json')).stdout), { differs: true }, what)
    t.strictSame(filesOf(world.top), before, what)
  }
  world.write('mesh-hosts.json', applied.replace('"notes": [1,   2]', '"notes": [3]'))
  t.match(await world.mesh('check'), { code: 0 }, 'the rest of the file is nobody’s business')
})
