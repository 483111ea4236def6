// What somebody watches: everything, an organisation or a repository. A scope has a tag, which changes when the answer to
// what was asked changes, and with nothing else. All who watch the same share one scope, and one rendered event.

import { sha256 } from '../../core/digest.ts'
import { foldName } from '../../registry/names.ts'
import type { Snapshot } from '../../registry/snapshot.ts'
import { faceOf } from '../face.ts'

/** What is watched. `info` is the registry with all that `/registry` says of it, `revision` is its content. */
export type Subject =
  | { readonly kind: 'info' | 'revision' }
  | { readonly kind: 'org'; readonly org: string }
  | { readonly kind: 'repo'; readonly org: string; readonly repo: string }

/** Enough to tell two states of one thing apart. */
const TAG_DIGITS = 16

/** One subject at one time: call `look` to bring it up to date. */
export class Scope {
  readonly subject: Subject
  /** How many watch it; kept by who keeps the scopes. */
  watchers = 0
  #seen: Snapshot | undefined
  #tag = ''
  #event: Buffer | undefined

  constructor(subject: Subject) {
    this.subject = subject
  }

  /** Says what the subject is at the last look. */
  get tag(): string {
    return this.#tag
  }

  /** Looks at `snapshot`; costs nothing when it is the one that was looked at last. */
  look(snapshot: Snapshot): void {
    if (snapshot === this.#seen) return
    this.#seen = snapshot
    this.#tag = tagOf(this.subject, snapshot)
    this.#event = undefined
  }

  /** The event that tells what was seen at the last look, as it is written to a stream. */
  get event(): Buffer {
    this.#event ??= Buffer.from(`id: ${this.id}\ndata: ${faceOf(this.#seen!).registry}\n\n`)
    return this.#event
  }

  /**
   * The id of that event: the revision, and where less than everything is watched, the tag. With it a resumed stream
   * knows what its client has seen of the subject, on whatever instance, whatever has happened to the rest meanwhile.
   */
  get id(): string {
    const { revision } = this.#seen!.info
    return this.subject.kind === 'revision' ? revision : `${revision}.${this.#tag}`
  }

  /** Tells whether whoever saw the event with this id last has missed nothing of the subject. */
  isKnownBy(lastEventId: string): boolean {
    const [revision, tag] = lastEventId.split('.', 2)
    return revision === this.#seen!.info.revision || tag === this.#tag
  }
}

/** Names a subject, ASCII letters in any case: two names are equal when the subjects are. */
export function keyOf(subject: Subject): string {
  switch (subject.kind) {
    case 'org':
      return foldName(subject.org)
    case 'repo':
      return foldName(`${subject.org}/${subject.repo}`)
    default:
      // No name holds a colon.
      return `:${subject.kind}`
  }
}

function tagOf(subject: Subject, snapshot: Snapshot): string {
  switch (subject.kind) {
    case 'info':
      return faceOf(snapshot).infoEtag
    case 'revision':
      return snapshot.info.revision
    case 'org':
      return snapshot.orgDigest(subject.org) ?? 'org_not_registered'
    case 'repo': {
      const found = snapshot.resolve(subject.org, subject.repo)
      return found.outcome === 'found' ? sha256(found.text).slice(0, TAG_DIGITS) : found.outcome
    }
  }
}
