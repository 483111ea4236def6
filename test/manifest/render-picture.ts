import t from 'tap'
import { buildPicture } from '../../src/manifest/picture.ts'
import { buildPictureDocument, renderTable } from '../../src/manifest/render-picture.ts'
import { findingOf, NOW, PICTURE } from '../fixtures/picture-world.ts'

const ESC = '\u001b'

t.test('the whole table', async t => {
  t.equal(
    renderTable(PICTURE, { colour: false }),
    `SERVICE  ENVIRONMENT  HOST  PORT  STATE           VERSION  LATENCY  SINCE
attic    prod         lime  8080  too_large       -              -  2026-03-02T09:30:00Z
barn     prod         lime  8080  stopped         -              -  2026-03-02T09:30:00Z
cellar   prod         lime  8080  wrong_identity  -              -  2026-03-02T09:30:00Z
field    prod         lime  8080  unreachable     -              -  2026-03-02T09:30:00Z
gate     prod         lime  8080  protocol_error  -              -  2026-03-02T09:30:00Z
mill     prod         lime  8080  not_ready       1.4.0      12 ms  2026-03-02T09:30:00Z
oven     prod         lime  8080  hanging         -              -  2026-03-02T09:30:00Z
press    prod         lime  8080  ready           1.4.0       3 ms  2026-03-02T08:00:00Z
shop     prod         lime  8080  not_health      -              -  2026-03-02T09:30:00Z
silo     prod         lime  8080  no_address      -              -  2026-03-02T09:30:00Z
still    prod         lime  8080  degraded        0.9.12      1 ms  2026-03-02T08:00:00Z

  attic: longer than 65536 bytes
  barn: connection refused
  cellar: says that its name is "mill" (want "cellar")
  field: no connection (EHOSTUNREACH)
  gate: not HTTP (HPE_INVALID_CONSTANT)
  mill: pin_invalid: no pin
  oven: no whole answer within 2000 ms
  shop: 200, no health document (text/html)
  silo: the mesh file has no address for its host
  still: registry_invalid: last good is served

2 of 11 up: 1 ready, 1 degraded, 1 not_ready, 1 wrong_identity, 1 not_health, 1 too_large, 1 protocol_error, 1 hanging, 1 stopped, 1 unreachable, 1 no_address`,
  )
})

t.test('colour is on the state alone, and the columns stay', async t => {
  const plain = renderTable(PICTURE, { colour: false })
  const coloured = renderTable(PICTURE, { colour: true })
  t.equal(coloured.replaceAll(new RegExp(`${ESC}\\[\\d*m`, 'g'), ''), plain)
  t.match(coloured, `${ESC}[32mready`)
  t.match(coloured, `${ESC}[33mdegraded`)
  t.match(coloured, `${ESC}[31mhanging`)
  t.equal(coloured.split(`${ESC}[0m`).length - 1, PICTURE.rows.length)
})

t.test('a mesh that is well needs no reasons', async t => {
  const rows = [findingOf('press', 'ready', { version: '1.4.0', since: NOW.toISOString(), latencyMs: 3 })]
  t.equal(
    renderTable(buildPicture(rows, NOW), { colour: false }),
    `SERVICE  ENVIRONMENT  HOST  PORT  STATE  VERSION  LATENCY  SINCE
press    prod         lime  8080  ready  1.4.0       3 ms  2026-03-02T09:30:00Z

1 of 1 up: 1 ready`,
  )
})

t.test('no name is obeyed, or makes the table wide', async t => {
  const evil = `\u001b[2J\u009b\n${'x'.repeat(500)}`
  const declared = { name: null, environment: evil }
  const target = { service: evil, host: evil, port: 1, address: null, declared }
  const text = renderTable(buildPicture([findingOf('', 'ready', { target })], NOW), { colour: false })
  t.notMatch(text.replaceAll('\n', ''), /\p{C}/u)
  t.ok(Math.max(...text.split('\n').map(line => line.length)) < 300)
})

t.test('the document', async t => {
  const { services, ...sum } = buildPictureDocument(PICTURE)
  t.strictSame(sum, { time: NOW.toISOString(), all_up: false, up: 2, total: 11 })
  t.strictSame(
    services.find(({ service }) => service === 'still'),
    {
      service: 'still',
      environment: 'prod',
      host: 'lime',
      address: '192.0.2.7',
      port: 8_080,
      state: 'degraded',
      up: true,
      version: '0.9.12',
      latency_ms: 0.4,
      since: '2026-03-02T08:00:00.000Z',
      since_from: 'service',
      detail: 'registry_invalid: last good is served',
    },
  )
  t.match(
    services.find(({ service }) => service === 'oven'),
    {
      latency_ms: null,
      version: null,
      since: NOW.toISOString(),
      since_from: 'probe',
    },
  )
  t.equal(buildPictureDocument(buildPicture([findingOf('press', 'ready')], NOW)).all_up, true)
})
