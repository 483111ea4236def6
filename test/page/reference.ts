import { readFileSync } from 'node:fs'
import t from 'tap'
import { type ReferenceDocument, renderReference } from '../../src/page/reference.ts'

const text = readFileSync(new URL('../../schemas/openapi.json', import.meta.url), 'utf8')
const document = JSON.parse(text) as ReferenceDocument
const page = renderReference(document, 'p { color: red }')

const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(match => match[1]!)

t.test('it has an anchor for every operation, and every link within it leads somewhere', async t => {
  for (const { get } of Object.values(document.paths)) t.ok(ids.includes(get.operationId), get.operationId)
  t.equal(new Set(ids).size, ids.length, 'no anchor stands twice')
  for (const [, target] of page.matchAll(/ (?:href="#|aria-labelledby=")([^"]+)"/g)) {
    t.ok(ids.includes(target!), target!)
  }
})

t.test('it shows every example, parameter, status and code', async t => {
  for (const [path, { get }] of Object.entries(document.paths)) {
    const from = page.indexOf(`<article id="${get.operationId}"`)
    const article = page.slice(from, page.indexOf('</article>', from))
    t.ok(article.includes(`GET ${path}`), path)
    for (const status of Object.keys(get.responses)) {
      t.ok(article.includes(`<th scope="row">${status}</th>`), `${path} ${status}`)
    }
  }
  for (const code of Object.keys(document['x-problems'])) t.ok(page.includes(`/problems/${code}"`), code)
  for (const line of text.match(/curl -s [^"\\]+/g)!)
    t.ok(page.includes(line.replaceAll('&', '&amp;').replaceAll("'", '&#39;')), line)
})

t.test('it runs nothing, and asks nobody for anything', async t => {
  t.notMatch(page, /<script|<img|<link|<iframe|<object|<form|\son\w+=|\sstyle=|javascript:|@import|url\(/i)
  const addresses = [...page.matchAll(/ (?:href|src)="([^"]*)"/g)].map(match => match[1]!)
  t.strictSame(
    addresses.filter(address => !/^(?:#|\/)/.test(address)),
    [],
    'every link is to this service',
  )
  t.equal(page.match(/<style>/g)!.length, 1)
})

t.test('it can be read without seeing it', async t => {
  t.match(page, /^<!doctype html>\n<html lang="en">/)
  for (const landmark of ['header', 'nav', 'main']) {
    t.equal(page.match(new RegExp(`<${landmark}[ >]`, 'g'))!.length, 1, `one ${landmark}`)
  }
  const levels = [...page.matchAll(/<h([1-6])[ >]/g)].map(match => Number(match[1]))
  t.equal(levels.filter(level => level === 1).length, 1, 'one title')
  t.ok(
    levels.every((level, i) => level <= (levels[i - 1] ?? 0) + 1),
    'no level of heading is left out',
  )
  for (const table of page.split('<table>').slice(1)) t.match(table.split('</table>')[0], /<th scope="col">/)
})

t.test('what a document says is text', async t => {
  const hostile = structuredClone(document) as { info: { title: string; description: string } }
  hostile.info.title = '<script>'
  hostile.info.description = 'a `<b>` c'
  const got = renderReference(hostile as ReferenceDocument, '')
  t.notMatch(got, '<script>')
  t.match(got, '<p>a <code>&lt;b&gt;</code> c</p>')
})
