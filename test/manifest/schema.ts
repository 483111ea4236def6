// The manifest's schema: what it must have, what it may have, and nothing else at any level.

import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { Manifest } from '../../src/manifest/schema.ts'

const least = { apiVersion: 'infra/v1', project: 'p', provider: 'local' }
const most = {
  ...least,
  environment: 'dev',
  database: { cluster: 'c', name: 'n', user: 'u' },
  service: { host: 'h', runtime: 'node', port: 1, systemd_unit: 's' },
  gpu: { mode: 'on-demand', droplet: 'd' },
  depends_on: ['a'],
}

t.test('the least and the most that a manifest says', async t => {
  t.ok(Value.Check(Manifest, least))
  t.ok(Value.Check(Manifest, most))
  for (const provider of ['digitalocean', 'mac', 'bare-metal', 'local']) {
    t.ok(Value.Check(Manifest, { ...least, provider }), provider)
  }
})

t.test('what it must have', async t => {
  for (const key of Object.keys(least)) {
    t.notOk(Value.Check(Manifest, { ...least, [key]: undefined }), key)
  }
  for (const key of Object.keys(most.database)) {
    t.notOk(Value.Check(Manifest, { ...least, database: { ...most.database, [key]: undefined } }), key)
  }
})

t.test('what it must not have', async t => {
  t.notOk(Value.Check(Manifest, { ...least, secret: 'x' }))
  for (const key of ['database', 'service', 'gpu'] as const) {
    t.notOk(Value.Check(Manifest, { ...most, [key]: { ...most[key], secret: 'x' } }), key)
  }
})
