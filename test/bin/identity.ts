import { readFileSync } from 'node:fs'
import t from 'tap'
import { findContradictions, type Identity, readIdentity } from '../../src/bin/identity.ts'

const good = `apiVersion: infra/v1
project: press
provider: local
service:
  host: lime
  port: 4270
`

function read(text: string, asked: 'dev' | 'prod' = 'prod'): Identity {
  return readIdentity(asked, 'fallback', () => text)
}

t.test('a manifest says who we are', async t => {
  t.strictSame(read(good), {
    ...{ file: '.infra.yaml', name: 'press', environment: 'prod', port: 4_270, faults: [] },
  })
  t.match(read(`${good}environment: dev\n`, 'dev'), {
    file: '.infra.dev.yaml',
    environment: 'dev',
    faults: [],
  })
  t.match(read(good.split('service:')[0]!), { port: null, faults: [] }, 'without a port')
})

t.test('our own do', async t => {
  const own = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const { name } = JSON.parse(own('package.json'))
  t.match(readIdentity('prod', '', own), { name, environment: 'prod', port: 8_787, faults: [] })
  t.match(readIdentity('dev', '', own), { name, environment: 'dev', port: 8_788, faults: [] })
})

t.test('a manifest that cannot be used leaves what was asked for, and every fault', async t => {
  const { faults, ...identity } = read(`${good}colour: red\nsize: 1\n`)
  t.strictSame(identity, { file: '.infra.yaml', name: 'fallback', environment: 'prod', port: null })
  t.match(faults.join('\n'), /colour/)
  t.match(faults.join('\n'), /size/)
  t.match(read('a: [').faults, [/\.infra\.yaml/])
  const evil = read(`${good}"\\e[2J\\r": ${'x'.repeat(2_000)}\n`).faults
  t.ok(evil.length > 0 && evil.every(fault => !/\p{C}/u.test(fault) && fault.length < 2_000))

  const missing = readIdentity('dev', 'fallback', () => readFileSync(`${t.testdirName}/no`, 'utf8'))
  t.match(missing, { environment: 'dev', faults: ['.infra.dev.yaml: cannot be read (ENOENT)'] })
  const bug = () => {
    throw new TypeError('a bug')
  }
  t.throws(
    () => readIdentity('prod', 'fallback', bug),
    TypeError,
    'what is not about the file is not swallowed',
  )
})

t.test('a manifest of another environment is a fault, and what it says is reported', async t => {
  t.match(read(good, 'dev'), {
    environment: 'prod',
    faults: ['.infra.dev.yaml: environment is prod (want dev, as INFRA_ENVIRONMENT says)'],
  })
})

t.test('a port that cannot be listened on is a fault, and none', async t => {
  for (const port of ['0', '-1', '65536']) {
    const identity = read(good.replace('4270', port))
    t.equal(identity.port, null)
    t.equal(identity.faults.length, 1)
  }
})

t.test('a start on another port than declared contradicts the manifest', async t => {
  const identity = read(good)
  t.strictSame(findContradictions(identity, { port: 4_270 }), [])
  const other = 'PORT is 4271 (want 4270, as .infra.yaml declares)'
  t.strictSame(findContradictions(identity, { port: 4_271 }), [other])
  t.strictSame(findContradictions({ ...identity, faults: ['x'] }, { port: 4_271 }), ['x', other])
  t.strictSame(findContradictions({ ...identity, port: null }, { port: 4_271 }), [])
})
