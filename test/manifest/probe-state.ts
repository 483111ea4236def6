import { readFileSync } from 'node:fs'
import t from 'tap'
import { isUp, PROBE_STATES, type ProbeState } from '../../src/manifest/probe-state.ts'

const page = readFileSync(new URL('../../docs/mesh.md', import.meta.url), 'utf8')

t.test('a service that is ready or degraded serves, and no other', async t => {
  const states = Object.keys(PROBE_STATES) as ProbeState[]
  t.strictSame(states.filter(isUp), ['ready', 'degraded'])
})

t.test('docs/mesh.md lists every state with its meaning, and no other', async t => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (yes|no) +\| (.+?) +\|$/gm)].map(([, ...cells]) => cells)
  t.strictSame(
    rows,
    Object.entries(PROBE_STATES).map(([state, { up, meaning }]) => [state, up ? 'yes' : 'no', meaning]),
  )
})
