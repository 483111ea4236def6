// What the service remembers from one start to the next, when it is given a folder for it: the last good pin, so
// that a bad set and a restart together still serve, and an old pointer does not pass for news. Only the pin is
// kept; the run it names is verified again. This is the one file the service ever writes, and no request leads here.

import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDigest, sha256 } from '../core/digest.ts'
import { errorText } from '../core/error.ts'
import { parseJson } from '../core/json.ts'
import { isRelpath, isRunId, isUtcTime } from '../seal/grammar.ts'
import type { Pin } from '../seal/pointer.ts'
import { RUN_ROOTS } from '../seal/pointer-entry.ts'
import { readFileOnce } from '../seal/read-file.ts'

export const MEMORY_FILE = 'last-good-pin.json'

const MAX_MEMORY_BYTES = 16 * 1024

/** What was found: a pin, nothing, or something that cannot be relied on. */
export type Recalled = { readonly pin: Pin | null; readonly fault: string | null }

export interface Memory {
  recall(): Promise<Recalled>
  /** Keeps `pin`; returns what went wrong, if anything did. Never rejects. */
  remember(pin: Pin): Promise<string | null>
}

/** Opens the memory in `folder`, which need not exist yet. */
export function openMemory(folder: string): Memory {
  const path = join(folder, MEMORY_FILE)
  return {
    async recall() {
      const outcome = readFileOnce(path, MAX_MEMORY_BYTES)
      if (outcome.ok) return parseMemory(outcome.bytes)
      return { pin: null, fault: outcome.reason === 'missing' ? null : `${MEMORY_FILE}: ${outcome.detail}` }
    },
    async remember(pin) {
      const beside = join(folder, `.${MEMORY_FILE}.${crypto.randomUUID()}.new`)
      try {
        await mkdir(folder, { recursive: true })
        const file = await open(beside, 'wx', 0o600)
        try {
          await file.writeFile(renderMemory(pin))
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(beside, path)
        await flush(folder)
        return null
      } catch (error) {
        await rm(beside, { force: true }).catch(() => {})
        return `${MEMORY_FILE}: ${errorText(error)}`
      }
    },
  }
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Renders a pin with a digest over it: a memory that has rotted is no memory. */
export function renderMemory(pin: Pin): string {
  const text = JSON.stringify(pin)
  return `${JSON.stringify({ pin, sha256: sha256(text) }, null, 2)}\n`
}

/** Parses what `renderMemory` rendered. */
export function parseMemory(bytes: Uint8Array): Recalled {
  const json = parseJson(bytes)
  const { pin, sha256: digest } = ((json.ok ? json.value : null) ?? {}) as Record<string, unknown>
  if (!isPin(pin) || !isDigest(digest) || sha256(JSON.stringify(pin)) !== digest) {
    return { pin: null, fault: `${MEMORY_FILE}: is damaged and is not relied on` }
  }
  return { pin, fault: null }
}

function isPin(value: unknown): value is Pin {
  if (typeof value !== 'object' || value === null) return false
  const { runId, runRoot, relpath, root, serial, asofUtc } = value as Record<string, unknown>
  return (
    isRunId(runId) &&
    RUN_ROOTS.some(known => known === runRoot) &&
    isRelpath(relpath) &&
    isDigest(root) &&
    isUtcTime(asofUtc) &&
    (serial === undefined || Number.isSafeInteger(serial))
  )
}
