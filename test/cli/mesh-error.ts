// The refusal of manifests: all findings, in order, and whether a disk was to blame.

import t from 'tap'
import { isUnreadable, MeshRefusal, sortFindings } from '../../src/cli/mesh-error.ts'
import { exitOf, faultLines } from '../../src/cli/report.ts'
import type { Diagnostic } from '../../src/core/diagnostic.ts'

const finding = (file: string, line: number, code: string): Diagnostic => ({
  ...{ severity: 'error', code, message: 'no', file, line, column: 1 },
})

t.test('tells every finding on a line of its own', async t => {
  const error = new MeshRefusal([finding('a', 1, 'X'), finding('b', 2, 'Y')])
  t.strictSame(faultLines(error), ['a:1:1 error X no', 'b:2:1 error Y no'])
  t.equal(exitOf(error), 1)
})

t.test('a disk that failed is no verdict', async t => {
  const findings = [finding('a', 1, 'MANIFEST_UNREADABLE')]
  t.ok(isUnreadable(findings))
  t.equal(exitOf(new MeshRefusal(findings)), 3)
  t.notOk(isUnreadable([finding('a', 1, 'MANIFEST_NOT_YAML')]))
})

t.test('findings are sorted by file, then by place', async t => {
  const sorted = [finding('a', 1, 'X'), finding('a', 2, 'X'), finding('b', 1, 'X')]
  t.strictSame(sortFindings(sorted.toReversed()), sorted)
})
