// Folders that hold hashes and are no registry seal. They are named for what they are, so that nobody takes a
// list of hashes, which commits to nothing, for a seal with a few faults to mend.

import { type ForeignKind, type SealFault, sealFault } from './fault.ts'
import { HASH_LIST, MANIFEST } from './manifest.ts'
import { RUN_JSON } from './run-json.ts'

const WHAT: Readonly<Record<ForeignKind, string>> = {
  unsealed: 'the folder is not sealed: it has neither manifest.json nor MANIFEST.sha256',
  bare_hash_list: 'the folder has a bare list of hashes without a root, not a registry seal',
  other_scheme: 'the folder is sealed by another scheme, not as a registry',
}

/** Returns the fault `SEAL_NOT_A_SEAL` with its kind when these files are no registry seal at all. */
export function findForeignKind(
  files: ReadonlyMap<string, Uint8Array>,
  isPresent: (relpath: string) => boolean,
): SealFault | undefined {
  const kind = kindOfFolder(files, isPresent)
  return kind === undefined ? undefined : sealFault('SEAL_NOT_A_SEAL', '.', WHAT[kind], { kind })
}

function kindOfFolder(
  files: ReadonlyMap<string, Uint8Array>,
  isPresent: (relpath: string) => boolean,
): ForeignKind | undefined {
  if (isPresent(MANIFEST)) return undefined
  if (isPresent('MANIFEST.json') || isPresent('SEAL.json')) return 'other_scheme'
  if (!isPresent(HASH_LIST)) return 'unsealed'
  const list = files.get(HASH_LIST)
  const hasRoot = list === undefined || Buffer.from(list).includes('ROOT_SHA256  ')
  return isPresent(RUN_JSON) || hasRoot ? undefined : 'bare_hash_list'
}
