// The words of a command line: which verbs there are, what each takes, and what is said of words that mean nothing.

import t from 'tap'
import { infraHere, makeHome } from '../fixtures/home-world.ts'

const VERBS: Readonly<Record<string, readonly string[]>> = {
  seal: ['--mass-change', '--dry-run', '--home', '--json'],
  verify: ['--run-id', '--schema', '--home', '--json'],
  promote: ['--source-run', '--dry-run', '--home', '--json'],
  activate: ['--reason', '--registry', '--expect', '--serial', '--dry-run', '--home', '--json'],
  rollback: ['--to', '--reason', '--mass-change', '--expect', '--serial', '--dry-run', '--home', '--json'],
  status: ['--home', '--json'],
  build: ['--input', '--dry-run', '--home', '--json'],
  health: [
    ...['--format', '--stale-days', '--max-list', '--show-legacy', '--show-unobserved', '--input', '--seal'],
    ...['--home', '--json'],
  ],
  register: [
    ...['--context', '--owner', '--repo', '--telemetry-repo', '--telemetry', '--reset'],
    ...['--reason', '--dry-run', '--home', '--json'],
  ],
  enable: ['--owner', '--repo', '--reason', '--dry-run', '--home', '--json'],
  disable: ['--owner', '--repo', '--reason', '--dry-run', '--home', '--json'],
  unregister: ['--owner', '--repo', '--confirm-delete', '--reason', '--dry-run', '--home', '--json'],
  'remove-org': ['--owner', '--confirm-delete', '--reason', '--dry-run', '--home', '--json'],
  'retarget-org': [
    ...['--owner', '--telemetry-repo', '--telemetry', '--confirm-redirect'],
    ...['--reason', '--dry-run', '--home', '--json'],
  ],
  show: ['--ref', '--run', '--home', '--json'],
  list: ['--org', '--state', '--context', '--q', '--ref', '--run', '--home', '--json'],
  log: ['--ref', '--run', '--home', '--json'],
  diff: ['--format', '--exit-code', '--home', '--json'],
  check: ['--index', '--ref', '--against', '--strict', '--format', '--home', '--json'],
}

t.test('help', async t => {
  t.test('lists every verb', async t => {
    for (const words of [['--help'], ['-h'], ['help']]) {
      const { code, stdout, stderr } = await infraHere(words)
      t.strictSame([code, stderr], [0, ''])
      for (const verb of Object.keys(VERBS)) t.match(stdout, new RegExp(`^ {2}.* ${verb}(?: |$)`, 'm'))
    }
  })
  for (const [verb, options] of Object.entries(VERBS)) {
    t.test(`of ${verb} lists every option`, async t => {
      for (const words of [
        [verb, '--help'],
        ['help', verb],
      ]) {
        const { code, stdout, stderr } = await infraHere(words)
        t.strictSame([code, stderr], [0, ''])
        t.match(stdout, `Usage: infra ${verb} `)
        const listed = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name)
        t.strictSame(listed.sort(), [...options, '--help'].sort())
      }
    })
  }
  t.test('of what is no verb is a mistake', async t => {
    t.match(await infraHere(['help', 'nothing']), { stdout: '' })
  })
})

t.test('the version is printed', async t => {
  t.strictSame(await infraHere(['--version']), { code: 0, stdout: '1.2.3\n', stderr: '' })
})

t.test('a mistake in the words exits 2, on stderr, with the nearest word', async t => {
  const table: [words: string[], said: RegExp][] = [
    [[], /Usage: infra/],
    [['sael'], /unknown command 'sael'\n\(Did you mean seal\?\)/],
    [['verfy'], /Did you mean verify\?/],
    [['activte'], /Did you mean activate\?/],
    [['rolback'], /Did you mean rollback\?/],
    [['satus'], /Did you mean status\?/],
    [['seal', '--dryrun'], /unknown option '--dryrun'\n\(Did you mean --dry-run\?\)/],
    [['verify', '--jsno'], /Did you mean --json\?/],
    [['seal', 'extra'], /too many arguments/],
    [['status', 'extra'], /too many arguments/],
    [['activate', '--reason', 'x'], /missing required argument 'run'/],
    [['activate', 'run'], /required option '--reason <text>' not specified/],
    [['activate', 'run', '--reason'], /argument missing/],
    [['rollback'], /required option '--reason <text>' not specified/],
    [['--json'], /unknown option '--json'/],
  ]
  for (const [words, said] of table) {
    const { code, stdout, stderr } = await infraHere(words)
    t.strictSame([code, stdout], [2, ''], words.join(' '))
    t.match(stderr, said)
  }
})

t.test('a failure of a verb is its own', async t => {
  const { path } = makeHome(t)
  t.match(await infraHere(['activate', 'nothing', '--reason', 'x', '--home', path]), { code: 1, stdout: '' })
})

t.test('what is not about the words is not swallowed', async t => {
  const out = () => {
    throw new TypeError('the paper is gone')
  }
  await t.rejects(infraHere(['--help'], { out }), { message: 'the paper is gone' })
})
