import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import { ASSETS, script, stylesheet } from '../../src/page/assets.ts'

t.test('each asset is named for its bytes', async t => {
  t.equal(ASSETS.size, 3)
  for (const [file, { path, text, type }] of ASSETS) {
    t.ok(file.includes(`-${sha256(text).slice(0, 12)}.`), file)
    t.equal(path, `/assets/${file}`)
    t.match(type, /^(?:text|image)\//)
  }
})

t.test('none of them asks anybody else for anything', async t => {
  for (const { file, text } of ASSETS.values()) {
    t.notMatch(text.replace('http://www.w3.org/2000/svg', ''), /https?:|\burl\(|@import|\bimport\b/, file)
  }
})

t.test('the script is one that parses, and writes no markup itself', async t => {
  t.doesNotThrow(() => new Function(script.text))
  t.notMatch(script.text, /innerHTML\s*=[^=]|insertAdjacentHTML|document\.write|eval/)
})

t.test('the stylesheet knows both schemes, and defines every colour it uses', async t => {
  t.match(stylesheet.text, '@media (prefers-color-scheme: dark)')
  const used = new Set(stylesheet.text.match(/var\(--[\w-]+\)/g)!.map(word => word.slice(4, -1)))
  for (const name of used) {
    t.equal(stylesheet.text.split(`${name}:`).length - 1, 2, `${name} is defined for light and for dark`)
  }
})
