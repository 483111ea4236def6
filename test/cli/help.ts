// The first page of help: one screen, every verb once.

import { Command } from 'commander'
import t from 'tap'
import { configureFirstPage } from '../../src/cli/help.ts'
import { infraHere } from '../fixtures/home-world.ts'

t.test('fits one screen', async t => {
  const { stdout } = await infraHere(['--help'])
  const lines = stdout.trimEnd().split('\n')
  t.ok(lines.length <= 24, `${lines.length} lines`)
  t.ok(Math.max(...lines.map(line => line.length)) <= 80)
})

t.test('lists verbs that belong to no group after the others, and none that is not there', async t => {
  const program = new Command('infra').description('Does things.')
  configureFirstPage(program)
  program.command('check').description('check all')
  program.command('juggle').description('juggle all').option('--high', 'higher')
  const page = program.helpInformation()
  t.match(page, /^ {2}Check {4}check /m)
  t.match(page, /^ {2}More {5}juggle$/m)
  t.notMatch(page, 'register')
  t.match(program.commands[1]!.helpInformation(), /Usage: infra juggle (?:.|\n)*--high/)
})
