// Nodes of YAML turned into values, in one pass that also notes what is wrong with each on the way: tags, words and
// numbers that another YAML reads otherwise, anchors and aliases beyond a bound.

import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar } from 'yaml'
import { quote } from '../core/diagnostic.ts'
import type { ManifestCode, TextFault } from './manifest-code.ts'
import { MAX_DEPTH } from './yaml-depth.ts'

/** The most anchors and aliases of one text, together. */
export const MAX_ALIASES = 16

/** Plain words that YAML 1.1 reads as booleans, and YAML 1.2, but for the last two, as texts. */
const BOOLEAN = /^(?:y|n|yes|no|on|off|true|false)$/i

/** Plain numbers and dates that YAML 1.1 reads as another value than YAML 1.2: octal, `1_000`, `12:30`, `2026-01-31`. */
const AMBIGUOUS =
  /^(?:[-+]?(?:0[\d_]+|0o[0-7]+|0b[01_]+|\d[\d_]*_[\d_]*|[1-9]\d*(?::[0-5]?\d)+)|\d{4}-\d\d?-\d\d?(?:[t ].*)?)$/i

/** Longer than any of these; the pattern takes the square of its length. */
const MAX_NUMBER = 64

/** Returns where a node begins. */
export function offsetOfNode(node: unknown): number {
  return (node as { range?: readonly number[] | null }).range?.[0] ?? 0
}

/** Reads the nodes of one text. */
export class YamlReader {
  readonly faults: TextFault[] = []
  readonly #anchors = new Map<string, unknown>()
  readonly #text: string
  #aliases = 0

  constructor(text: string) {
    this.#text = text
  }

  read(node: unknown, depth: number): unknown {
    if (isScalar(node)) {
      this.#note(node)
      return this.#scalar(node)
    }
    if (isAlias(node)) return this.#alias(node.source, offsetOfNode(node))
    if (!isMap(node) && !isSeq(node)) return null
    this.#note(node)
    if (depth === MAX_DEPTH) {
      this.#add(
        'MANIFEST_TOO_DEEP',
        offsetOfNode(node),
        `nested too deeply (want at most ${MAX_DEPTH} levels)`,
      )
      return null
    }
    return isMap(node) ? this.#map(node.items, depth + 1) : node.items.map(item => this.read(item, depth + 1))
  }

  #map(items: readonly Pair[], depth: number): Record<string, unknown> {
    const members: Record<string, unknown> = {}
    for (const { key, value } of items) {
      if (isScalar(key)) this.#note(key)
      const name = isScalar(key) ? String(key.value) : ''
      if (isAlias(key))
        this.#add('MANIFEST_ALIAS', offsetOfNode(key), 'an alias stands for a key (want a text)')
      // Assigned, `__proto__` would be no member.
      const member = { value: this.read(value, depth), enumerable: true, writable: true, configurable: true }
      if (name === '__proto__') Object.defineProperty(members, name, member)
      else members[name] = member.value
    }
    return members
  }

  #scalar(node: Scalar): unknown {
    const { type, source = '', value } = node
    if (type !== 'PLAIN') return value
    if (BOOLEAN.test(source)) {
      const message = `${quote(source)} is a boolean to some readers and a text to others (want it in quotes)`
      this.#add('MANIFEST_BOOLEAN', offsetOfNode(node), message)
    } else if (source.length <= MAX_NUMBER && AMBIGUOUS.test(source)) {
      const message = `${quote(source)} is another value in YAML 1.1 than in YAML 1.2 (want a text in quotes, or a plain decimal number)`
      this.#add('MANIFEST_AMBIGUOUS', offsetOfNode(node), message)
    }
    return value
  }

  /** Notes tag and anchor of a node. */
  #note(node: {
    tag?: string | undefined
    anchor?: string | undefined
    range?: readonly number[] | null
  }): void {
    if (node.tag !== undefined)
      this.#add(
        'MANIFEST_TAG',
        this.#tagBefore(offsetOfNode(node)),
        'tags are not read here (want a plain value)',
      )
    if (node.anchor === undefined) return
    this.#count(offsetOfNode(node))
    this.#anchors.set(node.anchor, node)
  }

  #alias(name: string, offset: number): unknown {
    this.#count(offset)
    const target = this.#anchors.get(name)
    if (isScalar(target)) return target.value
    const what = target === undefined ? 'stands for nothing above it' : 'stands for a list or a map'
    this.#add('MANIFEST_ALIAS', offset, `alias ${quote(name)} ${what} (want one value)`)
    return null
  }

  #count(offset: number): void {
    this.#aliases += 1
    if (this.#aliases !== MAX_ALIASES + 1) return
    this.#add('MANIFEST_ALIAS', offset, `too many anchors and aliases (want at most ${MAX_ALIASES})`)
  }

  #tagBefore(offset: number): number {
    const last = this.#text.lastIndexOf('!', offset)
    return this.#text[last - 1] === '!' ? last - 1 : Math.max(0, last)
  }

  #add(code: ManifestCode, offset: number, message: string): void {
    this.faults.push({ code, offset, message })
  }
}
