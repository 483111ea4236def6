// Bundles the GitHub Action into the one file that a runner starts: it checks out the repository and installs nothing.
// Run by `npm run generate`; a test fails when the bundle and the source differ.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))

export const BUNDLE = join(root, 'action/index.mjs')

/** Returns the text of the bundle. Not minified: a reader of the repository can read it. */
export async function bundleAction(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/bin/action.ts'],
    outfile: BUNDLE,
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: '// Generated from src/bin/action.ts by `npm run generate`; not to be edited.' },
  })
  return outputFiles[0]!.text
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(BUNDLE, await bundleAction())
