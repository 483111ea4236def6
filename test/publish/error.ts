// Every code has one kind, and so one exit code, and is thrown somewhere.

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { PUBLISH_CODES, type PublishCode, PublishError } from '../../src/publish/error.ts'

t.test('a publish error knows its kind', async t => {
  for (const [code, kind] of Object.entries(PUBLISH_CODES)) {
    const error = new PublishError(code as PublishCode, 'a message')
    t.match(error, { name: 'PublishError', code, kind, message: 'a message' })
  }
})

t.test('no code is dead', async t => {
  const folder = new URL('../../src/publish/', import.meta.url)
  const thrown = readdirSync(folder)
    .filter(name => name !== 'error.ts')
    .map(name => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n')
  for (const code of Object.keys(PUBLISH_CODES)) t.ok(thrown.includes(`'${code}'`), code)
})
