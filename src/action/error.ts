// What stops the action before it has an answer: a step that is written wrong, or a token that cannot be had.

import { HouseError } from '../core/error.ts'

/** Thrown by the action. */
export class ActionError extends HouseError<'ACTION_BAD_INPUT' | 'ACTION_NO_TOKEN'> {}
