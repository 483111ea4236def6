// A replay: from a base to where the lines lead, and what is told where they lead nowhere.

import t from 'tap'
import { blobOf, replayLog } from '../../src/edit/replay.ts'
import { editAll, editWorld, linesOf } from '../fixtures/edit-world.ts'

const { document, changes } = editAll([
  { action: 'disable', repo: 'app' },
  { action: 'enable', repo: 'app' },
  { repo: 'one' },
  { repo: 'two' },
])
const lines = linesOf(changes)
const faultsOf = (of: typeof lines, options = {}): string[] =>
  replayLog(editWorld(), of, options).discrepancies.map(({ line, code }) => `${line} ${code}`)

t.test('a whole log leads to the registry', async t => {
  const replay = replayLog(editWorld(), lines)
  t.strictSame(replay.document, document)
  t.equal(replay.blob, blobOf(document))
  t.strictSame(replay.discrepancies, [])
  t.strictSame(replay.undetermined, [])
  t.strictSame(replayLog(editWorld(), []).document, editWorld(), 'and none leads nowhere')
})

t.test('a break is told once, where it is', async t => {
  t.strictSame(faultsOf(lines.slice(1)), ['2 LOG_WRONG_BEFORE', '2 LOG_WRONG_PREVIOUS', '2 LOG_CONTRADICTS'])
  t.strictSame(faultsOf(lines.toSpliced(2, 1)), ['4 LOG_WRONG_BEFORE'])
  const bent = lines.with(1, { line: 2, change: { ...changes[1]!, reason: 'another' } })
  t.strictSame(faultsOf(bent), ['2 LOG_WRONG_AFTER'])
})

t.test('the chain alone finds what does not join, and the ends', async t => {
  const chain = { blobs: 'chain' }
  t.strictSame(faultsOf(lines, chain), [])
  t.strictSame(faultsOf(lines.toSpliced(2, 1), chain), ['4 LOG_WRONG_BEFORE'])
  const bent = lines.with(2, { line: 3, change: { ...changes[2]!, reason: 'another' } })
  t.strictSame(faultsOf(bent), ['3 LOG_WRONG_AFTER'])
  t.strictSame(faultsOf(bent, chain), ['4 LOG_WRONG_AFTER'], 'at the end')
})

t.test('lines of the field are replayed, and what they leave open is listed', async t => {
  const { previous, registry_before, registry_after, ...legacy } = changes[0]! as (typeof changes)[0] & {
    repo: string
  }
  const mixed = [{ line: 1, change: legacy as (typeof changes)[0] }, ...lines.slice(1)]
  const replay = replayLog(editWorld(), mixed)
  t.strictSame(replay.discrepancies, [])
  t.equal(replay.blob, blobOf(document))
  t.match(replay.undetermined, [{ line: 1, what: /registry before and after/ }])
  t.match(replayLog(editWorld(), [mixed[0]!, mixed[0]!]).discrepancies, [{ code: 'LOG_CONTRADICTS' }])
})
