import t from 'tap'
import { findTargets } from '../../src/manifest/probe-targets.ts'

const hosts = new Map([
  ['lime', { addresses: ['192.0.2.7', '2001:db8::7'] }],
  ['fennel', { addresses: ['fennel.example.org'] }],
])

t.test('a service with a host and a port is asked at the best address of its host', async t => {
  const services = new Map([
    ['press', { project: 'press', environment: 'prod', host: 'lime', port: 8_787 } as const],
    ['press-dev', { project: 'press', environment: 'dev', host: 'fennel', port: 8_788 } as const],
  ])
  t.strictSame(findTargets(services, hosts), {
    targets: [
      {
        ...{ service: 'press', host: 'lime', port: 8_787, address: '192.0.2.7' },
        declared: { name: 'press', environment: 'prod' },
      },
      {
        ...{ service: 'press-dev', host: 'fennel', port: 8_788, address: 'fennel.example.org' },
        declared: { name: 'press', environment: 'dev' },
      },
    ],
    unasked: [],
  })
})

t.test('one without a host or a port is named, and not asked', async t => {
  const services = new Map([
    ['batch', {}],
    ['portless', { host: 'lime' }],
    ['homeless', { port: 1 }],
    ['foreign', { host: 'lime', port: 1 }],
  ])
  const { targets, unasked } = findTargets(services, hosts)
  t.strictSame(unasked, ['batch', 'portless', 'homeless'])
  t.match(targets, [{ service: 'foreign', declared: { name: null, environment: null } }])
})

t.test('a host that the mesh file does not name has no address', async t => {
  for (const host of ['nowhere', 'constructor', '__proto__']) {
    t.match(findTargets(new Map([['press', { host, port: 1 }]]), hosts).targets, [{ address: null }], host)
  }
})
