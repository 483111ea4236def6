// `npm run build`: the programs as they are installed, each bundled with what it needs. A command that loads seventy
// small files spends more on finding them than on its work, and the service more than on a registry.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** What is started by its path: the programs, and the scripts of threads. */
const ENTRIES = [
  ...['bin/serve.ts', 'bin/healthcheck.ts'],
  ...['bin/serving-thread.ts', 'live/load-worker.ts'],
]

/** What the command line does, apart from its process. */
const VERBS = 'cli/program'

const COMMON = {
  absWorkingDir: root,
  outbase: 'src',
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node24',
  // Some packages' entry for Node loads its parts by names that are put together at run time.
  mainFields: ['module', 'main'],
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} satisfies BuildOptions

/** CommonJS packages ask for Node's own modules by `require`, which a module does not have. */
const REQUIRE = {
  js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
}

/** Has the process `require` the verbs: to `import` a CommonJS file reads it twice, once for the names it exports. */
const requireVerbs: Plugin = {
  name: 'require-verbs',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: new RegExp(`/${VERBS}\\.ts$`) }, () => ({ path: VERBS, namespace: 'verbs' }))
    onResolve({ filter: /\.cjs$/ }, ({ path }) => ({ path, external: true }))
    onLoad({ filter: /^/, namespace: 'verbs' }, () => ({
      contents: `module.exports = require('../${VERBS}.cjs')`,
    }))
  },
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
const programs = await build({
  ...COMMON,
  entryPoints: ENTRIES.map(entry => `src/${entry}`),
  format: 'esm',
  // What the threads of a program share is a file of its own.
  splitting: true,
  chunkNames: 'shared/[name]-[hash]',
  banner: REQUIRE,
})
// One CommonJS file, whose modules are run when they are asked for: nothing is searched for, and a verb runs no other.
const verbs = await build({
  ...COMMON,
  entryPoints: [`src/${VERBS}.ts`],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
})
await build({
  ...COMMON,
  entryPoints: ['src/bin/infra.ts'],
  format: 'esm',
  banner: REQUIRE,
  plugins: [requireVerbs],
})

// What is bundled is passed on, and its licenses ask to be passed on with it.
const packages = new Set(
  [programs, verbs]
    .flatMap(({ metafile }) => Object.keys(metafile.inputs))
    .flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
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
