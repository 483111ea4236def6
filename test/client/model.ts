// Every trouble in every order. A model remembers what the service said and when; the client is asked in between, over
// real sockets, in a time of its own. Whatever happens on the way: never "not registered" unless the service said so in
// that very call, never an answer older than the bound, never past the deadline.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Client } from '../../src/client/client.ts'
import type { Resolution } from '../../src/client/outcome.ts'
import {
  die,
  type Front,
  frontWorld,
  half,
  hang,
  type Mood,
  say,
  sayProblem,
  spoil,
  stall,
} from '../fixtures/client-world.ts'
import { registryText, snapshotOf } from '../fixtures/server-world.ts'
import { dose, figures } from '../fixtures/service.ts'

const HTML = { 'content-type': 'text/html' }
const MARKS = { 'infra-registry-revision': 'e'.repeat(64), 'infra-schema-version': '2.0' }
const NAMES = ['alpha', 'beta'] as const
const DEADLINE_MS = 10_000

type Words = 'enabled production' | 'enabled sandbox' | 'disabled production' | 'absent'

interface Trouble {
  readonly mood: Mood
  readonly lies?: true
  readonly absent?: Resolution['outcome']
}

/**
 * What may become of one question. Those that lie make an untrusted answer; `absent` is what comes instead of a refusal,
 * which has less to contradict: it names its revision in the head alone.
 */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  die: { mood: die },
  hang: { mood: hang },
  half: { mood: half },
  stall: { mood: stall },
  'truncated JSON': {
    mood: spoil(({ text }) => ({ text: text.slice(0, -9) })),
    lies: true,
    absent: 'unavailable',
  },
  'no body': { mood: spoil(() => ({ text: '' })), lies: true, absent: 'unavailable' },
  '429': { mood: say(429, HTML, 'slow down') },
  '429, an hour': { mood: say(429, { 'retry-after': '3600' }) },
  '429, a second': { mood: say(429, { 'retry-after': '1' }) },
  '500': { mood: sayProblem(500, 'internal') },
  '502': { mood: say(502, HTML, '<h1>Bad Gateway</h1>') },
  '503': { mood: say(503, HTML) },
  '503, not loaded': { mood: sayProblem(503, 'registry_not_loaded', { 'retry-after': '2' }) },
  '503, overloaded': { mood: sayProblem(503, 'overloaded', { 'retry-after': '2' }) },
  '503, of tomorrow': { mood: sayProblem(503, 'registry_not_registered') },
  'seal invalid': { mood: sayProblem(503, 'seal_invalid'), lies: true },
  '200 HTML': { mood: say(200, HTML, '<form>') },
  '200 JSON of another': { mood: say(200, { 'content-type': 'application/json' }, '{"message":"ok"}') },
  '404 HTML': { mood: say(404, HTML, '<h1>Not Found</h1>') },
  '404 HTML, marked': { mood: say(404, { ...HTML, ...MARKS }, '<h1>Not Found</h1>') },
  '404 of another': { mood: say(404, { 'content-type': 'application/json' }, '{"message":"Not Found"}') },
  '404, our words only': { mood: sayProblem(404, 'repo_not_registered') },
  '404, our marks only': { mood: sayProblem(404, 'route_not_found', MARKS) },
  '401': { mood: say(401, HTML, 'who are you?') },
  '403': { mood: say(403, HTML) },
  '302': { mood: say(302, { location: 'https://login.example/' }) },
  '304 unasked': { mood: say(304, { ...MARKS, etag: '"0"' }), lies: true },
  '304 of a proxy': { mood: say(304, { etag: '"0"' }) },
  'as text': { mood: spoil(({ headers }) => ({ headers: { ...headers, 'content-type': 'text/plain' } })) },
  'another status': { mood: spoil(() => ({ status: 203 })) },
  'another revision': {
    mood: spoil(({ headers }) => ({ headers: { ...headers, ...MARKS } })),
    lies: true,
    absent: 'not-registered',
  },
  'another version': {
    mood: spoil(({ headers }) => ({ headers: { ...headers, 'infra-schema-version': '3.0' } })),
    lies: true,
  },
  'another repository': {
    mood: spoil(({ text }) => ({ text: text.replaceAll(/alpha|beta/g, 'gamma') })),
    lies: true,
  },
}
/** Troubles after which the same question is asked again, in time for an answer. */
const PASSING = new Set([
  'die',
  'half',
  '429',
  '429, a second',
  '500',
  '502',
  '503',
  '503, not loaded',
  '503, overloaded',
  'hang',
  'stall',
  '503, of tomorrow',
])

/** What the service said of one repository, last. */
interface Said {
  readonly words: Words
  readonly at: number
}

interface Model {
  words: Record<string, Words>
  bumps: number
  said: Map<string, Said>
}

interface Real {
  readonly front: Front
  readonly client: Client
  readonly boundS: number
  readonly tally: Map<string, number>
}

const wordsOf = (answer: Resolution): Words | undefined => {
  if (answer.outcome === 'not-registered') return 'absent'
  return answer.outcome === 'registered' || answer.outcome === 'disabled'
    ? (`${answer.state} ${answer.context}` as Words)
    : undefined
}

function serve({ front }: Real, { words, bumps }: Model): void {
  const repos = Object.entries(words).filter(([, word]) => word !== 'absent')
  const named = repos.map(([name, word]) => [`acme/${name}`, word])
  front.live.snapshot = snapshotOf(
    registryText({ 'acme/other': 'enabled sandbox', ...Object.fromEntries(named) }, `${bumps}`),
  )
}

type Command = fc.AsyncCommand<Model, Real>

/** The registry changes. */
class Change implements Command {
  readonly name: string
  readonly words: Words
  constructor(name: string, words: Words) {
    this.name = name
    this.words = words
  }
  check = () => true
  async run(model: Model, real: Real) {
    model.words[this.name] = this.words
    model.bumps += 1
    serve(real, model)
  }
  toString = () => `change(${this.name}, ${this.words})`
}

/** Time passes. */
class Pass implements Command {
  readonly seconds: number
  constructor(seconds: number) {
    this.seconds = seconds
  }
  check = () => true
  async run(_model: Model, { front }: Real) {
    front.clock.time += this.seconds * 1_000
  }
  toString = () => `pass(${this.seconds} s)`
}

/** The client is asked, and up to three things go wrong on the way. */
class Ask implements Command {
  readonly name: string
  readonly troubles: readonly string[]
  constructor(name: string, troubles: readonly string[]) {
    this.name = name
    this.troubles = troubles
  }
  check = () => true
  async run(model: Model, { front, client, boundS, tally }: Real) {
    const { clock, asked, moods } = front
    const before = { time: clock.time, asked: asked.length }
    moods.splice(0, moods.length, ...this.troubles.map(name => TROUBLES[name]!.mood))
    const answer = await client.resolve('acme', this.name)
    tally.set(answer.outcome, (tally.get(answer.outcome) ?? 0) + 1)

    const tries = asked.length - before.asked
    const met = this.troubles.slice(0, tries)
    const truth = model.words[this.name]!
    const isTold = (name: string): boolean =>
      truth === 'absent' && TROUBLES[name]?.absent === 'not-registered'
    const passed = front.genuine || isTold(met.at(-1) ?? '')
    assert.ok(clock.time - before.time <= DEADLINE_MS, `the deadline is kept: ${clock.time - before.time} ms`)
    assert.ok(tries >= 1 && tries <= 3, `${tries} tries`)
    assert.equal(clock.waiting, 0, 'no timer is left')

    const words = wordsOf(answer)
    if (words === undefined) {
      const lied = met.some(name => TROUBLES[name]!.lies)
      assert.ok(!passed, 'whoever got through got an answer')
      assert.ok(answer.outcome === 'unavailable' || lied, 'distrust has a reason')
      assert.ok(!(PASSING.has(met[0]!) && met.length === 1), `${met[0]} is asked again`)
    } else if ('stale' in answer && answer.stale) {
      tally.set('stale', (tally.get('stale') ?? 0) + 1)
      const said = model.said.get(this.name)
      assert.ok(!passed, 'a fresh answer wins')
      assert.ok(answer.ageSeconds <= boundS, `${answer.ageSeconds} s is within ${boundS} s`)
      assert.equal(words, said?.words, 'it is the last word of the service')
      assert.ok(
        Math.abs(answer.ageSeconds - (clock.time - said!.at) / 1_000) < 0.001,
        'and as old as it says',
      )
    } else {
      assert.ok(passed, `${answer.outcome} has to be said by the service`)
      assert.equal(words, truth)
      const { revision } = isTold(met.at(-1) ?? '')
        ? { revision: MARKS['infra-registry-revision'] }
        : front.live.snapshot!.info
      assert.equal((answer as { revision: string }).revision, revision)
      assert.ok(answer.outcome !== 'not-registered' || !('stale' in answer))
      model.said.set(this.name, { words, at: clock.time })
    }
  }
  toString = () => `ask(${this.name}: ${[...this.troubles, 'pass'].join(', ')})`
}

t.test('the client in every order of troubles', async t => {
  const tally = new Map<string, number>()
  const front = await frontWorld(t)
  const name = fc.constantFrom(...NAMES)
  const words = fc.constantFrom<Words>(
    'enabled production',
    'enabled sandbox',
    'disabled production',
    'absent',
    'absent',
  )
  const trouble = fc.constantFrom(...Object.keys(TROUBLES))
  const commands = fc.commands(
    [
      fc.tuple(name, words).map(args => new Change(...args)),
      fc.constantFrom(1, 30, 90, 4_000).map(seconds => new Pass(seconds)),
      fc.tuple(name, fc.array(trouble, { minLength: 1, maxLength: 3 })).map(args => new Ask(...args)),
      fc.tuple(name, fc.array(trouble, { minLength: 3, maxLength: 3 })).map(args => new Ask(...args)),
      name.map(asked => new Ask(asked, [])),
    ],
    { maxCommands: 40, size: 'max' },
  )
  const runs = dose('CLIENT', 25, 2_000)
  await fc.assert(
    fc.asyncProperty(
      commands,
      fc.constantFrom(0, 60, 3_600),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      async (list, boundS, chance) => {
        const client = front.connect({
          staleIfErrorSeconds: boundS,
          deadlineMs: DEADLINE_MS,
          random: () => chance,
        })
        await fc.asyncModelRun(() => {
          const model: Model = {
            words: { alpha: 'enabled production', beta: 'absent' },
            bumps: 0,
            said: new Map(),
          }
          const real: Real = { front, client, boundS, tally }
          serve(real, model)
          return { model, real }
        }, list)
      },
    ),
    { numRuns: runs },
  )
  figures(t, 'client', { runs, ...Object.fromEntries([...tally].sort()) })
  for (const outcome of ['registered', 'disabled', 'not-registered', 'unavailable', 'untrusted', 'stale'])
    t.ok((tally.get(outcome) ?? 0) >= 5, `${outcome} came ${tally.get(outcome)} times`)
})

t.test('each trouble alone, and each before a good answer', async t => {
  const front = await frontWorld(t, { registry: registryText({ 'acme/alpha': 'enabled production' }) })
  for (const [name, { mood, lies, absent }] of Object.entries(TROUBLES)) {
    for (const repo of NAMES) {
      const alone = lies ? 'untrusted' : 'unavailable'
      const want = (repo === 'beta' && absent) || alone
      front.moods.push(mood, mood, mood)
      t.equal((await front.connect().resolve('acme', repo)).outcome, want, `${name}, ${repo}`)
      front.moods.splice(0, 3, mood)
      const recovered = repo === 'alpha' ? 'registered' : 'not-registered'
      const then = PASSING.has(name) ? recovered : want
      t.equal((await front.connect().resolve('acme', repo)).outcome, then, `${name}, and then none`)
      front.moods.length = 0
    }
  }
})
