// One manifest, judged by itself: all its faults in the order of the text, each with a code, a line and a column.

import t from 'tap'
import { checkManifest, checkManifestBytes, placeInManifest } from '../../src/manifest/check.ts'
import { prototypeNames } from '../fixtures/registry-world.ts'

const good = 'apiVersion: infra/v1\nproject: press\nprovider: local\n'

/** The faults of `text` as `line:column code`. */
const told = (text: string): string[] => {
  const checked = checkManifest(text, 'm.yaml')
  return checked.ok ? [] : checked.faults.map(({ line, column, code }) => `${line}:${column} ${code}`)
}

const messageOf = (text: string): string => {
  const checked = checkManifest(text, 'm.yaml')
  return checked.ok ? '' : checked.faults[0]!.message
}

t.test('a manifest', async t => {
  t.strictSame(checkManifest(good, 'm.yaml'), {
    ok: true,
    manifest: { apiVersion: 'infra/v1', project: 'press', provider: 'local' },
  })
})

t.test('faults of the text and of the value, all of them, in order', async t => {
  t.strictSame(
    told(`apiVersion: infra/v2\nservice:\n  host: no\n  port: "1"\n  hsot: x\n  host: lime\nextra: 1\n`),
    [
      '1:1 MANIFEST_MISSING_KEY',
      '1:1 MANIFEST_MISSING_KEY',
      '1:13 MANIFEST_BAD_VALUE',
      '3:9 MANIFEST_BOOLEAN',
      '4:9 MANIFEST_WRONG_TYPE',
      '5:3 MANIFEST_UNKNOWN_KEY',
      '6:3 MANIFEST_DUPLICATE_KEY',
      '7:1 MANIFEST_UNKNOWN_KEY',
    ],
  )
  t.strictSame(told(`${good}service: [1\nextra: 1\n`).length, 1, 'nothing is made of a broken structure')
})

t.test('of a key that stands twice, the last is judged, where it stands', async t => {
  t.strictSame(told(`${good}project: 7\n`), ['4:1 MANIFEST_DUPLICATE_KEY', '4:10 MANIFEST_WRONG_TYPE'])
})

t.test('a missing key has the place of what it is missing in', async t => {
  t.strictSame(told(`${good}database:\n  name: x\n`), [
    '4:1 MANIFEST_MISSING_KEY',
    '4:1 MANIFEST_MISSING_KEY',
  ])
})

t.test('an unknown key is refused, and the nearest known one is named', async t => {
  t.match(messageOf(`${good}servce: {}\n`), /did you mean "service"\?$/)
  t.match(messageOf(`${good}service: {hots: x}\n`), /did you mean "host"\?$/)
  t.match(messageOf(`${good}service: {quince: x}\n`), /\(want one of host, runtime, port, systemd_unit\)$/)
  for (const name of prototypeNames)
    t.strictSame(told(`${good}${name}: x\n`), ['4:1 MANIFEST_UNKNOWN_KEY'], name)
})

t.test('run-only and access settings are told to be no part of a manifest', async t => {
  const keys = ['passcode', 'PASSWORD', 'bind', 'bind_address', 'bindAddr', 'bind-host', 'listen', 'api_key']
  keys.push('db_password', 'tokens', 'secret', 'credentials', 'allowed_ips', 'log_level', 'env_vars', 'args')
  for (const key of keys) {
    t.strictSame(told(`${good}${key}: x\n`), ['4:1 MANIFEST_RUN_ONLY_KEY'], key)
    t.strictSame(told(`${good}service:\n  ${key}: x\n`), ['5:3 MANIFEST_RUN_ONLY_KEY'], `service.${key}`)
  }
  t.match(messageOf(`${good}passcode: x\n`), /run-only and access settings .* belong to the environment/)
  for (const key of ['binder', 'passage', 'environments', 'compass']) {
    t.strictSame(told(`${good}${key}: x\n`), ['4:1 MANIFEST_UNKNOWN_KEY'], key)
  }
})

t.test('what the schema leaves open and no service can be made of', async t => {
  for (const port of ['0', '-1', '65536', '999999999999']) {
    t.strictSame(told(`${good}service: {port: ${port}}\n`), ['4:17 MANIFEST_BAD_PORT'], port)
  }
  for (const port of ['1', '65535']) t.strictSame(told(`${good}service: {port: ${port}}\n`), [], port)
  const named = (name: string): string[] => told(good.replace('press', name))
  for (const name of ['""', '" a"', '"a "', '"a\\nb"', '"\\e[31m"', '"\\u202e"', `"${'x'.repeat(201)}"`]) {
    t.strictSame(named(name), ['2:10 MANIFEST_BAD_NAME'], name)
  }
  for (const name of ['a', '"@apps/press"', '"a b"', 'é😀', 'x'.repeat(200)])
    t.strictSame(named(name), [], name)
})

t.test('bytes that are no text', async t => {
  const bytes = Buffer.concat([Buffer.from(`${good}# é `), Buffer.of(0xff), Buffer.from('\n')])
  const { text, ...checked } = checkManifestBytes(bytes, 'm.yaml')
  t.match(checked, { ok: false, faults: [{ code: 'MANIFEST_NOT_UTF8', line: 4, column: 5 }], project: null })
  t.equal(text, '')
  t.match(checkManifestBytes(Buffer.from(good), 'm.yaml'), { ok: true, text: good })
})

t.test('a refused manifest still says whose it is, as far as that can be read', async t => {
  t.match(checkManifest(`${good}extra: 1\n`, ''), { ok: false, project: 'press' })
  t.match(checkManifest('- a\n', ''), { ok: false, project: null })
  t.match(checkManifest('', ''), { ok: false, project: null })
})

t.test('places are looked up in a text that is right, too', async t => {
  const text = `${good}service:\n  port: 80\n`
  t.strictSame(placeInManifest(text, ['service', 'port'], 'value'), { line: 5, column: 9 })
  t.strictSame(placeInManifest(text, ['service', 'port'], 'key'), { line: 5, column: 3 })
})
