// The working copy against the pin: each of the two files is the same, another, or not known.

import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readWorkingDrift } from '../../src/cli/working-drift.ts'
import { damage, editEntry, makeHome, sealAndPin, writeEntries } from '../fixtures/home-world.ts'

t.test('drift of the working copy', async t => {
  const home = makeHome(t)
  const drift = () => Object.values(readWorkingDrift(home.path))
  t.strictSame(drift(), [null, null], 'is not known without a pin')
  const { runId } = await sealAndPin(home)
  t.strictSame(drift(), [false, false])
  appendFileSync(home.changelog, '{}\n')
  t.strictSame(drift(), [false, true])
  writeEntries(home, 5)
  t.strictSame(drift(), [true, true])
  rmSync(home.working)
  t.strictSame(drift(), [null, true], 'nor of a file that is not there')
  writeEntries(home, 3)
  t.strictSame(drift(), [false, true])
  damage(home, runId, 'run.json')
  t.strictSame(drift(), [null, null], 'nor against a run that is damaged')
  editEntry(home, entry => {
    entry.active_ref_known = false
  })
  t.strictSame(drift(), [null, null])
  t.strictSame(Object.values(readWorkingDrift(join(home.path, 'nowhere'))), [null, null])
})
