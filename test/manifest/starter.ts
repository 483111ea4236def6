// The starter is a valid manifest of the project, whatever the project is called.

import fc from 'fast-check'
import t from 'tap'
import { checkManifest } from '../../src/manifest/check.ts'
import { renderStarter } from '../../src/manifest/starter.ts'
import { runs } from '../fixtures/registry-world.ts'

t.test('names that mean something else are put in quotes', async t => {
  for (const name of [
    'press',
    'no',
    'y',
    '2026-01-01',
    '1_000',
    '12:30',
    '@apps/press',
    'a: b',
    '# x',
    '"',
    "'",
    'é',
  ]) {
    const checked = checkManifest(renderStarter(name, 'dev'), '')
    t.match(checked, { ok: true, manifest: { project: name, environment: 'dev' } }, name)
  }
  t.match(renderStarter('press', 'prod'), '\nproject: press\nenvironment: prod\n')
})

t.test('any name that a project may have', async t => {
  const name = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
  fc.assert(
    fc.property(name, project => {
      const checked = checkManifest(renderStarter(project, 'prod'), '')
      return checked.ok && checked.manifest.project === project
    }),
    runs(300),
  )
  t.pass('held')
})

t.test('what it shows as comments is valid when it is taken in', async t => {
  const text = renderStarter('press', 'prod')
  const taken = text.replaceAll(/^# (?=[a-z]\w*:| {2})/gm, '')
  t.match(checkManifest(taken, ''), { ok: true, manifest: { service: { port: 8080 }, depends_on: [] } })
})
