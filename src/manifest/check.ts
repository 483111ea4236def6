// One manifest, judged by itself: is it YAML that means one thing, does it satisfy the schema, are its name and its
// port such. Every fault is told, each with its place; positions are looked up in faulty texts only.

import type { TSchema } from '@sinclair/typebox'
import { type Diagnostic, type Place, placeAt, placesIn, quote } from '../core/diagnostic.ts'
import { decodeUtf8, EncodingError } from '../core/json.ts'
import type { ManifestCode, TextFault } from './manifest-code.ts'
import { suggest } from './nearest.ts'
import { Manifest } from './schema.ts'
import { type SchemaFault, type SchemaFaultKind, schemaChecker } from './schema-faults.ts'
import { readYaml, type YamlText } from './yaml-text.ts'

/** What came of a manifest: the manifest, or everything that is wrong with it. */
export type CheckedManifest =
  | { readonly ok: true; readonly manifest: Manifest }
  | {
      readonly ok: false
      readonly faults: readonly Diagnostic<ManifestCode>[]
      /** What it calls its project, as far as that can be read. */
      readonly project: string | null
    }

/** Checks the text of a manifest that is called `file`. Never throws. */
export function checkManifest(text: string, file: string): CheckedManifest {
  const yaml = readYaml(text)
  const faults = [...yaml.faults, ...(yaml.sound ? findFaults(yaml) : [])]
  if (faults.length === 0) return { ok: true, manifest: yaml.value as Manifest }
  const placeOf = placesIn(text)
  const told = new Set<number>()
  const sorted = faults
    .filter(({ code, offset }) => isFirstAt(told, code, offset))
    .sort((a, b) => a.offset - b.offset)
    .map(({ code, offset, message }) => ({
      severity: 'error' as const,
      code,
      message,
      file,
      ...placeOf(offset),
    }))
  return { ok: false, faults: sorted, project: projectOf(yaml.value) }
}

function projectOf(value: unknown): string | null {
  const { project } = Object(value) as { project?: unknown }
  return typeof project === 'string' ? project : null
}

/** What YAML has against a value says more than what the schema has; a map may lack several keys. */
function isFirstAt(told: Set<number>, code: ManifestCode, offset: number): boolean {
  if (code === 'MANIFEST_MISSING_KEY') return true
  const first = !told.has(offset)
  told.add(offset)
  return first
}

/** Checks the bytes of a manifest that is called `file`. Never throws. */
export function checkManifestBytes(
  bytes: Uint8Array,
  file: string,
): CheckedManifest & { readonly text: string } {
  let text: string
  try {
    text = decodeUtf8(bytes)
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error
    const before = decodeUtf8(bytes.subarray(0, error.offset))
    const place = placeAt(before, before.length)
    const fault = { severity: 'error' as const, code: 'MANIFEST_NOT_UTF8' as const, file, ...place }
    return { ok: false, faults: [{ ...fault, message: error.message }], project: null, text: '' }
  }
  return { ...checkManifest(text, file), text }
}

/** Returns where the key or the value at `path` of a manifest begins; of what is not there, what is nearest above. */
export function placeInManifest(text: string, path: readonly string[], part: 'key' | 'value'): Place {
  return placesIn(text)(readYaml(text).offsetOf(path, part))
}

const findManifestFaults = schemaChecker(Manifest)

function findFaults(yaml: YamlText): TextFault[] {
  const faults = findManifestFaults(yaml.value)
  if (faults.length === 0) return findValueFaults(yaml)
  return faults.map(fault => {
    const { kind, path } = fault
    const offset =
      kind === 'missing_key'
        ? yaml.offsetOf(path.slice(0, -1), 'key')
        : yaml.offsetOf(path, kind === 'unknown_key' ? 'key' : 'value')
    return kind === 'unknown_key'
      ? { ...unknownKey(fault), offset }
      : { code: CODES[kind], message: fault.message, offset }
  })
}

const CODES: Readonly<Record<SchemaFaultKind, ManifestCode>> = {
  missing_key: 'MANIFEST_MISSING_KEY',
  unknown_key: 'MANIFEST_UNKNOWN_KEY',
  wrong_type: 'MANIFEST_WRONG_TYPE',
  bad_value: 'MANIFEST_BAD_VALUE',
}

/** Settings of a run, and of who may reach it. What they are called differs; what they are for does not. */
const RUN_ONLY =
  /(?:^|_)(?:pass(?:code|word|wd|phrase)?|secret|token|api_?key|credential|bind(?:_?(?:addr|address|host|ip))?|listen(?:_?(?:addr|address|host|on))?|allow(?:ed)?_?(?:ips?|hosts?)?|env_?vars|environment_variables|args|command|cmd|log_level)s?$/

function unknownKey({ path, message }: SchemaFault): Pick<TextFault, 'code' | 'message'> {
  const key = path.at(-1)!
  const name = key.replaceAll(/(?<=[a-z])(?=[A-Z])|-/g, '_').toLowerCase()
  if (RUN_ONLY.test(name)) {
    const why = `key ${quote(key)} is no part of a manifest: run-only and access settings (passcodes, bind addresses) belong to the environment of the process`
    return { code: 'MANIFEST_RUN_ONLY_KEY', message: why }
  }
  const known = keysAt(path.slice(0, -1))
  const hint = suggest(key, known) || ` (want one of ${known.join(', ')})`
  return { code: 'MANIFEST_UNKNOWN_KEY', message: `${message}${hint}` }
}

function keysAt(path: readonly string[]): readonly string[] {
  const [section] = path
  const properties: Readonly<Record<string, TSchema>> = Manifest.properties
  return Object.keys((section === undefined ? properties : properties[section]?.properties) ?? {})
}

/** What the schema leaves open and no service can be made of. */
function findValueFaults({ value, offsetOf }: YamlText): TextFault[] {
  const { project, service } = value as Manifest
  const faults: TextFault[] = []
  if (!isName(project)) {
    const message = `project ${quote(project)} is no name (want one line of 1 to ${MAX_NAME} visible characters)`
    faults.push({ code: 'MANIFEST_BAD_NAME', offset: offsetOf(['project'], 'value'), message })
  }
  const port = service?.port
  if (port !== undefined && (port < 1 || port > 65_535)) {
    const message = `service.port: want a port from 1 to 65535, got ${port}`
    faults.push({ code: 'MANIFEST_BAD_PORT', offset: offsetOf(['service', 'port'], 'value'), message })
  }
  return faults
}

const MAX_NAME = 200

function isName(text: string): boolean {
  return /^[^\s\p{C}](?:[^\p{C}\u2028\u2029]*[^\s\p{C}])?$/u.test(text) && text.length <= MAX_NAME
}
