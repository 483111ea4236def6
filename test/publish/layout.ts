// Where things lie is a promise to everything that reads a home: git, the service, upstream's validators.

import t from 'tap'
import * as layout from '../../src/publish/layout.ts'

t.test('the layout of a home', async t => {
  t.strictSame(
    { ...layout, runsOf: layout.runsOf('/srv'), stagingOf: layout.stagingOf('/srv') },
    {
      REGISTRY_ID: 'telemetry_registry',
      WORKING_COPY: 'telemetry-registry.v2.json',
      CHANGELOG: 'changelog/infra-changelog.jsonl',
      REGISTRY_SNAPSHOT: 'telemetry-registry.v2_snapshot.json',
      CHANGELOG_SNAPSHOT: 'infra-changelog_snapshot.jsonl',
      RUN_ROOT: '.codex/RUNS',
      STAGING: '.codex/STAGING',
      runsOf: '/srv/.codex/RUNS',
      stagingOf: '/srv/.codex/STAGING',
    },
  )
})
