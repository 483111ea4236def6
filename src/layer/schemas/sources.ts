// The registries that are kept by hand or by other programs and promoted as they are, as schemas. They describe files
// of other projects, so what those may add freely stays open, and everything with a meaning here is closed.

import { Type } from '@sinclair/typebox'
import { closed, count, date, digest, flag, nullable, number, oneOf, relpath, text, texts } from './words.ts'

/** Which migrations a database has, and who says so. */
export const MigrationLedger = closed(
  {
    _comment: Type.Optional(text),
    _version: text,
    _created: Type.Optional(text),
    migrations: Type.Array(
      closed({
        file: relpath,
        description: text,
        applied_at: nullable(text),
        applied_by: nullable(text),
        status: oneOf(['UNVERIFIED', 'VERIFIED', 'FAILED', 'SKIPPED']),
      }),
    ),
  },
  { title: 'Migration ledger' },
)

/** Which versions are expected; `null` where nothing is. */
export const ExpectedVersions = closed(
  {
    version: text,
    expected: closed({ schema_version: nullable(text), threshold_pack_version: nullable(text) }),
  },
  { title: 'Expected versions' },
)

const integer = Type.Integer()

/** One threshold pack, of one of three kinds. */
export const ThresholdPack = Type.Union(
  [
    closed({
      min_body_bp: integer,
      max_wick_ratio_bp: integer,
      lookback: integer,
      min_range_bp: integer,
      volatility_threshold_bp: integer,
    }),
    closed({
      lookback: integer,
      min_range_bp: integer,
      min_direction_ratio_bp: integer,
      min_hh_ll_count: integer,
    }),
    closed({
      version: text,
      scope: text,
      thresholds: closed({ E_hi: Type.Optional(number), S_hi: Type.Optional(number) }),
      weights: Type.Object({}),
      y_map: Type.Object({}),
      columns: Type.Object({}),
      source_views: texts,
    }),
  ],
  { title: 'Threshold pack' },
)

/** One row of the fingerprint index, a CSV whose header names these columns. */
export const FingerprintRow = closed(
  {
    fingerprint_id: Type.String({ minLength: 1 }),
    date_ny: date,
    symbol: Type.String({ minLength: 1 }),
    trajectory_csv_path: relpath,
    fingerprint_json_path: relpath,
    path_length: number,
    efficiency: number,
    dominant_quadrant: text,
    family_id: Type.Optional(nullable(text)),
    content_hash: digest,
  },
  { title: 'Fingerprint index, one row' },
)

const rates = Type.Record(Type.String(), number)

/** The report of one validation of derived data. */
export const DerivedReport = closed(
  {
    run_id: Type.String({ minLength: 1 }),
    version: text,
    symbol: text,
    start_date: date,
    end_date: date,
    mode: Type.Optional(text),
    compare_tv: Type.Optional(flag),
    b_block_count: Type.Optional(count),
    c1_row_count: Type.Optional(count),
    c2_row_count: Type.Optional(count),
    coverage_parity: Type.Optional(flag),
    c1_duplicates: Type.Optional(count),
    c2_duplicates: Type.Optional(count),
    c1_null_rates: Type.Optional(rates),
    c2_null_rates: Type.Optional(rates),
    c2_window_spec_valid: Type.Optional(flag),
    c2_window_spec_errors: Type.Optional(texts),
    determinism_sample_size: Type.Optional(count),
    determinism_mismatches: Type.Optional(count),
    determinism_details: Type.Optional(Type.Array(Type.Unknown())),
    tv_comparison_enabled: Type.Optional(flag),
    tv_reference_available: Type.Optional(flag),
    tv_matched_blocks: Type.Optional(count),
    tv_diff_summary: Type.Optional(Type.Object({})),
    tv_top_mismatches: Type.Optional(Type.Array(Type.Unknown())),
    errors: texts,
    warnings: texts,
    status: oneOf(['PASS', 'FAIL', 'PARTIAL']),
  },
  { title: 'Derived validation report' },
)

/** One line of the results of a range validation: one day. */
export const RangeResultLine = closed(
  {
    range_run_id: Type.String({ minLength: 1 }),
    day_run_id: nullable(text),
    symbol: text,
    date_ny: date,
    status: oneOf(['PASS', 'FAIL', 'SKIP']),
    expected_blocks: count,
    ovc_blocks: nullable(count),
    outcome_blocks: nullable(count),
    mismatch_count: nullable(count),
    reasons: texts,
  },
  { title: 'Validation range results, one line' },
)

const weighed = { bytes: count, sha256: digest }

/** One file of an evidence pack. Packs write `relative_path` where the registry's contract says `relpath`: both are read. */
const EvidenceEntry = Type.Union([
  closed({ relpath, ...weighed }),
  closed({ relative_path: relpath, ...weighed }),
])

/** A manifest of an evidence pack: its own scheme, which is no registry seal. */
export const EvidenceManifest = closed(
  { files: Type.Array(EvidenceEntry, { minItems: 1 }) },
  { title: 'Evidence pack manifest' },
)

/** What an evidence pack says of itself; more may stand there. */
export const EvidenceMeta = Type.Object(
  {
    pack_version: Type.Optional(text),
    symbol: Type.Optional(text),
    date_ny: Type.Optional(date),
    created_utc: Type.Optional(text),
  },
  { title: 'Evidence pack, what it is' },
)
