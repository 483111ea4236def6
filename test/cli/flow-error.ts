// A refusal of the workflow: every detail on a line of its own, and the exit code of its kind.

import t from 'tap'
import { FLOW_CODES, type FlowCode, FlowError } from '../../src/cli/flow-error.ts'
import { exitOf, faultLines } from '../../src/cli/report.ts'
import { GhError } from '../../src/git/gh.ts'

t.test('what it is about is told line by line', async t => {
  const error = new FlowError('FLOW_NOT_CLEAN', 'not clean', [' M a', '?? b'])
  t.strictSame(faultLines(error), ['FLOW_NOT_CLEAN not clean', '   M a', '  ?? b'])
  t.strictSame(faultLines(new FlowError('FLOW_NOTHING', 'nothing')), ['FLOW_NOTHING nothing'])
})

t.test('the exit code is that of its kind', async t => {
  const codes = Object.keys(FLOW_CODES) as FlowCode[]
  const conflicts = codes.filter(code => exitOf(new FlowError(code, '')) === 4)
  t.strictSame(conflicts, ['FLOW_CHANGED_MEANWHILE', 'FLOW_REPLAY_CONFLICT'])
  t.ok(codes.every(code => conflicts.includes(code) || exitOf(new FlowError(code, '')) === 1))
  t.equal(exitOf(new GhError('GH_TIMEOUT', '')), 3)
})
