import t from 'tap'
import { isProblemCode, PROBLEMS, pathOf, problem, renderProblem } from '../../src/server/problems.ts'
import { world } from '../fixtures/server-world.ts'

const codes = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[]

t.test('a problem document', async t => {
  t.test('has the members of RFC 9457, its code and a remedy, in this order', async t => {
    t.equal(
      renderProblem(problem('repo_not_registered', 'no "x"'), '/resolve/a/x?y=z'),
      '{"type":"/problems/repo_not_registered","title":"Repository is not registered","status":404,' +
        '"detail":"no \\"x\\"","instance":"/resolve/a/x","code":"repo_not_registered",' +
        '"remediation":"Check the spelling, or register: infra register <organisation>/<repository> --context <context> --reason \'<why>\'."}',
    )
  })
  t.test('takes members of its own, which never replace the others', async t => {
    const given = problem('unsupported_schema_version', 'd', { supported: ['2.0'] })
    t.match(JSON.parse(renderProblem(given, '/x')), { status: 406, supported: ['2.0'] })
  })
  t.test('names at most 256 characters of the path, and nothing of the query', async t => {
    const { instance } = JSON.parse(
      renderProblem(problem('route_not_found', ''), `/${'a'.repeat(5_000)}?secret`),
    )
    t.equal(instance.length, 256)
  })
  t.test('names no host and no credentials of an absolute target', async t => {
    for (const [target, path] of [
      ['http://user:secret@x:80/resolve/a/b?c=d', '/resolve/a/b'],
      ['http://user:secret@x', ''],
      ['/http://x/y', '/http://x/y'],
      ['*', '*'],
      ['', ''],
    ] as const) {
      t.equal(pathOf(target, 99), path, target)
    }
  })
  t.test('is bounded whatever is in the path', async t => {
    t.ok(renderProblem(problem('route_not_found', ''), `/${'\u0001'.repeat(5_000)}`).length < 2_048)
  })
})

t.test('every code', async t => {
  const { get } = await world(t)
  for (const code of codes) {
    t.test(code, async t => {
      const { status, title, meaning, remediation } = PROBLEMS[code]
      t.ok(status >= 400 && status < 600, 'has an error status')
      for (const words of [title, meaning, remediation]) t.ok(words.length > 0, 'has its words')
      t.notMatch(title, /[^\x20-\x7e]/, 'has a title that may stand in a status line')
      const { type } = JSON.parse(renderProblem(problem(code, ''), '/'))
      const page = await get(type)
      t.equal(page.status, 200, 'has a type that can be fetched')
      t.strictSame(page.json, { type, code, status, title, meaning, remediation })
    })
  }
})

t.test('a word that is no code is none, whatever objects inherit', async t => {
  for (const word of ['', 'nope', 'constructor', '__proto__', 'toString', 'INTERNAL'])
    t.notOk(isProblemCode(word), word)
  for (const code of codes) t.ok(isProblemCode(code))
})
