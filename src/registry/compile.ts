// Makes the buffer that a registry is served from (compiled.ts), from its bytes or from a document. An organisation is
// compiled as soon as it is read, and forgotten: what is kept of it is what will be served.

import { sha256 } from '../core/digest.ts'
import { type GiveWay, goOn } from '../core/give-way.ts'
import {
  ALIGNMENT,
  ASCII,
  COUNTS,
  HEADER_BYTES,
  kindOf,
  ORG_DIGEST_BYTES,
  SECTIONS,
  type Section,
} from './compiled.ts'
import { buildSlots } from './name-table.ts'
import { foldName } from './names.ts'
import { NumberColumnWriter } from './number-column.ts'
import { readRegistry } from './parse.ts'
import type { OrgEntry, RegistryDocument, RepoEntry } from './schema.ts'
import { TextColumnWriter } from './text-column.ts'

/** As many bytes are copied before others may have the core. */
const COPY_BYTES = 256 * 1024

/** The first section begins here. */
const FIRST = align(HEADER_BYTES)

/** As many times as long as its text is what room is asked for; the kernel gives pages to what is written only. */
const ROOM = 1.5

/** No entry of a canonical text is shorter. */
const ENTRY_BYTES = 120

/** A registry that satisfies R1–R10, compiled. */
export interface CompiledText {
  readonly schemaVersion: string
  readonly compiled: SharedArrayBuffer
}

/** Compiles the registry that `bytes` are. Throws `REGISTRY_INVALID` or `REGISTRY_VERSION_UNSUPPORTED`. */
export function compileText(bytes: Uint8Array, file: string, giveWay: GiveWay = goOn): CompiledText {
  const compiler = new Compiler(bytes.byteLength)
  const take = (name: string, org: OrgEntry): void => compiler.add(name, org)
  const { schema_version } = readRegistry(bytes, { file, take, giveWay })
  return { schemaVersion: schema_version, compiled: compiler.finish(giveWay) }
}

/** Compiles a registry that has passed R1–R10. */
export function compileRegistry({ orgs }: Pick<RegistryDocument, 'orgs'>): SharedArrayBuffer {
  const compiler = new Compiler()
  for (const [name, org] of Object.entries(orgs)) compiler.add(name, org)
  return compiler.finish()
}

/** Compiles a registry organisation by organisation. */
class Compiler {
  readonly #entryTexts: TextColumnWriter
  readonly #entryNames: TextColumnWriter
  readonly #entryFlags: NumberColumnWriter<Uint8Array>
  readonly #orgTexts = new TextColumnWriter()
  readonly #orgNames = new TextColumnWriter()
  readonly #orgTargets = new TextColumnWriter()
  readonly #orgFirsts = [0]
  readonly #orgCounts: number[] = []
  readonly #orgDigests: string[] = []
  readonly #counts = noCounts()

  /** `bytes` is about how long the registry is. */
  constructor(bytes = 0) {
    // The texts are the most of it: they are written where they will lie, and the rest is put behind them.
    const texts = bytes / ENTRY_BYTES
    this.#entryTexts = new TextColumnWriter({ room: bytes * ROOM, before: FIRST, texts })
    this.#entryNames = new TextColumnWriter({ room: bytes / 4, texts })
    this.#entryFlags = new NumberColumnWriter(Uint8Array, texts)
  }

  /** Adds the next organisation of a registry that will turn out to satisfy R1–R10. */
  add(org: string, { telemetry_repo, repos }: OrgEntry): void {
    const counts = noCounts()
    const own = this.#orgTexts.length
    const first = this.#entryTexts.length
    for (const repo of Object.keys(repos)) {
      const entry = repos[repo]!
      const ascii = this.#entryTexts.add(textOf(org, repo, telemetry_repo, entry))
      this.#entryNames.add(foldName(`${org}/${repo}`))
      const kind = kindOf(entry)
      this.#entryFlags.push(kind | (ascii ? ASCII : 0))
      counts[kind]! += 1
    }
    this.#orgTexts.add(`"org":"${org}","telemetry_repo":"${telemetry_repo}"`)
    this.#orgNames.add(foldName(org))
    this.#orgTargets.add(foldName(telemetry_repo))
    this.#orgFirsts.push(this.#entryFlags.length)
    this.#orgCounts.push(...counts)
    for (let kind = 0; kind < COUNTS; kind++) this.#counts[kind]! += counts[kind]!
    // The text of an entry names its organisation and telemetry repository: theirs is needed where there is none.
    const entries = this.#entryTexts.since(first)
    const digest = sha256(entries.byteLength > 0 ? entries : this.#orgTexts.since(own))
    this.#orgDigests.push(digest.slice(0, 2 * ORG_DIGEST_BYTES))
  }

  /** Returns the registry that the organisations are. */
  finish(giveWay: GiveWay = goOn): SharedArrayBuffer {
    const entries = { text: this.#entryTexts.finish(), name: this.#entryNames.finish() }
    const own = { text: this.#orgTexts.finish(), name: this.#orgNames.finish() }
    const target = this.#orgTargets.finish()
    const sections = {
      ...{ entryTexts: entries.text.bytes, entryTextOffsets: entries.text.offsets },
      ...{ entryNames: entries.name.bytes, entryNameOffsets: entries.name.offsets },
      ...{ entryFlags: this.#entryFlags.finish(), entrySlots: buildSlots(entries.name, giveWay) },
      ...{ orgTexts: own.text.bytes, orgTextOffsets: own.text.offsets },
      ...{ orgNames: own.name.bytes, orgNameOffsets: own.name.offsets },
      ...{ orgTargets: target.bytes, orgTargetOffsets: target.offsets },
      ...{ orgFirsts: new Uint32Array(this.#orgFirsts), orgCounts: new Uint32Array(this.#orgCounts) },
      ...{ orgDigests: Buffer.from(this.#orgDigests.join(''), 'hex') },
      ...{ orgSlots: buildSlots(own.name, giveWay), counts: new Uint32Array(this.#counts) },
    }
    return pack(sections, giveWay)
  }
}

/**
 * The members of an entry's answer as JSON, without braces. The reason alone can hold what JSON has another spelling for
 * (R4, R5, R7, R10), and a million entries are rendered as fast as can be.
 */
function textOf(org: string, repo: string, telemetryRepo: string, entry: RepoEntry): string {
  const { state, context, process, reason } = entry
  const before = `"org":"${org}","repo":"${repo}","state":"${state}","context":"${context}"`
  return `${before},"telemetry_repo":"${telemetryRepo}","process":"${process}","reason":${JSON.stringify(reason)}`
}

function noCounts(): number[] {
  return new Array<number>(COUNTS).fill(0)
}

/** Puts the sections behind the first one where there is room for them all, and else all of them into another buffer. */
function pack(
  sections: Readonly<Record<Section, Uint8Array | Uint32Array>>,
  giveWay: GiveWay,
): SharedArrayBuffer {
  let size = HEADER_BYTES
  const places = SECTIONS.map(name => {
    const offset = align(size)
    const { buffer, byteOffset, byteLength } = sections[name]
    size = offset + byteLength
    return { offset, data: new Uint8Array(buffer, byteOffset, byteLength) }
  })
  const first = sections[SECTIONS[0]].buffer
  const fits = first instanceof SharedArrayBuffer && align(size) <= first.byteLength
  const compiled = fits ? first : new SharedArrayBuffer(align(size))
  const header = new Uint32Array(compiled, 0, SECTIONS.length * 2)
  const whole = new Uint8Array(compiled)
  for (const [i, { offset, data }] of places.entries()) {
    header.set([offset, data.byteLength], i * 2)
    if (data.buffer === compiled) continue
    for (let at = 0; at < data.byteLength; at += COPY_BYTES) {
      whole.set(data.subarray(at, at + COPY_BYTES), offset + at)
      giveWay()
    }
  }
  return compiled
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT
}
