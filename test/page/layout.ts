import t from 'tap'
import { ASSETS, stylesheet } from '../../src/page/assets.ts'
import { html } from '../../src/page/html.ts'
import { CONTENT_SECURITY_POLICY, renderPage } from '../../src/page/layout.ts'

const service = { name: 'a & b', version: '1.2.3', environment: '<prod>' }
const frame = { title: '"x"', main: html`<p>here</p>`, service }

t.test('a page is a whole document, with what it says put in escaped', async t => {
  const page = renderPage(frame)
  t.match(page, /^<!doctype html>\n<html lang="en">/)
  t.match(page, '<title>&quot;x&quot; · a &amp; b</title>')
  t.match(page, '&lt;prod&gt;')
  t.match(page, '<p>here</p>')
  t.match(page, stylesheet.path)
})

t.test('nothing in it is inline, and nothing comes from elsewhere', async t => {
  const page = renderPage(frame)
  t.notMatch(page, /<style|\sstyle=|\son\w+=|<script>|<iframe|https?:\/\//)
  for (const [, path] of page.matchAll(/(?:src|href)="(\/assets\/[^"]*)"/g)) {
    t.ok(ASSETS.has(path!.slice('/assets/'.length)), path!)
  }
})

t.test('the section that is shown says so', async t => {
  t.match(renderPage({ ...frame, section: '/' }), '<a href="/" aria-current="page">Repositories</a>')
  t.notMatch(renderPage(frame), 'aria-current')
})

t.test('the policy lets nothing in by default, nothing inline, and no frame around it', async t => {
  const rules = CONTENT_SECURITY_POLICY.split('; ')
  t.equal(rules[0], "default-src 'none'")
  for (const rule of rules) t.match(rule, /^[a-z-]+ '(?:self|none)'$/)
  for (const name of ['frame-ancestors', 'base-uri']) t.ok(rules.includes(`${name} 'none'`), name)
})
