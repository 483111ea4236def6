// What the pages load beside their HTML, under names that change with the bytes, so that it is kept for good.

import { sha256 } from '../core/digest.ts'
import { SCRIPT } from './script.ts'
import { STYLESHEET } from './stylesheet.ts'

export interface Asset {
  /** The last part of its address. */
  readonly file: string
  readonly path: string
  readonly type: string
  readonly text: string
}

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3.5" fill="#2f5d8a"/><g fill="#fff"><rect x="3.5" y="4" width="2" height="2" rx="1"/><rect x="7" y="4" width="5.5" height="2" rx="1"/><rect x="3.5" y="7.2" width="2" height="2" rx="1"/><rect x="7" y="7.2" width="5.5" height="2" rx="1"/><rect x="3.5" y="10.4" width="2" height="2" rx="1"/><rect x="7" y="10.4" width="3.5" height="2" rx="1"/></g></svg>
`

export const stylesheet = asset('page', 'css', 'text/css; charset=utf-8', STYLESHEET)
export const script = asset('page', 'js', 'text/javascript; charset=utf-8', SCRIPT)
export const icon = asset('icon', 'svg', 'image/svg+xml', ICON)

/** Every asset, by its file. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  [stylesheet, script, icon].map(one => [one.file, one]),
)

function asset(name: string, ending: string, type: string, text: string): Asset {
  const file = `${name}-${sha256(text).slice(0, 12)}.${ending}`
  return { file, path: `/assets/${file}`, type, text }
}
