// Git's own store: files as they were in a commit, and new commits made beside the work tree, which nothing sees until
// a branch is moved to them.

import { runGit } from './exec.ts'

/**
 * Returns the names of the regular files at `paths` in `commit`, in their order, `null` where that commit has none; one
 * process. Throws `GIT_FAILED` where there is no such commit.
 */
export async function nameBlobs(
  top: string,
  commit: string,
  paths: readonly string[],
): Promise<readonly (string | null)[]> {
  const entries = await listTree(top, commit, ...paths)
  return paths.map(path => {
    const entry = entries.find(({ name }) => name === path)
    return entry?.mode.startsWith('100') ? entry.object : null
  })
}

/**
 * Returns the content of the files of these names, in their order, `null` for `null` and for what is not there; one process
 * for all of them. A name is git's, or `<commit>:<path>` without a line end in it.
 */
export async function readBlobs(
  top: string,
  found: readonly (string | null)[],
): Promise<readonly (Buffer | null)[]> {
  const wanted = found.filter(object => object !== null)
  if (wanted.length === 0) return found.map(() => null)
  const said = await runGit(
    top,
    ['cat-file', '--batch'],
    undefined,
    wanted.map(object => `${object}\n`).join(''),
  )
  let at = 0
  const nextBlob = (): Buffer | null => {
    // `<object> blob <size>`, the bytes, and a line feed of their own; or `<name> missing`.
    const start = said.indexOf(0x0a, at) + 1
    const header = said.toString('latin1', at, start)
    const size = header.endsWith(' missing\n') ? null : Number(header.split(' ')[2])
    at = size === null ? start : start + size + 1
    return size === null ? null : said.subarray(start, start + size)
  }
  return found.map(object => (object === null ? null : nextBlob()))
}

/** Stores a tree that is the one of `commit` with `files` put into it, and returns its name. */
export async function writeTreeWith(
  top: string,
  commit: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<string> {
  let tree = (await runGit(top, ['rev-parse', '--verify', `${commit}^{tree}`])).toString().trim()
  for (const [path, bytes] of files) {
    const blob = await runGit(top, ['hash-object', '-w', '--stdin'], undefined, bytes)
    tree = await putBlob(top, tree, path.split('/'), blob.toString().trim())
  }
  return tree
}

/** Stores a commit of `tree` with `parents` and returns its name; no branch moves. */
export async function writeCommit(
  top: string,
  tree: string,
  parents: readonly string[],
  message: string,
): Promise<string> {
  const args = ['commit-tree', tree, ...parents.flatMap(parent => ['-p', parent]), '-F', '-']
  return (await runGit(top, args, undefined, message)).toString().trim()
}

interface TreeEntry {
  readonly mode: string
  readonly type: string
  readonly object: string
  readonly name: string
}

async function putBlob(
  top: string,
  tree: string | null,
  [name, ...rest]: readonly string[],
  blob: string,
): Promise<string> {
  const entries = tree === null ? [] : await listTree(top, tree)
  const old = entries.find(entry => entry.name === name)
  const below = old?.type === 'tree' ? old.object : null
  const entry =
    rest.length === 0
      ? { mode: old?.type === 'blob' ? old.mode : '100644', type: 'blob', object: blob, name: name! }
      : { mode: '040000', type: 'tree', object: await putBlob(top, below, rest, blob), name: name! }
  const members = [...entries.filter(other => other !== old), entry]
  const text = members.map(({ mode, type, object, name }) => `${mode} ${type} ${object}\t${name}\0`).join('')
  return (await runGit(top, ['mktree', '-z'], undefined, text)).toString().trim()
}

async function listTree(
  top: string,
  tree: string,
  ...paths: readonly string[]
): Promise<readonly TreeEntry[]> {
  const which = paths.length === 0 ? [] : ['--', ...paths]
  const said = await runGit(top, ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', tree, ...which])
  return said
    .toString()
    .split('\0')
    .filter(Boolean)
    .map(line => {
      const [mode, type, object] = line.slice(0, line.indexOf('\t')).split(' ') as [string, string, string]
      return { mode, type, object, name: line.slice(line.indexOf('\t') + 1) }
    })
}
