// The staging folder: a new name each time, and no trace of those who were killed.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { stagingPath } from '../../src/publish/staging.ts'
import { writeDeep } from '../fixtures/home-world.ts'

t.test('a staging path', async t => {
  const home = t.testdir()
  const staging = join(home, '.codex/STAGING')
  t.test('is a free name in the staging folder, which is made', async t => {
    const path = stagingPath(home)
    t.equal(dirname(path), staging)
    t.strictSame(readdirSync(staging), [])
    t.not(stagingPath(home), path)
  })
  t.test('comes with whatever a killed run left removed', async t => {
    writeDeep(join(staging, 'killed/a/file'), 'half')
    writeFileSync(join(staging, 'half a pointer'), '{')
    stagingPath(home)
    t.strictSame(readdirSync(staging), [])
  })
  t.test('cannot be had where the folder is a file', async t => {
    rmSync(staging, { recursive: true })
    writeFileSync(staging, '')
    t.throws(() => stagingPath(home), { code: 'PUBLISH_WRITE_FAILED' })
    rmSync(staging)
    mkdirSync(staging)
  })
  t.test('is given although the leftovers cannot be listed', async t => {
    const fs = await import('node:fs')
    const readdirSync = () => {
      throw new Error('EIO')
    }
    const mocked = await t.mockImport<typeof import('../../src/publish/staging.ts')>(
      '../../src/publish/staging.ts',
      { 'node:fs': { ...fs, readdirSync } },
    )
    t.equal(dirname(mocked.stagingPath(home)), staging)
  })
})
