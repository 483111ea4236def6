// What a serving thread finds when it is past finding anything: no room for an answer is left then.

/**
 * Thrown by a view whose thread cannot have the edition that is shown: it is being ended, and Node still hands it what
 * has come to its sockets. Whoever asked is to be cut off, and not answered.
 */
export class EditionLost extends Error {
  constructor(shown: number) {
    super(`edition ${shown} is shown, and was never told`)
    this.name = new.target.name
  }
}
