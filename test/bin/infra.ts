import { spawn } from 'node:child_process'
import t from 'tap'
import { PROGRAM } from '../fixtures/home-world.ts'

// The test runner puts its hooks into the NODE_OPTIONS of every child, whatever its environment says.
const command = ['-u', 'NODE_OPTIONS', process.execPath, PROGRAM, 'nonsense']

t.test('a command whose complaints nobody reads ends as it would have ended', async t => {
  const child = spawn('/usr/bin/env', command, { stdio: ['ignore', 'pipe', 'pipe'] })
  // Long before it has anything to say.
  child.stderr.destroy()
  child.stdout.resume()
  t.equal(await new Promise(resolve => child.on('exit', resolve)), 2)
})

t.test('so it does when both ways end in a pipe that is no longer read', async t => {
  const words = ['-c', 'exec 4>&1; { "$@"; echo $? >&4; } 2>&1 | true', 'sh', '/usr/bin/env', ...command]
  const child = spawn('/bin/sh', words, { stdio: ['ignore', 'pipe', 'ignore'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text
  })
  await new Promise(resolve => child.on('close', resolve))
  t.equal(said, '2\n')
})
