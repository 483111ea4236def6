// Every code that one manifest can be refused with, whatever the others say.

export type ManifestCode =
  | 'MANIFEST_UNREADABLE'
  | 'MANIFEST_NOT_A_FILE'
  | 'MANIFEST_MISNAMED'
  | 'MANIFEST_TOO_LARGE'
  | 'MANIFEST_NOT_UTF8'
  | 'MANIFEST_BAD_CHARACTER'
  | 'MANIFEST_NOT_YAML'
  | 'MANIFEST_TAB'
  | 'MANIFEST_DUPLICATE_KEY'
  | 'MANIFEST_SEVERAL_DOCUMENTS'
  | 'MANIFEST_DIRECTIVE'
  | 'MANIFEST_TAG'
  | 'MANIFEST_ALIAS'
  | 'MANIFEST_BAD_KEY'
  | 'MANIFEST_TOO_DEEP'
  | 'MANIFEST_BOOLEAN'
  | 'MANIFEST_AMBIGUOUS'
  | 'MANIFEST_MISSING_KEY'
  | 'MANIFEST_UNKNOWN_KEY'
  | 'MANIFEST_RUN_ONLY_KEY'
  | 'MANIFEST_WRONG_TYPE'
  | 'MANIFEST_BAD_VALUE'
  | 'MANIFEST_BAD_NAME'
  | 'MANIFEST_BAD_PORT'

/** Something wrong at an offset of a text. */
export interface TextFault {
  readonly code: ManifestCode
  readonly offset: number
  readonly message: string
}
