// The manifest's reader: our own manifests pass, and what could be read in two ways is refused with a code.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { ManifestError, parseManifest } from '../../src/manifest/parse.ts'
import { prototypeNames, runs } from '../fixtures/registry-world.ts'

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

t.test('the greatest length is read', async t => {
  t.equal(codeOf(`${good}#`.padEnd(64 * 1024, 'x')), undefined)
  t.equal(codeOf(`${good}#`.padEnd(64 * 1024 + 1, 'x')), 'MANIFEST_NOT_YAML')
})

t.test('what is not one plain YAML document is refused with MANIFEST_NOT_YAML', async t => {
  const table: Record<string, string> = {
    'a key twice': `${good}project: q\n`,
    'a key twice, once quoted': `${good}"project": q\n`,
    'a key twice, deep': `${good}service:\n  port: 1\n  port: 2\n`,
    'two documents': `${good}---\n${good}`,
    'a second document that is empty': `${good}---\n`,
    'an alias': `${good}database: {cluster: &a x, name: *a, user: *a}\n`,
    'an alias of nothing': good.replace('project: p', 'project: *p'),
    'an anchor that is not used': good.replace('project: p', 'project: &p p'),
    'an anchor on a key': good.replace('project:', '&k project:'),
    'a merge': `${good}service: &s {port: 1}\ngpu:\n  <<: *s\n`,
    'a tab for indentation': `${good}service:\n\tport: 1\n`,
    'an unknown tag': good.replace('project: p', 'project: !secret p'),
    'a version that is not known': `%YAML 9.9\n---\n${good}`,
    'a key that is a map': `${good}? {a: b}\n: c\n`,
    'a bracket that is not closed': `${good}depends_on: [a\n`,
    'a quote that is not closed': `${good}gpu: "\n`,
    NUL: good.replace('p\n', 'p\0\n'),
    'a control character': good.replace('p\n', 'p\u009b\n'),
    'half a surrogate pair': good.replace('p\n', 'p\ud800\n'),
    'thousands of brackets': `${good}gpu: ${'['.repeat(20_000)}`,
    'thousands of braces': `${good}gpu: ${'{a: '.repeat(10_000)}`,
    'more text than any manifest holds': good + '# x\n'.repeat(20_000),
  }
  for (const [name, text] of Object.entries(table)) t.equal(codeOf(text), 'MANIFEST_NOT_YAML', name)
})

t.test('what does not satisfy the schema is refused with MANIFEST_INVALID', async t => {
  const table: Record<string, string> = {
    nothing: '',
    null: '~\n',
    'a list': '- a\n',
    'a word': 'x\n',
    'an unknown key': `${good}passcode: x\n`,
    'an unknown key, deep': `${good}service: {address: x}\n`,
    'a merge key of YAML 1.1': `%YAML 1.1\n---\n${good}<<: {project: q}\n`,
    'a key that looks like a number': `${good}7: x\n`,
    'no project': good.replace('project: p\n', ''),
    'another version': good.replace('infra/v1', 'infra/v2'),
    'another provider': good.replace('local', 'cloud'),
    'another environment': `${good}environment: staging\n`,
    'a port that is text': `${good}service: {port: "1"}\n`,
    'a port that is no whole number': `${good}service: {port: 1.5}\n`,
    'a project that is a number': good.replace('project: p', 'project: 7'),
    'a project that is null': good.replace('project: p', 'project:'),
    'a database without a user': `${good}database: {cluster: c, name: n}\n`,
  }
  for (const [name, text] of Object.entries(table)) t.equal(codeOf(text), 'MANIFEST_INVALID', name)
  for (const name of prototypeNames) t.equal(codeOf(`${good}${name}: x\n`), 'MANIFEST_INVALID', name)
})

t.test('a refusal names the file and every fault', async t => {
  const text = 'apiVersion: infra/v1\nprovider: local\nservice: {port: x}\nextra: 1\n'
  t.throws(() => parseManifest(text, 'm.yaml'), {
    name: 'ManifestError',
    message:
      'm.yaml: /project: Expected required property; /extra: Unexpected property; /project: Expected string; /service/port: Expected integer',
  })
  t.throws(() => parseManifest(`${good}project: q\n`, 'm.yaml'), {
    message: 'm.yaml: Map keys must be unique at line 4, column 1',
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
      return code === undefined || code === 'MANIFEST_NOT_YAML' || code === 'MANIFEST_INVALID'
    }),
    runs(1000),
  )
  t.pass('held')
})
