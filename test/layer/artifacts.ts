// Broken artifacts, one fault each: every one is refused by its own code, at its own line and pointer. And which schema
// applies to which file of a run.

import t from 'tap'
import { checkRegistryFiles, checkRunArtifacts, hasArtifactSchema } from '../../src/layer/artifacts.ts'
import { delta, envelope, GOOD, promotionEnvelope, runLine, setManifest } from '../fixtures/artifact-world.ts'
import { day, FINGERPRINT_COLUMNS, fingerprint } from '../fixtures/promotion-world.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test bends whatever it likes
type Bend = (value: any) => unknown

const copy = (value: unknown) => JSON.parse(JSON.stringify(value))

/** Bends a copy of a good value, or takes what `bend` returns in its place. */
function bent(value: unknown, bend: Bend): unknown {
  const own = copy(value)
  const other = bend(own)
  return other === undefined || typeof other !== 'object' ? own : other
}

const set =
  (path: string, to: unknown): Bend =>
  value => {
    const keys = path.split('.')
    const last = keys.pop()!
    const holder = keys.reduce((at, key) => at[key], value)
    if (to === undefined) delete holder[last]
    else holder[last] = to
  }

type Case = readonly [kind: string, bend: Bend, code: string, pointer: string, line: number]

const CASES: readonly Case[] = [
  ['ledger', set('_version', undefined), 'missing_key', '/_version', 1],
  ['ledger', set('_version', 1), 'wrong_type', '/_version', 2],
  ['ledger', set('extra', 1), 'unknown_key', '/extra', 19],
  ['ledger', set('migrations', {}), 'wrong_type', '/migrations', 3],
  ['ledger', set('migrations.1.status', 'DONE'), 'bad_value', '/migrations/1/status', 16],
  ['ledger', set('migrations.1.status', null), 'wrong_type', '/migrations/1/status', 16],
  ['ledger', set('migrations.0.applied_at', undefined), 'missing_key', '/migrations/0/applied_at', 4],
  ['ledger', set('migrations.1.applied_by', 7), 'wrong_type', '/migrations/1/applied_by', 15],
  ['ledger', set('migrations.0.file', '../out.sql'), 'bad_value', '/migrations/0/file', 5],
  ['ledger', set('migrations.0.a/b', 1), 'unknown_key', '/migrations/0/a~1b', 10],
  ['ledger', () => [], 'wrong_type', '', 1],
  ['versions', set('expected', undefined), 'missing_key', '/expected', 1],
  ['versions', set('expected.schema_version', undefined), 'missing_key', '/expected/schema_version', 3],
  ['versions', set('expected.schema_version', false), 'wrong_type', '/expected/schema_version', 4],
  ['versions', set('expected.other', null), 'unknown_key', '/expected/other', 6],
  ['pack', set('lookback', 1.5), 'wrong_type', '/lookback', 2],
  ['pack', set('lookback', '12'), 'wrong_type', '/lookback', 2],
  ['pack', set('min_hh_ll_count', undefined), 'missing_key', '/min_hh_ll_count', 1],
  ['pack', set('more', 1), 'unknown_key', '/more', 6],
  ['pack', () => ['no pack'], 'wrong_type', '', 1],
  ['plane', set('thresholds.E_hi', 'high'), 'wrong_type', '/thresholds/E_hi', 5],
  ['plane', set('thresholds.X_hi', 1), 'unknown_key', '/thresholds/X_hi', 7],
  ['plane', set('source_views.0', 1), 'wrong_type', '/source_views/0', 14],
  ['plane', set('weights', []), 'wrong_type', '/weights', 8],
  ['report', set('status', 'OK'), 'bad_value', '/status', 12],
  ['report', set('start_date', '13.01.2026'), 'bad_value', '/start_date', 5],
  ['report', set('c1_null_rates.range', null), 'wrong_type', '/c1_null_rates/range', 8],
  ['report', set('errors', ['a', 2]), 'wrong_type', '/errors/1', 12],
  ['report', set('b_block_count', -1), 'bad_value', '/b_block_count', 13],
  ['evidence', set('files', []), 'bad_value', '/files', 2],
  ['evidence', set('files.0.sha256', 'AB'.repeat(32)), 'bad_value', '/files/0/sha256', 6],
  ['evidence', set('files.0.bytes', -1), 'bad_value', '/files/0/bytes', 4],
  ['evidence', set('files.0.relative_path', '/etc/passwd'), 'bad_value', '/files/0/relative_path', 5],
  ['status', set('0.operation_id', 'QA07'), 'bad_value', '/0/operation_id', 5],
  ['status', set('0.op_drift', 'false'), 'wrong_type', '/0/op_drift', 14],
  ['status', set('0.op_drift', undefined), 'missing_key', '/0/op_drift', 2],
  ['status', set('0.coverage_level', 'C6'), 'bad_value', '/0/coverage_level', 7],
  ['status', set('0.staleness_days', 0.5), 'wrong_type', '/0/staleness_days', 13],
  ['status', set('0.status_version', '0.2'), 'bad_value', '/0/status_version', 3],
  [
    'drift',
    set('expected.schema_version.drift', 'unknown'),
    'wrong_type',
    '/expected/schema_version/drift',
    12,
  ],
  [
    'drift',
    set('expected.schema_version.observed.more', null),
    'unknown_key',
    '/expected/schema_version/observed/more',
    18,
  ],
  ['drift', set('canon_tree_hash', 'none'), 'bad_value', '/canon_tree_hash', 7],
  ['drift', set('generated_utc', '2026-03-01'), 'bad_value', '/generated_utc', 4],
  ['drift', set('system_drift.canon_dirty', 'no'), 'wrong_type', '/system_drift/canon_dirty', 29],
  ['drift', set('working_tree_state', 'soiled'), 'bad_value', '/working_tree_state', 6],
  ['health', set('counts.stale', -1), 'bad_value', '/counts/stale', 33],
  ['health', set('observed.0.last_run_root', undefined), 'missing_key', '/observed/0/last_run_root', 6],
  ['health', set('truncated.stale', null), 'wrong_type', '/truncated/stale', 41],
  [
    'health',
    set('system_drift', { drift_signals_missing: false }),
    'bad_value',
    '/system_drift/drift_signals_missing',
    48,
  ],
]

const render = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

t.test('good artifacts have no fault', async t => {
  for (const [kind, [registry, file, value]] of Object.entries(GOOD)) {
    const { violations, applied } = checkRegistryFiles(
      registry,
      new Map([[file, Buffer.from(render(value))]]),
    )
    const status = registry === 'op_status_table' ? ['missing_file'] : []
    t.strictSame(
      violations.map(({ code }) => code),
      status,
      kind,
    )
    t.equal(applied.length, 1)
  }
})

t.test('each broken artifact has its one fault, where it is', async t => {
  t.ok(CASES.length >= 40, `${CASES.length} of them`)
  for (const [kind, bend, code, pointer, line] of CASES) {
    const [registry, file, value] = GOOD[kind]!
    const text = render(bent(value, bend))
    const { violations } = checkRegistryFiles(registry, new Map([[file, Buffer.from(text)]]))
    const got = violations.filter(violation => violation.code !== 'missing_file')
    t.strictSame(
      got.map(violation => [violation.code, violation.pointer, violation.line, violation.file]),
      [[code, pointer, line, file]],
      `${kind}: ${code} ${pointer}`,
    )
    const shown = text.split('\n')[line - 1]!
    const key = pointer.split('/').at(-1)!.replaceAll('~1', '/')
    if (code !== 'missing_key' && !/^\d*$/.test(key)) t.match(shown, `"${key}"`, 'and the line shows it')
  }
})

t.test('a text that is no artifact', async t => {
  const text = (content: string | Uint8Array, registry = 'expected_versions') => {
    const file =
      registry === 'expected_versions' ? 'EXPECTED_VERSIONS_v0_1_snapshot.json' : 'RUN_REGISTRY_v0_1.jsonl'
    const { violations } = checkRegistryFiles(registry, new Map([[file, Buffer.from(content)]]))
    return violations.map(({ code, line }) => `${code} ${line}`)
  }
  t.strictSame(text(''), ['not_json 1'])
  t.strictSame(text('{"version":"0.1",\n"version":"0.1"}'), ['duplicate_key 2'])
  t.strictSame(text('{} {}'), ['trailing_text 1'])
  t.strictSame(text('\ufeff{}'), ['byte_order_mark 1'])
  t.strictSame(text(Buffer.from([0x7b, 0xff, 0x7d])), ['not_utf8 1'])
  t.strictSame(text('['.repeat(100)), ['too_deep 1'])
  t.strictSame(text('{"version": NaN}'), ['not_json 1'])
  const good = JSON.stringify(runLine)
  t.strictSame(text(`${good}\n`, 'run_registry'), [])
  t.strictSame(text('\n', 'run_registry'), [], 'of no runs')
  t.strictSame(text(good, 'run_registry'), ['no_line_end 1'])
  t.strictSame(text(`${good}\n\n${good}\n`, 'run_registry'), ['blank_line 2'])
  t.strictSame(text(`${good}\n{\n`, 'run_registry'), ['not_json 2'])
  t.strictSame(text(`${good}\n${good.replace('"0.1"', '"0.2"')}\n`, 'run_registry'), ['bad_value 2'])
})

t.test('lines and rows', async t => {
  const check = (registry: string, file: string, content: string) =>
    checkRegistryFiles(registry, new Map([[file, Buffer.from(content)]])).violations.map(
      ({ code, pointer, line }) => `${code} ${pointer} ${line}`,
    )
  const deltas = (...lines: unknown[]) =>
    check(
      'registry_delta_log',
      'REGISTRY_DELTA_LOG_v0_1.jsonl',
      lines.map(line => `${JSON.stringify(line)}\n`).join(''),
    )
  t.strictSame(deltas(delta, { ...delta, from_ref: delta.to_ref }), [])
  t.strictSame(deltas(), [], 'of no deltas')
  t.strictSame(
    deltas(delta, { ...delta, from_ref: {} }),
    ['run_id', 'run_root', 'relpath', 'manifest_sha256'].map(key => `missing_key /from_ref/${key} 2`),
  )
  t.strictSame(deltas({ ...delta, from_ref: 'none' }), ['wrong_type /from_ref 1'])
  t.strictSame(deltas({ ...delta, to_ref: { ...delta.to_ref, manifest_sha256: 'not-a-hash' } }), [
    'bad_value /to_ref/manifest_sha256 1',
  ])
  t.strictSame(deltas({ ...delta, counts: { ...delta.counts, all: 1 } }), ['unknown_key /counts/all 1'])

  const days = (...lines: unknown[]) =>
    check(
      'validation_range_results',
      'validate_range_x_days.jsonl',
      lines.map(line => `${JSON.stringify(line)}\n`).join(''),
    )
  t.strictSame(days(day), [])
  t.strictSame(days(), ['no_content  1'])
  t.strictSame(days(day, { ...day, expected_blocks: null }), ['wrong_type /expected_blocks 2'])

  const index = (...rows: readonly (readonly string[])[]) =>
    check(
      'fingerprint_index',
      'fingerprint_index_snapshot.csv',
      rows.map(row => `${row.join(',')}\n`).join(''),
    )
  t.strictSame(index(FINGERPRINT_COLUMNS, fingerprint), [])
  t.strictSame(index(FINGERPRINT_COLUMNS), ['no_rows  1'])
  t.strictSame(index(FINGERPRINT_COLUMNS, fingerprint, fingerprint.with(5, 'long')), [
    'wrong_type /path_length 3',
  ])
  t.strictSame(index(FINGERPRINT_COLUMNS, fingerprint.with(9, '')), ['bad_value /content_hash 2'])
  t.strictSame(index(FINGERPRINT_COLUMNS.slice(1), fingerprint.slice(1)), [
    'missing_column /fingerprint_id 1',
  ])
})

t.test('what has to be there', async t => {
  const missing = (registry: string, ...names: readonly string[]) =>
    checkRegistryFiles(registry, new Map(names.map(name => [name, Buffer.from('{}')])))
      .violations.filter(({ code }) => code === 'missing_file')
      .map(({ file }) => file)
  t.strictSame(missing('migration_ledger', 'x'), ['applied_migrations_snapshot.json'])
  t.strictSame(missing('threshold_packs_file', 'x/deep.json'), ['<pack>.json'])
  t.strictSame(missing('derived_validation_reports', 'meta.json'), ['derived_validation_report.json'])
  const pack = (name: string, file: string) => `${name}/outputs/evidence_pack_v0_2/${file}`
  t.strictSame(
    missing('evidence_pack_registry', pack('a', 'manifest.json'), pack('b', 'x.csv')),
    [pack('b', 'manifest.json')],
    'each pack has its own',
  )
  t.strictSame(missing('evidence_pack_registry', 'x'), ['manifest.json'])
  t.strictSame(
    checkRegistryFiles(
      'evidence_pack_registry',
      new Map([[pack('a', 'deep/manifest.json'), Buffer.from('x')]]),
    ).applied,
    [],
    'a file of that name below the top of a pack is a file of the pack',
  )
})

t.test('a set of thousands of bad files is not told of without end', async t => {
  const files = Array.from({ length: 5_000 }, (_, at) => [`${at}.jsonl`, Buffer.from('{}\n')] as const)
  const { violations, applied } = checkRegistryFiles('validation_range_results', new Map(files))
  t.ok(violations.length >= 1_000 && violations.length < 1_100, `${violations.length}`)
  t.equal(applied.length, 5_000)
})

t.test('run.json and manifest.json of any run', async t => {
  const check = (run: unknown, manifest: unknown = setManifest) =>
    checkRunArtifacts(
      new Map([
        ['run.json', Buffer.from(render(run))],
        ['manifest.json', Buffer.from(render(manifest))],
      ]),
    ).violations.map(({ file, code, pointer }) => `${file} ${code} ${pointer}`)
  t.strictSame(check(envelope), [])
  t.strictSame(check({ ...envelope, extra: 1 }), ['run.json unknown_key /extra'])
  t.strictSame(check({ ...envelope, run_id: '../x' }), ['run.json bad_value /run_id'])
  t.strictSame(check({ ...envelope, git_commit: 'HEAD' }), ['run.json bad_value /git_commit'])
  t.strictSame(check({ ...envelope, option: 'E' }), ['run.json bad_value /option'])
  t.strictSame(check({ ...envelope, outputs: 'all' }), ['run.json wrong_type /outputs'])
  t.strictSame(check({ ...envelope, created_utc: null }), ['run.json wrong_type /created_utc'])
  const { registry_version, ...without } = envelope
  t.strictSame(check(without), ['run.json missing_key /registry_version'])
  t.strictSame(
    check({ run_id: 'r', created_utc: 'x', run_type: 'of_others', more: 1 }),
    [],
    'another type is open',
  )
  t.strictSame(check({ run_id: 'r' }), ['run.json missing_key /created_utc'])
  t.strictSame(check({ ...envelope, run_type: 'constructor' }), [], 'no type of ours')
  t.strictSame(check(envelope, []), ['manifest.json bad_value '])
  t.strictSame(check(envelope, [{ ...setManifest[0], bytes: 1.5 }]), ['manifest.json wrong_type /0/bytes'])
  t.strictSame(check(envelope, [{ ...setManifest[0], relpath: 'a//b' }]), [
    'manifest.json bad_value /0/relpath',
  ])
})

t.test('whose artifacts a run holds', async t => {
  const registries = (run: unknown, ...names: readonly string[]) => {
    const files = new Map(names.map(name => [name, Buffer.from('{}')]))
    return checkRunArtifacts(files.set('run.json', Buffer.from(JSON.stringify(run)))).registries
  }
  t.strictSame(registries(envelope, 'RUN_REGISTRY_v0_1.jsonl'), ['run_registry'])
  t.strictSame(registries(envelope, 'RUN.md'), [])
  t.strictSame(registries(promotionEnvelope), ['migration_ledger'], 'says so itself, and has lost its file')
  t.strictSame(registries({ ...promotionEnvelope, source_registry: 'telemetry_registry' }), [])
  t.strictSame(registries({ ...promotionEnvelope, source_registry: 'constructor' }), [])
  t.strictSame(registries(null, 'applied_migrations_snapshot.json'), ['migration_ledger'])
  t.notOk(hasArtifactSchema('toString'))
})
