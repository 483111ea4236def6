// The mesh file (`mesh-hosts.json`): the hosts, written by people, and the services, generated from every manifest.
// It is theirs: keys that are not known here are accepted and kept. What is known has to be right, and every fault is
// told with its place.

import { isIP } from 'node:net'
import { type Static, Type } from '@sinclair/typebox'
import { type Diagnostic, type Place, quote, renderDiagnostic } from '../core/diagnostic.ts'
import { HouseError } from '../core/error.ts'
import { parseJson } from '../core/json.ts'
import { jsonPointer, locatePointers } from '../core/json-pointer.ts'
import { Environment, Provider } from './schema.ts'
import { type SchemaFaultKind, schemaChecker } from './schema-faults.ts'

const text = (description?: string) => Type.String(description === undefined ? {} : { description })
const optional = Type.Optional

export const Host = Type.Object({
  addresses: Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    description: 'Where it is reached, best first: IPv4, IPv6 without brackets, or a DNS name. No port.',
  }),
  attributes: optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'Anything worth knowing of it.',
    }),
  ),
})
export type Host = Static<typeof Host>

/** The mark of a generated entry: the manifest that it was derived from, as it was then. */
export const Origin = Type.Object({
  manifest: text('Path of the manifest, relative to the folder of the mesh file.'),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of its bytes.' }),
})
export type Origin = Static<typeof Origin>

export const MeshService = Type.Object(
  {
    project: optional(text()),
    environment: optional(Environment),
    provider: optional(Provider),
    host: optional(text('A host of this file.')),
    port: optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    runtime: optional(text()),
    systemd_unit: optional(text()),
    depends_on: optional(Type.Array(text())),
    generated_from: optional(Origin),
  },
  { description: 'Generated if it says from what; any other is somebody else’s and is left alone.' },
)
export type MeshService = Static<typeof MeshService>

export const MeshHosts = Type.Object(
  {
    hosts: Type.Record(Type.String(), Host),
    services: optional(Type.Record(Type.String(), MeshService, { description: 'By name, in order.' })),
  },
  { $id: 'mesh-hosts.schema.json', title: 'Mesh hosts' },
)
export type MeshHosts = Static<typeof MeshHosts>

export type MeshCode =
  | 'MESH_NOT_UTF8'
  | 'MESH_BYTE_ORDER_MARK'
  | 'MESH_NOT_JSON'
  | 'MESH_TRAILING_TEXT'
  | 'MESH_DUPLICATE_KEY'
  | 'MESH_TOO_DEEP'
  | 'MESH_MISSING_KEY'
  | 'MESH_WRONG_TYPE'
  | 'MESH_BAD_VALUE'
  | 'MESH_BAD_ADDRESS'

/** The mesh file cannot be used; every fault of it has its place. */
export class MeshError extends HouseError<'MESH_INVALID'> {
  readonly faults: readonly Diagnostic<MeshCode>[]

  constructor(file: string, faults: readonly Diagnostic<MeshCode>[]) {
    super('MESH_INVALID', `${file}: ${faults.map(({ message }) => message).join('; ')}`)
    this.faults = faults
  }

  override get lines(): readonly string[] {
    return this.faults.map(renderDiagnostic)
  }
}

/** A mesh file that was read whole. Names are keys of maps: `__proto__` is a name like any other. */
export interface MeshFile {
  /** As it is called in messages. */
  readonly file: string
  readonly text: string
  readonly hosts: ReadonlyMap<string, Host>
  readonly services: ReadonlyMap<string, MeshService>
}

/** Parses a mesh file. Throws `MESH_INVALID` with every fault. */
export function parseMeshHosts(bytes: Uint8Array, file: string): MeshFile {
  const { mesh, faults } = readMesh(bytes, file)
  if (mesh === undefined) throw new MeshError(file, faults)
  return mesh
}

interface Finding {
  readonly code: MeshCode
  readonly path: readonly string[]
  readonly message: string
}

function readMesh(
  bytes: Uint8Array,
  file: string,
): { mesh: MeshFile | undefined; faults: Diagnostic<MeshCode>[] } {
  const json = parseJson(bytes)
  if (!json.ok) {
    const faults = json.faults.map(({ code, message, line, column }) => {
      const mesh = `MESH_${code.toUpperCase()}` as MeshCode
      return { severity: 'error' as const, code: mesh, message, file, line, column }
    })
    return { mesh: undefined, faults }
  }
  const findings = findFindings(json.value)
  if (findings.length > 0) return { mesh: undefined, faults: place(findings, json.text, file) }
  const { hosts, services = {} } = json.value as MeshHosts
  const mesh = {
    ...{ file, text: json.text },
    hosts: new Map(Object.entries(hosts)),
    services: new Map(Object.entries(services)),
  }
  return { mesh, faults: [] }
}

/** Every object of the file is open: there is no key that it may not have. */
const KINDS: Readonly<Record<SchemaFaultKind, MeshCode>> = {
  missing_key: 'MESH_MISSING_KEY',
  unknown_key: 'MESH_BAD_VALUE',
  wrong_type: 'MESH_WRONG_TYPE',
  bad_value: 'MESH_BAD_VALUE',
}

const findMeshFaults = schemaChecker(MeshHosts)

function findFindings(value: unknown): Finding[] {
  const faults = findMeshFaults(value)
  if (faults.length > 0) {
    return faults.map(({ kind, path, message }) => ({
      ...{ code: KINDS[kind], path, message },
    }))
  }
  return [...badAddresses((value as MeshHosts).hosts)]
}

function* badAddresses(hosts: MeshHosts['hosts']): Generator<Finding> {
  for (const [name, { addresses }] of Object.entries(hosts)) {
    for (const [at, address] of addresses.entries()) {
      if (isAddress(address)) continue
      const message = `host ${quote(name)}: ${quote(address)} is no address (want IPv4, IPv6 without brackets, or a DNS name; no scheme, no port)`
      yield { code: 'MESH_BAD_ADDRESS', path: ['hosts', name, 'addresses', String(at)], message }
    }
  }
}

const DNS_NAME = /^(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?$/i

function isAddress(text: string): boolean {
  return isIP(text) !== 0 || (DNS_NAME.test(text) && !/^[\d.]+$/.test(text))
}

/** Gives each finding the place of its key; what is not there has the place of what it is missing in. */
function place(findings: readonly Finding[], text: string, file: string): Diagnostic<MeshCode>[] {
  const pointerOf = ({ code, path }: Finding): string =>
    jsonPointer(code === 'MESH_MISSING_KEY' ? path.slice(0, -1) : path)
  const places = locatePointers(text, new Set(findings.map(pointerOf)))
  const top: Place = { line: 1, column: 1 }
  return findings
    .map(finding => {
      const { code, message } = finding
      const at = places.get(pointerOf(finding)) ?? top
      return { severity: 'error' as const, code, message, file, ...at }
    })
    .sort((a, b) => a.line - b.line || a.column - b.column)
}
