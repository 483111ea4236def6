// From a manifest to its service: what it is called, and which entry it comes to.

import t from 'tap'
import {
  compareTexts,
  deriveService,
  deriveServices,
  environmentOf,
  serviceName,
  sortManifests,
} from '../../src/manifest/services.ts'
import { fileOf, manifestOf, treeOf } from '../fixtures/manifest-world.ts'

t.test('a project with a production droplet and a local instance is two services', async t => {
  const prod = fileOf(manifestOf({ service: { host: 'lime', port: 80 } }), '.infra.yaml')
  const dev = fileOf(
    manifestOf({ environment: 'dev', provider: 'mac', service: { host: 'fennel' } }),
    '.infra.dev.yaml',
  )
  t.strictSame([environmentOf(prod.manifest), environmentOf(dev.manifest)], ['prod', 'dev'])
  t.strictSame([serviceName(prod.manifest), serviceName(dev.manifest)], ['press', 'press.dev'])
  t.match(Object.fromEntries(deriveServices([dev, prod])), {
    press: { environment: 'prod', provider: 'digitalocean', host: 'lime', port: 80 },
    'press.dev': { environment: 'dev', provider: 'mac', host: 'fennel' },
  })
})

t.test('an entry says what the manifest says, and from which it is', async t => {
  const file = fileOf(manifestOf(), 'a/.infra.yaml')
  t.strictSame(deriveService(file), {
    project: 'press',
    environment: 'prod',
    provider: 'digitalocean',
    generated_from: { manifest: 'a/.infra.yaml', sha256: file.digest },
  })
})

t.test('a manifest without a service declares none', async t => {
  const { service: _service, ...bare } = manifestOf()
  t.equal(deriveServices([fileOf(bare, '.infra.yaml')]).size, 0)
})

t.test('manifests are in the order of their paths, by unit and not by language', async t => {
  const paths = sortManifests(treeOf().reverse()).map(({ path }) => path)
  t.strictSame(paths, [...paths].sort())
  t.strictSame([compareTexts('B', 'a'), compareTexts('a', 'a'), compareTexts('b', 'a')], [-1, 0, 1])
})
