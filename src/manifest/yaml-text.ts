// YAML that means one thing. Two readers of one text must not come to two values, so whatever makes them is refused
// where it stands: keys given twice, several documents, tags, tabs, words that older YAML takes for booleans. A few
// anchors are read; what they can be multiplied to is bounded.

import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { quote } from '../core/diagnostic.ts'
import type { ManifestCode, TextFault } from './manifest-code.ts'
import { deepestOffset, MAX_DEPTH } from './yaml-depth.ts'
import { offsetOfNode, YamlReader } from './yaml-reader.ts'

/** A manifest is a page of text; the reader recurses, so what it is given is bounded first. */
export const MAX_LENGTH = 64 * 1024

/** What YAML 1.2 does not allow to stand in a text. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|\p{Surrogate}/u

/** What was read of a text, and everything that is wrong with it as YAML. */
export interface YamlText {
  readonly value: unknown
  readonly faults: readonly TextFault[]
  /** Whether the text has one structure, whatever its faults: then it makes sense to say what is wrong with the value. */
  readonly sound: boolean
  /** Returns where the key or the value at `path` begins; of what is not there, what is nearest above it. */
  readonly offsetOf: (path: readonly string[], part: 'key' | 'value') => number
}

/** Reads `text`; never throws, whatever it is. */
export function readYaml(text: string): YamlText {
  const refused = (code: ManifestCode, offset: number, message: string): YamlText => ({
    ...{ value: undefined, faults: [{ code, offset, message }], sound: false, offsetOf: () => 0 },
  })
  if (text.length > MAX_LENGTH) {
    const message = `too long (want at most ${MAX_LENGTH} characters, got ${text.length})`
    return refused('MANIFEST_TOO_LARGE', 0, message)
  }
  const unprintable = text.search(UNPRINTABLE)
  if (unprintable !== -1) {
    const character = quote(text[unprintable])
    return refused('MANIFEST_BAD_CHARACTER', unprintable, `${character} may not stand in YAML`)
  }
  const tooDeep = `nested too deeply (want at most ${MAX_DEPTH} levels)`
  try {
    const document = parseDocument(text, {
      ...{ strict: true, uniqueKeys: true, stringKeys: true, schema: 'core', logLevel: 'error' },
      prettyErrors: false,
    })
    const reader = new YamlReader(text)
    const value = reader.read(document.contents, 0)
    // Every tag is noted by the reader, known or not.
    const told = [...document.errors, ...document.warnings].filter(
      ({ code }) => code !== 'TAG_RESOLVE_FAILED',
    )
    const broken = told.map(
      ({ code, pos, message }): TextFault => ({
        ...{ code: CODES[code] ?? 'MANIFEST_NOT_YAML', offset: pos[0] },
        message: MESSAGES[code] ?? lowerFirst(message),
      }),
    )
    const faults = [...broken, ...versionFault(text, document), ...reader.faults]
    const deep = faults.length === 0 ? -1 : deepestOffset(text)
    if (deep !== -1) return refused('MANIFEST_TOO_DEEP', deep, tooDeep)
    const sound = broken.every(({ code }) => SOUND.includes(code))
    return { value, faults, sound, offsetOf: (path, part) => offsetOf(document, path, part) }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return refused('MANIFEST_TOO_DEEP', Math.max(0, deepestOffset(text)), tooDeep)
  }
}

const CODES: Readonly<Record<string, ManifestCode>> = {
  DUPLICATE_KEY: 'MANIFEST_DUPLICATE_KEY',
  TAB_AS_INDENT: 'MANIFEST_TAB',
  MULTIPLE_DOCS: 'MANIFEST_SEVERAL_DOCUMENTS',
  BAD_DIRECTIVE: 'MANIFEST_DIRECTIVE',
  NON_STRING_KEY: 'MANIFEST_BAD_KEY',
}

const MESSAGES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the key stands twice in one map; readers differ in which of the two they take',
  TAB_AS_INDENT: 'a tab indents nothing in YAML (want spaces)',
  MULTIPLE_DOCS: 'another document begins here (want one)',
  NON_STRING_KEY: 'a key is a text here (want no list or map)',
}

/** Faults that leave no doubt about the structure. */
const SOUND: readonly ManifestCode[] = [
  'MANIFEST_DUPLICATE_KEY',
  'MANIFEST_SEVERAL_DOCUMENTS',
  'MANIFEST_DIRECTIVE',
]

function* versionFault(text: string, { directives }: Document): Generator<TextFault> {
  if (directives?.yaml.explicit !== true || directives.yaml.version === '1.2') return
  const offset = Math.max(0, text.search(/^%YAML/m))
  yield { code: 'MANIFEST_DIRECTIVE', offset, message: 'another version of YAML (want 1.2, or none said)' }
}

function offsetOf(document: Document, path: readonly string[], part: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = 0
  for (const [at, segment] of path.entries()) {
    const wantsKey = part === 'key' && at === path.length - 1
    if (isSeq(node)) {
      node = node.items[Number(segment)]
      if (node === undefined) return offset
      offset = offsetOfNode(node)
    } else {
      const pair = isMap(node)
        ? node.items.findLast(({ key }) => isScalar(key) && String(key.value) === segment)
        : undefined
      if (pair === undefined) return offset
      offset = offsetOfNode(pair.key)
      node = pair.value
      // A value that is not written has no place of its own.
      const written = isScalar(node) ? node.source !== '' || node.type !== 'PLAIN' : node !== null
      if (!wantsKey && written && at === path.length - 1) offset = offsetOfNode(node)
    }
  }
  return offset
}

function lowerFirst(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1)
}
