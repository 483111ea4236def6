// What a promotion says and holds, as a value: nothing of it depends on anything but the catalog and the source.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { blobSha, sha256 } from '../../src/core/digest.ts'
import { CATALOG_PATH } from '../../src/layer/catalog.ts'
import { readPromotion } from '../../src/layer/promotion.ts'
import {
  makePromotionHome,
  PROMOTIONS,
  SOURCE_RUN,
  sources,
  writeSource,
} from '../fixtures/promotion-world.ts'

t.test('of each registry', async t => {
  const home = makePromotionHome(t)
  const catalog = readFileSync(join(home.path, CATALOG_PATH))
  const inputs = { [CATALOG_PATH]: { sha256: sha256(catalog), blob_sha: blobSha(catalog) } }
  for (const [registryId, { tag, payload }] of Object.entries(PROMOTIONS)) {
    const sourceRun = registryId === 'derived_validation_reports' ? { sourceRun: SOURCE_RUN } : {}
    const promotion = readPromotion({ home: home.path, registryId, ...sourceRun })
    t.match(promotion, { registryId, runTag: tag, operationId: 'OP-QA13', inputs })
    t.strictSame(
      Object.fromEntries(
        [...promotion.payload].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
      ),
      Object.fromEntries(Object.entries(payload).map(([name, source]) => [name, sources()[source]])),
      registryId,
    )
    t.match(promotion.extra, { seal_promotion: true, source_registry: registryId })
  }
})

t.test('the place of the source, as the field writes it', async t => {
  const home = makePromotionHome(t)
  const place = (registryId: string, sourceRun?: string) =>
    readPromotion({ home: home.path, registryId, ...(sourceRun !== undefined && { sourceRun }) }).extra
      .source_path
  t.equal(place('migration_ledger'), 'schema/applied_migrations.json')
  t.equal(place('threshold_packs_file'), 'configs/threshold_packs/')
  t.equal(place('derived_validation_reports', SOURCE_RUN), `artifacts/derived_validation/${SOURCE_RUN}/`)
})

t.test('the newest run is never taken by itself, whatever it is called', async t => {
  const home = makePromotionHome(t)
  writeSource(home, 'artifacts/derived_validation/zzz/derived_validation_report.json', '{}')
  const read = (sourceRun?: string) => () =>
    readPromotion({
      home: home.path,
      registryId: 'derived_validation_reports',
      ...(sourceRun !== undefined && { sourceRun }),
    })
  t.throws(read(), { code: 'PROMOTE_RUN_MISSING' })
  t.throws(read('zzz'), { code: 'PROMOTE_SOURCE_INVALID' })
  t.doesNotThrow(read(SOURCE_RUN))
  for (const name of ['', '.', '..', 'a/b', '/etc', 'a\nb', 'C:'])
    t.throws(read(name), { code: 'PROMOTE_RUN_BAD' }, JSON.stringify(name))
})

t.test('an invalid source tells every violation', async t => {
  const home = makePromotionHome(t)
  writeSource(home, 'configs/threshold_packs/regime_v1.json', '{"lookback": 1}')
  writeSource(home, 'configs/threshold_packs/plane_v2.json', 'nothing')
  t.throws(() => readPromotion({ home: home.path, registryId: 'threshold_packs_file' }), {
    code: 'PROMOTE_SOURCE_INVALID',
    message: /^configs\/threshold_packs\/: plane_v2\.json:1:1 error not_json .*\(and 3 more\)$/,
    violations: [
      { file: 'plane_v2.json', code: 'not_json' },
      { file: 'regime_v1.json', code: 'missing_key', pointer: '/min_range_bp' },
      { file: 'regime_v1.json', code: 'missing_key', pointer: '/min_direction_ratio_bp' },
      { file: 'regime_v1.json', code: 'missing_key', pointer: '/min_hh_ll_count' },
    ],
  })
})
