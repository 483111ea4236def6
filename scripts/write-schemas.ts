// Writes the published JSON Schemas from the TypeBox in `src`, and takes away what is no longer published. Nobody
// edits `schemas/` by hand: test/schemas.ts fails when a file differs from what this would write.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { TSchema } from '@sinclair/typebox'
import { Change } from '../src/changelog/change-schema.ts'
import { renderCanonical } from '../src/core/json.ts'
import { LAYER_SCHEMAS } from '../src/layer/schemas/published.ts'
import { MeshHosts } from '../src/manifest/mesh-hosts.ts'
import { Manifest } from '../src/manifest/schema.ts'
import { RegistryDocument } from '../src/registry/schema.ts'
import {
  EntryAnswer,
  ProblemAnswer,
  RepoListAnswer,
  StatusAnswer,
  TargetAnswer,
} from '../src/server/answer-schemas.ts'

/** Where the schemas are published. */
export const SCHEMAS_FOLDER = new URL('../schemas/', import.meta.url)

const published: readonly [file: string, schema: TSchema, description: string][] = [
  [
    'telemetry-registry.v2.schema.json',
    RegistryDocument,
    'The infra registry. Rules that compare two places of it (R6, R7, R8) are beyond a schema.',
  ],
  ['infra-changelog.schema.json', Change, 'One line of the changelog.'],
  ['infra-manifest.v1.schema.json', Manifest, 'A project manifest, .infra.yaml.'],
  [
    'mesh-hosts.schema.json',
    MeshHosts,
    'The mesh file: hosts by hand, services generated. Unknown keys are accepted and kept.',
  ],
  ['resolution.schema.json', EntryAnswer, 'Answer 200 of /resolve/:org/:repo.'],
  [
    'telemetry-target.schema.json',
    TargetAnswer,
    'Answer 200 of /telemetry-target for an enabled repository.',
  ],
  ['repo-list.schema.json', RepoListAnswer, 'Answer 200 of /repos: one page.'],
  ['status.schema.json', StatusAnswer, 'Answer 200 of /status.'],
  ['problem.schema.json', ProblemAnswer, 'Any refusal: application/problem+json (RFC 9457).'],
  ...Object.entries(LAYER_SCHEMAS).map(([id, [schema, description]]): [string, TSchema, string] => [
    `registry/${id}.schema.json`,
    schema,
    description,
  ]),
]

/** Returns the path of every schema in the folder, sorted. */
export function listSchemas(): string[] {
  const entries = readdirSync(SCHEMAS_FOLDER, { recursive: true, encoding: 'utf8' })
  return entries.filter(name => name.endsWith('.schema.json')).sort()
}

/** Returns the text of each published schema, by its path in the folder. */
export function renderSchemas(): Map<string, string> {
  return new Map(
    published.map(([file, schema, description]) => {
      const head = {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: file,
        title: schema.title,
        description,
      }
      return [file, renderCanonical({ ...head, ...schema, $id: file, description })]
    }),
  )
}

if (import.meta.main) {
  const texts = renderSchemas()
  mkdirSync(new URL('registry/', SCHEMAS_FOLDER), { recursive: true })
  for (const name of listSchemas()) if (!texts.has(name)) rmSync(new URL(name, SCHEMAS_FOLDER))
  for (const [name, text] of texts) writeFileSync(new URL(name, SCHEMAS_FOLDER), text)
  console.log(`schemas: ${texts.size} written`)
}
