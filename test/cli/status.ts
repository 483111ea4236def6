// `infra status`: what is, with three values for drift, and an exit code that says whether it may be served.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sha256 } from '../../src/core/digest.ts'
import {
  commitAll,
  damage,
  editEntry,
  git,
  homeAt,
  infraHere,
  makeHome,
  pin,
  sealAndPin,
  treeOf,
  writeEntries,
} from '../fixtures/home-world.ts'

const statusOf = async (path: string) => {
  const { code, stdout } = await infraHere(['status', '--home', path, '--json'])
  return { code, ...JSON.parse(stdout) }
}

t.test('the whole text', async t => {
  const home = makeHome(t, { git: true })
  const one = await sealAndPin(home)
  commitAll(home.top, 'first')
  const two = await sealAndPin(home)
  commitAll(home.top, 'second')
  const [second, first] = git(home.top, 'log', '-n2', '--format=%cI %h', '--abbrev=8')
    .trim()
    .split('\n')
    .map(line => line.split(' ')) as [[string, string], [string, string]]
  const sha = sha256(readFileSync(home.working))
  const asof = JSON.parse(readFileSync(home.pointer, 'utf8')).pointers[0].active_asof_utc
  const text = (drift: string, next = '') => `working copy  valid  ${sha}
pin           ${two.runId} (serial 2), since ${asof}
  ROOT_SHA256  ${two.root}
  a test
drift         ${drift}
${next}activations
  ${second[0]}  ${second[1]}  serial 2  ${two.runId}  a test
  ${first[0]}  ${first[1]}  serial 1  ${one.runId}  a test
`
  const before = treeOf(home.top)
  t.strictSame(await infraHere(['status'], { cwd: home.path }), {
    code: 0,
    stderr: '',
    stdout: text('registry false, changelog false'),
  })
  t.strictSame(treeOf(home.top), before, 'it writes nothing, be it the index')
  writeFileSync(home.changelog, '')
  t.strictSame(await infraHere(['status'], { cwd: home.path }), {
    code: 0,
    stderr: '',
    stdout: text(
      'registry false, changelog true',
      '  next: infra finalize, or infra seal without git; after a rollback, undo it in the working copy first\n',
    ),
  })
})

t.test('drift', async t => {
  const home = makeHome(t)
  await sealAndPin(home)
  t.match(await statusOf(home.path), { code: 0, drift: { registry: false, changelog: false } })
  writeEntries(home, 4)
  t.match(await statusOf(home.path), { code: 0, drift: { registry: true, changelog: false } })
  t.test('is unknown where a side is', async t => {
    rmSync(home.changelog)
    t.match(await statusOf(home.path), { code: 1, drift: { registry: true, changelog: null } })
    editEntry(home, entry => {
      entry.active_ref_known = false
    })
    t.match(await statusOf(home.path), { code: 1, drift: { registry: null, changelog: null } })
  })
})

t.test('it exits 1 when', async t => {
  const broken = async (name: string, breakIt: (home: ReturnType<typeof homeAt>, runId: string) => unknown) =>
    t.test(name, async t => {
      const home = makeHome(t)
      const { runId } = await sealAndPin(home)
      t.equal((await statusOf(home.path)).code, 0)
      await breakIt(home, runId)
      const { code, working_copy, changelog, pin } = await statusOf(home.path)
      t.equal(code, 1)
      const { stdout } = await infraHere(['status', '--home', home.path])
      const faults = [...working_copy.faults, ...changelog.faults, ...pin.faults]
      t.ok(faults.length > 0)
      for (const fault of faults) t.match(stdout, fault)
    })
  await broken('the working copy breaks the rules', home => writeFileSync(home.working, '{}'))
  await broken('the working copy is not there', home => rmSync(home.working))
  await broken('the changelog is not there', home => rmSync(home.changelog))
  await broken('there is no pointer', home => rmSync(home.pointer))
  await broken('the pointer is broken', home => writeFileSync(home.pointer, '{'))
  await broken('the pinned run is damaged', (home, runId) => damage(home, runId))
  await broken('the pin is withdrawn', home =>
    editEntry(home, entry => {
      entry.active_ref_known = false
    }),
  )
})

t.test('activations', async t => {
  t.test('are unknown outside a repository', async t => {
    const home = '/tmp' // no repository holds it
    const { activations } = await statusOf(home)
    t.equal(activations, null)
    t.match(
      (await infraHere(['status', '--home', home])).stdout,
      'activations   unknown (no git repository, no git, or too little history)',
    )
  })
  t.test('may be none', async t => {
    const home = makeHome(t, { git: true })
    t.strictSame((await statusOf(home.path)).activations, [])
    t.match((await infraHere(['status', '--home', home.path])).stdout, /activations {3}none committed\n$/)
  })
  t.test('are the last five, with what git cannot tell left out', async t => {
    const home = makeHome(t, { git: true })
    const one = await sealAndPin(home)
    const two = await sealAndPin(home)
    for (let turn = 0; turn < 5; turn += 1) {
      await pin(home, turn % 2 === 0 ? one.runId : two.runId)
      commitAll(home.top, 'move')
    }
    rmSync(home.pointer)
    commitAll(home.top, 'remove')
    const { activations } = await statusOf(home.path)
    t.equal(activations.length, 5)
    t.strictSame(
      activations.map(({ serial }: { serial: number | null }) => serial),
      [null, 7, 6, 5, 4],
    )
    t.match((await infraHere(['status', '--home', home.path])).stdout, /serial \? {2}\(no pin\)/)
  })
  t.test('are told once, though the pointer was changed for another registry', async t => {
    const home = makeHome(t, { git: true })
    const { runId } = await sealAndPin(home)
    commitAll(home.top, 'first')
    const file = JSON.parse(readFileSync(home.pointer, 'utf8'))
    for (let turn = 0; turn < 12; turn += 1) {
      writeFileSync(home.pointer, `${JSON.stringify({ ...file, description: `another ${turn}` }, null, 2)}\n`)
      commitAll(home.top, 'of another registry')
    }
    const { activations } = await statusOf(home.path)
    t.match(activations, [{ serial: 1, run_id: runId }])
    t.equal(activations.length, 1)
    t.equal(activations[0].commit, git(home.top, 'rev-parse', 'HEAD~12').trim(), 'by who made it')

    const copy = join(home.top, 'copy')
    git('/', 'clone', '--quiet', '--depth', '2', `file://${home.top}`, copy)
    t.equal(
      (await statusOf(homeAt(copy).path)).activations,
      null,
      'and not by whoever a shallow clone ends with',
    )
  })
})

t.test(
  'a pin without a serial or a note is shown as it is, and a note that moves the terminal is quoted',
  async t => {
    const home = makeHome(t)
    await sealAndPin(home)
    editEntry(home, entry => {
      delete entry.serial
      delete entry.notes
    })
    t.match((await infraHere(['status', '--home', home.path])).stdout, '(serial none)')
    editEntry(home, entry => {
      entry.notes = 'a\u001b[2Jb'
    })
    const { stdout } = await infraHere(['status', '--home', home.path])
    t.match(stdout, '"a\\u001b[2Jb"')
    t.notMatch(stdout, '\u001b')
  },
)
