// The registry that the examples of the OpenAPI document come from: small, and never changed by an operator, so that
// the document changes only when the service does (docs/decisions/openapi.md).

import { renderCanonical } from '../src/core/json.ts'

const entry = (state: string, context: string, reason: string) => ({
  state,
  context,
  process: 'infra-cli',
  reason,
})

/** Its text. */
export const SAMPLE_REGISTRY = renderCanonical({
  schema_version: '2.0',
  generated_at: '2026-03-02T09:00:00Z',
  description: 'The registry of the examples',
  orgs: {
    'orchard-works': {
      telemetry_repo: 'orchard-works/telemetry',
      repos: {
        press: entry('enabled', 'production', 'Cider press controller, live since the spring release'),
        'press-sandbox': entry('enabled', 'sandbox', 'Rehearses the releases of press'),
        'old-scales': entry(
          'disabled',
          'production',
          'Replaced by press; kept until its telemetry is archived',
        ),
      },
    },
    'Juniper-Labs': {
      telemetry_repo: 'Juniper-Labs/ta-telemetry',
      repos: { still: entry('enabled', 'production', 'Runs the still') },
    },
  },
})
