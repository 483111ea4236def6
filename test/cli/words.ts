// Two dialects, one meaning; and where they say two things, a refusal.

import { Command } from 'commander'
import t from 'tap'
import { addChangeWords, parseOrg, parseTarget, parseTelemetry, valueOption } from '../../src/cli/words.ts'

t.test('organisation and repository come from either dialect, or from both', async t => {
  const want = { org: 'acme', repo: 'app' }
  t.strictSame(parseTarget('acme/app', {}), want)
  t.strictSame(parseTarget(undefined, { owner: 'acme', repo: 'app' }), want)
  t.strictSame(parseTarget('acme/app', { owner: 'acme', repo: 'app' }), want)
  t.strictSame(parseTarget('acme/app/more', {}), { org: 'acme', repo: 'app/more' }, 'which no name may be')
  t.equal(parseOrg('acme', {}), 'acme')
  t.equal(parseOrg(undefined, { owner: 'acme' }), 'acme')
})

t.test('what is missing or said twice is refused', async t => {
  t.throws(() => parseTarget(undefined, {}), { code: 'USAGE_MISSING' })
  t.throws(() => parseTarget(undefined, { owner: 'acme' }), { code: 'USAGE_MISSING' })
  t.throws(() => parseTarget('acme', {}), { code: 'USAGE_BAD_TARGET' })
  t.throws(() => parseTarget('acme/app', { owner: 'ACME' }), { code: 'USAGE_CONTRADICTION' })
  t.throws(() => parseTarget('acme/app', { repo: 'b' }), { code: 'USAGE_CONTRADICTION' })
  t.throws(() => parseOrg(undefined, {}), { code: 'USAGE_MISSING' })
  t.throws(() => parseOrg('a', { owner: 'b' }), { code: 'USAGE_CONTRADICTION' })
})

t.test('a telemetry repository has two spellings', async t => {
  t.equal(parseTelemetry('acme', {}), undefined)
  t.equal(parseTelemetry('acme', { telemetry: 't' }), 'acme/t')
  t.equal(parseTelemetry('acme', { telemetryRepo: 'acme/t' }), 'acme/t')
  t.equal(parseTelemetry('acme', { telemetryRepo: 'acme/t', telemetry: 't' }), 'acme/t')
  t.equal(parseTelemetry('acme', { telemetry: 'evil/t' }), 'evil/t', 'whose refusal is the registry’s affair')
  t.throws(() => parseTelemetry('acme', { telemetryRepo: 'acme/t', telemetry: 'u' }), {
    code: 'USAGE_CONTRADICTION',
  })
})

t.test('an option takes one value, once, and never another option for it', async t => {
  const parse = (...words: string[]) => {
    const command = addChangeWords(new Command('x')).addOption(valueOption('--value <v>', 'a value'))
    command.exitOverride().configureOutput({ writeErr: () => undefined })
    return command.parse(words, { from: 'user' }).opts()
  }
  t.strictSame(parse('--value', '-1', '--reason', 'a - b', '-n'), {
    value: '-1',
    reason: 'a - b',
    dryRun: true,
  })
  t.throws(() => parse('--value', 'a', '--value', 'a'), { message: /given twice/ })
  t.throws(() => parse('--value', '--reason', 'x'), { message: /got an option/ })
  t.throws(() => parse('--value'), { message: /argument missing/ })
})
