// The infra manifest (`.infra.yaml`, contract `infra/v1`): how a deployable project declares where it runs.

import { type Static, Type } from '@sinclair/typebox'

const closed = { additionalProperties: false } as const
const text = (description?: string) => Type.String(description === undefined ? {} : { description })

export const Environment = Type.Union([Type.Literal('dev'), Type.Literal('prod')])
export type Environment = Static<typeof Environment>

export const Manifest = Type.Object(
  {
    apiVersion: Type.Literal('infra/v1', { description: 'Version of this contract.' }),
    project: text(),
    environment: Type.Optional(Environment),
    provider: Type.Union(['digitalocean', 'mac', 'bare-metal', 'local'].map(name => Type.Literal(name))),
    database: Type.Optional(
      Type.Object(
        { cluster: text('Shared managed cluster; not owned here.'), name: text(), user: text() },
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
      Type.Object({ mode: Type.Optional(Type.Literal('on-demand')), droplet: Type.Optional(text()) }, closed),
    ),
    depends_on: Type.Optional(Type.Array(text(), { description: 'Other services, consumed over HTTP.' })),
  },
  { ...closed, $id: 'infra-manifest.v1.schema.json', title: 'Infra manifest' },
)
export type Manifest = Static<typeof Manifest>
