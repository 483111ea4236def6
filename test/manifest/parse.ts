// The manifest's reader: our own manifests pass, and what is refused is refused with every fault in one error.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { ManifestError, parseManifest } from '../../src/manifest/parse.ts'
import { runs } from '../fixtures/registry-world.ts'

const good = 'apiVersion: infra/v1\nproject: p\nprovider: local\n'
const codeOf = (text: string): string | undefined => {
  try {
    parseManifest(text, 'm.yaml')
    return undefined
  } catch (error) {
    return error instanceof ManifestError ? error.code : `not a ManifestError: ${error}`
  }
}

t.test('the manifests of this project', async t => {
  for (const [file, environment] of [
    ['.infra.yaml', 'prod'],
    ['.infra.dev.yaml', 'dev'],
  ] as const) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
    t.match(parseManifest(text, file), { apiVersion: 'infra/v1', project: 'infra-resolver', environment })
  }
})

t.test('what is allowed is read', async t => {
  t.strictSame(parseManifest(good, 'm.yaml'), { apiVersion: 'infra/v1', project: 'p', provider: 'local' })
  t.equal(codeOf(good.replaceAll('\n', '\r\n')), undefined, 'CRLF')
  t.equal(codeOf(`# why\n---\n${good}...\n`), undefined, 'a comment and the marks of one document')
  t.equal(
    codeOf(JSON.stringify({ apiVersion: 'infra/v1', project: 'é😀', provider: 'mac' })),
    undefined,
    'JSON',
  )
  t.equal(
    codeOf(`${good}gpu: {mode: on-demand, droplet: d}\ndepends_on: [a, b]\nservice: {port: 1}\n`),
    undefined,
  )
})

t.test('a refusal names the file, the place and every fault', async t => {
  const text = 'apiVersion: infra/v1\nprovider: local\nservice: {port: x}\nextra: 1\n'
  t.throws(() => parseManifest(text, 'm.yaml'), {
    name: 'ManifestError',
    code: 'MANIFEST_INVALID',
    message: `m.yaml:1:1 error MANIFEST_MISSING_KEY key "project" is missing (want a text)
m.yaml:3:17 error MANIFEST_WRONG_TYPE service.port: want a whole number, got "x"
m.yaml:4:1 error MANIFEST_UNKNOWN_KEY key "extra" is not known here (want one of apiVersion, project, environment, provider, database, service, gpu, depends_on)`,
    faults: [{ file: 'm.yaml', line: 1, column: 1 }, { line: 3 }, { line: 4 }],
  })
})

t.test('no text makes it throw anything else', async t => {
  const pieces = [
    'a',
    ':',
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '&a ',
    '*a',
    '!t ',
    '|\n',
    '>',
    '#',
    '%',
    '---\n',
    '...',
    '? ',
    '\t',
    '~',
    '<<',
    '7',
    '@',
    '`',
  ]
  const soups = fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(soups, fc.string({ unit: 'binary' })), fc.boolean(), (soup, after) => {
      const code = codeOf(after ? good + soup : soup)
      return code === undefined || code === 'MANIFEST_INVALID'
    }),
    runs(1000),
  )
  t.pass('held')
})
