// A peer: reads every manifest of a tree and parses it with the YAML library, and does nothing with it. Prints the
// milliseconds.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

const apps = join(process.argv[2]!, 'apps')
const began = performance.now()
let read = 0
for (const project of readdirSync(apps)) {
  if (parse(readFileSync(join(apps, project, '.infra.yaml'), 'utf8')).project === project) read += 1
}
process.stdout.write(JSON.stringify({ ms: performance.now() - began, manifests: read }))
