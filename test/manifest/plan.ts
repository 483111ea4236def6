// The plan of the services map: pure, sorted, the same bytes from any order of reading; it undoes, it repeats as
// nothing, and what is not ours stays as it was written.

import fc from 'fast-check'
import t from 'tap'
import {
  keptServices,
  otherServices,
  planMesh,
  renderChanges,
  type ServiceChange,
} from '../../src/manifest/plan.ts'
import { fileOf, MESH_TEXT, manifestOf, meshOf, treeOf } from '../fixtures/manifest-world.ts'
import { runs } from '../fixtures/registry-world.ts'

const tree = treeOf()
const applied = planMesh(meshOf(), tree, 'sync').text

/** The changes that undo `changes`. */
function reverseChanges(changes: readonly ServiceChange[]): ServiceChange[] {
  return changes.map(({ name, before, after }) => ({ name, before: after, after: before }))
}

t.test('a tree of more than thirty manifests, read in 500 orders, comes to the same bytes', async t => {
  t.ok(tree.length >= 30)
  const orders = new Set<string>()
  const shuffled = fc.shuffledSubarray([...tree], { minLength: tree.length, maxLength: tree.length })
  fc.assert(
    fc.property(shuffled, files => {
      orders.add(files.map(({ path }) => path).join())
      return planMesh(meshOf(), files, 'sync').text === applied
    }),
    runs(500),
  )
  t.ok(orders.size > 490, `${orders.size} orders`)
})

t.test('each service is an entry with its manifest and its digest', async t => {
  const { services } = JSON.parse(applied)
  t.equal(Object.keys(services).length, 31 + 2)
  t.strictSame(Object.keys(services), Object.keys(services).sort())
  t.strictSame(services['project-2'], {
    project: 'project-2',
    environment: 'prod',
    provider: 'digitalocean',
    host: 'redroid',
    port: 8002,
    runtime: 'node',
    systemd_unit: 'project-2.service',
    depends_on: ['project-0'],
    generated_from: {
      manifest: 'apps/project-2/.infra.yaml',
      sha256: tree.find(({ path }) => path === 'apps/project-2/.infra.yaml')!.digest,
    },
  })
  t.match(services['project-2.dev'], { project: 'project-2', environment: 'dev', host: 'fennel', port: 9002 })
  t.notOk('project-19' in services, 'a manifest without a service is none')
})

t.test('the rest of the file is not touched', async t => {
  const [head, tail] = [MESH_TEXT.slice(0, MESH_TEXT.indexOf('"services"')), ',\n    "notes": [1,   2]\n}\n']
  t.ok(
    applied.startsWith(
      `${head}"services": {\n        "legacy": { "port": 70,  "big": 12345678901234567890 },\n`,
    ),
  )
  t.ok(applied.endsWith(`"zebra": {"host": "lime",\n                  "port": 71}\n    }${tail}`))
  t.match(applied, '\n        "project-0": {\n            "project": "project-0",\n')
})

t.test('a plan after apply is empty, to the byte', async t => {
  const again = planMesh(meshOf(applied), tree, 'sync')
  t.strictSame(again.changes, [])
  t.equal(again.text, applied)
})

t.test('a plan that is reversed undoes it', async t => {
  const fewer = tree.filter((_, at) => at % 3 !== 0).map(file => ({ ...file }))
  const other = fileOf(
    manifestOf({ project: 'project-1', service: { port: 1 } }),
    'apps/project-1/.infra.yaml',
  )
  const next = [...fewer.filter(({ path }) => path !== other.path), other]
  const plan = planMesh(meshOf(applied), next, 'sync')
  const kinds = new Set(plan.changes.map(({ before, after }) => [before === null, after === null].join()))
  t.strictSame([...kinds].sort(), ['false,false', 'false,true'])
  t.not(plan.text, applied)
  t.equal(renderChanges(meshOf(plan.text), reverseChanges(plan.changes)), applied)
  const back = planMesh(meshOf(plan.text), tree, 'sync')
  t.strictSame(back.changes, reverseChanges(plan.changes))
  t.equal(back.text, applied)

  t.test('whatever two sets of manifests it leads between', async t => {
    const subset = fc.subarray([...tree])
    fc.assert(
      fc.property(subset, subset, (from, to) => {
        const first = planMesh(meshOf(), from, 'sync').text
        const { changes, text } = planMesh(meshOf(first), to, 'sync')
        return renderChanges(meshOf(text), reverseChanges(changes)) === first
      }),
      runs(100),
    )
    t.pass('held')
  })
})

t.test('prune', async t => {
  const one = tree.slice(0, 1)
  const kept = planMesh(meshOf(applied), one, 'upsert-only')
  t.strictSame([kept.changes, kept.text], [[], applied], 'upsert-only keeps what has no manifest')
  const gone = planMesh(meshOf(applied), one, 'sync')
  t.equal(gone.changes.length, 30)
  t.ok(gone.changes.every(({ after, before }) => after === null && before?.generated_from))
  t.strictSame(Object.keys(JSON.parse(gone.text).services), ['legacy', 'project-0', 'zebra'])
  t.strictSame([...keptServices(meshOf(applied), one, 'sync').keys()].sort(), ['legacy', 'zebra'])
  t.equal(keptServices(meshOf(applied), one, 'upsert-only').size, 32)
})

t.test('what was noted in an entry of ours stays in it, as it was written', async t => {
  const noted = applied.replace('"project": "project-3",', '"project": "project-3", "pager":  1.50,')
  const { text, changes } = planMesh(meshOf(noted), tree, 'sync')
  t.match(text, /"pager": 1\.50\n/)
  t.equal(planMesh(meshOf(text), tree, 'sync').text, text)
  t.strictSame(
    changes.map(({ name }) => name),
    ['project-3'],
  )
})

t.test('an entry that was edited by hand is brought back', async t => {
  const { text, changes } = planMesh(meshOf(applied.replace('"port": 8003', '"port": 1')), tree, 'sync')
  t.equal(text, applied)
  t.match(changes, [{ name: 'project-3', before: { port: 1 }, after: { port: 8003 } }])
})

t.test('entries in another order or layout are laid out again, and nothing changes', async t => {
  const { services, ...rest } = JSON.parse(applied)
  const reversed = Object.fromEntries(Object.entries(services).reverse())
  const { text, changes } = planMesh(meshOf(JSON.stringify({ ...rest, services: reversed })), tree, 'sync')
  t.strictSame(changes, [])
  t.strictSame(Object.keys(JSON.parse(text).services), Object.keys(services))
})

t.test('a file without services gets them at its end; nothing to say adds nothing', async t => {
  const empty = '{\r\n\t"hosts": {}\r\n}\r\n'
  t.equal(planMesh(meshOf(empty), [], 'sync').text, empty)
  const file = fileOf(manifestOf(), '.infra.yaml')
  const { text } = planMesh(meshOf(empty), [file], 'sync')
  t.equal(
    text,
    `{\r\n\t"hosts": {},\r\n\t"services": {\r\n\t\t"press": {\r\n\t\t\t"project": "press",\r\n\t\t\t"environment": "prod",\r\n\t\t\t"provider": "digitalocean",\r\n\t\t\t"generated_from": {\r\n\t\t\t\t"manifest": ".infra.yaml",\r\n\t\t\t\t"sha256": "${file.digest}"\r\n\t\t\t}\r\n\t\t}\r\n\t}\r\n}\r\n`,
  )
  t.equal(planMesh(meshOf(text), [], 'sync').text, '{\r\n\t"hosts": {},\r\n\t"services": {}\r\n}\r\n')
})

t.test(
  'whatever the file is laid out like, a plan after apply is empty and the rest is untouched',
  async t => {
    const hosts = { lime: { addresses: ['::1'] } }
    const services = { other: { port: 1, more: { deep: [1] } } }
    const orders = [
      { services, hosts, x: 1 },
      { hosts, services, x: 1 },
      { x: 1, hosts, services },
      { hosts, x: 1 },
    ]
    for (const order of orders) {
      for (const indent of ['', ' ', '  ', '   ', '\t']) {
        for (const newline of ['\n', '\r\n']) {
          const text = JSON.stringify(order, null, indent).replaceAll('\n', newline)
          const { text: once } = planMesh(meshOf(text), tree, 'sync')
          const again = planMesh(meshOf(once), tree, 'sync')
          const name = JSON.stringify([Object.keys(order), indent, newline])
          t.strictSame([again.changes, again.text === once], [[], true], name)
          const { services: made, ...rest } = JSON.parse(once)
          t.strictSame(rest, { hosts, x: 1 }, name)
          t.strictSame(made.other, 'services' in order ? services.other : undefined, name)
          if (text.includes('\r\n')) t.notMatch(once, /[^\r]\n/, name)
        }
      }
    }
  },
)

t.test('a name that every object answers to is a name', async t => {
  const files = ['__proto__', 'constructor'].map(project =>
    fileOf(manifestOf({ project }), `${project}/.infra.yaml`),
  )
  const { text, changes } = planMesh(meshOf('{"hosts":{}}'), files, 'sync')
  t.equal(changes.length, 2)
  t.strictSame([...meshOf(text).services.keys()].sort(), ['__proto__', 'constructor'])
  t.strictSame(planMesh(meshOf(text), files, 'sync').changes, [])
})

t.test('the rest of the world is what a part of the manifests says nothing of', async t => {
  const renamed = fileOf(manifestOf({ project: 'new' }), 'apps/project-4/.infra.yaml')
  const others = otherServices(meshOf(applied), [renamed, tree[0]!])
  t.notOk(others.has('project-4'), 'it was derived from a manifest that was read')
  t.notOk(others.has('project-0'))
  t.ok(others.has('project-4.dev') && others.has('legacy'))
})
