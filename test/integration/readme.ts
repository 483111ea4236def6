// The README, executed: each `$ curl` line against the service on the registry of this repository, and what it prints.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { Service } from '../fixtures/service.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const readme = readFileSync(join(root, 'README.md'), 'utf8')

t.test('every curl of the README prints what the README says', async t => {
  const service = new Service({})
  t.teardown(() => service.kill())
  await service.listening()
  await service.logged(({ msg }) => msg === 'registry swapped')

  const examples = [...readme.matchAll(/```console\n\$ (.+)\n([\s\S]*?)\n```/g)]
  for (const [, command, want] of examples) {
    const here = command!.replaceAll('localhost:8787', `127.0.0.1:${service.port}`)
    const { stdout } = await run('sh', ['-c', here])
    // A port of the system's choice is not the one that the manifest declares, and the service says so.
    const told = stdout.replace(/^\[-\]manifest PORT is 0 \(want 8787, .*$/m, '[+]manifest ok')
    t.equal(told.trimEnd(), want, command!)
  }
  t.ok(examples.length >= 18, `${examples.length} examples`)
})

t.test('every route of the README is asked for, and every variable is known', async t => {
  for (const route of [
    'resolve',
    'telemetry-target',
    'infra-resolution',
    'repos',
    'orgs',
    'telemetry-repos',
  ]) {
    t.match(readme, new RegExp(`curl .*localhost:8787/${route}`), route)
  }
  const config = readFileSync(join(root, 'src/bin/config.ts'), 'utf8')
  const known = new Set(config.match(/'INFRA_[A-Z0-9_]+'/g)!.map(word => word.slice(1, -1)))
  const told = new Set(readme.match(/^\| `INFRA_[A-Z0-9_]+`/gm)!.map(word => word.slice(3, -1)))
  t.strictSame([...told].sort(), [...known].sort())
})
