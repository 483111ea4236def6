// Plans the mesh of a tree once, in a process of its own: found, read, judged, planned and rendered. Prints the
// milliseconds.

import { join } from 'node:path'
import { planFrom } from '../src/cli/mesh-plan.ts'
import { readPlainFile } from '../src/publish/plain-file.ts'

const cwd = process.argv[2]!
const io = { out: () => {}, err: () => {}, env: {}, cwd, now: () => new Date() }
const began = performance.now()
const bytes = readPlainFile(join(cwd, 'mesh-hosts.json'))
const plan = planFrom(bytes, { root: ['apps'], hosts: 'mesh-hosts.json', prune: 'sync' }, io)
process.stdout.write(JSON.stringify({ ms: performance.now() - began, manifests: plan.changes.length }))
