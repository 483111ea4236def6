// The words and bounds of the rules, apart from the schema that is made of them: the command line needs these at every
// start, and would pay for the schema library a third of its time.

/** R2: the versions this code can serve. Adding one is a decision, never a pattern. */
export const SUPPORTED_VERSIONS = ['2.0'] as const

/** R10: who may have written an entry. */
export const PROCESS_PATTERN = '^[a-z0-9][a-z0-9-]{0,63}$'

/** R10: one line; no control character, no line or paragraph separator. */
export const REASON_PATTERN = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$'

/** R10: the most characters (code points) of a reason. */
export const MAX_REASON_LENGTH = 1000
