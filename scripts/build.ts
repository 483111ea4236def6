// `npm run build`: the programs as they are installed, each bundled with what it needs. A command that loads seventy
// small files spends more on finding them than on its work, and the service more than on a registry. Code that several
// programs or verbs share is a file of its own; each verb still loads only what it needs.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** What is started by its path: the programs, and the scripts of threads. */
const ENTRIES = [
  ...['bin/infra.ts', 'bin/serve.ts', 'bin/healthcheck.ts'],
  ...['bin/serving-thread.ts', 'live/load-worker.ts'],
]

rmSync(join(root, 'dist'), { recursive: true, force: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ENTRIES.map(entry => `src/${entry}`),
  outbase: 'src',
  outdir: 'dist',
  chunkNames: 'shared/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Some packages' entry for Node loads its parts by names that are put together at run time.
  mainFields: ['module', 'main'],
  // CommonJS packages ask for Node's own modules by `require`, which a module does not have.
  banner: {
    js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
  },
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})

// What is bundled is passed on, and its licenses ask to be passed on with it.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
)
const licenses = [...packages].sort().map(folder => {
  const file = readdirSync(join(root, folder)).find(name => /^licen[cs]e/i.test(name))
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license: string
  }
  const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim()
  return `${name} ${version} (${license})\n\n${text}\n`
})
writeFileSync(join(root, 'dist/THIRD_PARTY_LICENSES.txt'), licenses.join(`\n${'-'.repeat(80)}\n\n`))
