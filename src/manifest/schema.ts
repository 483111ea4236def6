// The infra manifest (`.infra.yaml`, contract `infra/v1`): how a deployable project declares where it runs. Key by key
// what the convention states: what it leaves open (an empty text, any whole number) is judged by rules, not here.

import { Kind, type Static, type TSchema, Type, TypeRegistry } from '@sinclair/typebox'

/** A text out of a closed list, published as `enum`; the library would publish a list of constants. */
const OneOf = <Text extends string>(texts: readonly Text[], options: object = {}) =>
  Type.Unsafe<Text>({ [Kind]: 'OneOf', type: 'string', enum: texts, ...options })

TypeRegistry.Set('OneOf', (schema: TSchema, value) => (schema.enum as unknown[]).includes(value))

const closed = { additionalProperties: false } as const
const text = (description?: string) => Type.String(description === undefined ? {} : { description })

export const ENVIRONMENTS = ['dev', 'prod'] as const
const PROVIDERS = ['digitalocean', 'mac', 'bare-metal', 'local'] as const

/** What an environment is that is not said. */
export const DEFAULT_ENVIRONMENT = 'prod'

export const Environment = OneOf(ENVIRONMENTS, {
  default: DEFAULT_ENVIRONMENT,
  description: 'Left out: prod. A project has at most one manifest for each.',
})
export type Environment = Static<typeof Environment>

export const Provider = OneOf(PROVIDERS, { description: 'What it physically runs on.' })
export type Provider = Static<typeof Provider>

export const Manifest = Type.Object(
  {
    apiVersion: Type.Literal('infra/v1', { description: 'Version of this contract.' }),
    project: text(),
    environment: Type.Optional(Environment),
    provider: Provider,
    database: Type.Optional(
      Type.Object(
        { cluster: text('A shared managed cluster; not owned here.'), name: text(), user: text() },
        closed,
      ),
    ),
    service: Type.Optional(
      Type.Object(
        {
          host: Type.Optional(text('A host named in mesh-hosts.json.')),
          runtime: Type.Optional(text()),
          port: Type.Optional(Type.Integer()),
          systemd_unit: Type.Optional(text()),
        },
        closed,
      ),
    ),
    gpu: Type.Optional(
      Type.Object({ mode: Type.Optional(OneOf(['on-demand'])), droplet: Type.Optional(text()) }, closed),
    ),
    depends_on: Type.Optional(Type.Array(text(), { description: 'Other services, consumed over HTTP.' })),
  },
  { ...closed, $id: 'infra-manifest.v1.schema.json', title: 'ProjectInfraManifest' },
)
export type Manifest = Static<typeof Manifest>
