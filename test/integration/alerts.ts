// The alert rules, their tests, their pages and the dashboard: they name only what the service tells, each rule is seen
// to fire, and each has a page that says what to do.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { LOAD_CODES } from '../../src/live/load-result.ts'
import { readExposition, type Sample } from '../fixtures/exposition.ts'
import { infraHere } from '../fixtures/home-world.ts'
import { noPromtool, promtool } from '../fixtures/promtool.ts'
import { startService } from '../fixtures/service.ts'

const docs = resolve(import.meta.dirname, '../../docs')
const read = (name: string): string => readFileSync(join(docs, name), 'utf8')

interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[]
}
interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}
const rules = (parse(read('alerts.yml')) as Rules).groups.flatMap(group => group.rules)

interface Dashboard {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
    readonly targets: readonly { readonly expr: string }[]
  }[]
  readonly annotations: { readonly list: readonly { readonly expr: string }[] }
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] }
}
const dashboard = JSON.parse(read('grafana-dashboard.json')) as Dashboard
const shown = [...dashboard.panels.flatMap(panel => panel.targets), ...dashboard.annotations.list].map(
  ({ expr }) => expr,
)

/** Labels that a scrape adds. */
const SCRAPED = ['job', 'instance']

interface Selector {
  readonly name: string
  readonly matchers: readonly { readonly label: string; readonly op: string; readonly value: string }[]
}

/** The series that an expression asks for. */
function selectorsOf(expr: string): Selector[] {
  return [...expr.matchAll(/\b((?:infra|http|nodejs|process)_[a-z_0-9]+)(?:\{([^}]*)\})?/g)].map(
    ([, name, inner = '']) => ({
      name: name!,
      matchers: [...inner.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label, op, value]) => ({
        label: label!,
        op: op!,
        value: value!,
      })),
    }),
  )
}

/** What of a selector the service never tells: the metric, a label, or a value that is asked for. */
function unknownIn({ name, matchers }: Selector, samples: readonly Sample[]): string[] {
  const known = samples.filter(sample => sample.name === name)
  if (known.length === 0) return [name]
  return matchers
    .filter(({ label }) => !SCRAPED.includes(label))
    .flatMap(({ label, op, value }) => {
      const values = new Set(known.map(({ labels }) => labels.get(label)))
      if (values.has(undefined)) return [`${name}{${label}}`]
      const asked = op.startsWith('=') ? value.split('|') : []
      return asked.filter(word => !values.has(word)).map(word => `${name}{${label}="${word}"}`)
    })
}

/** What the running service tells when each kind of series has begun. */
async function tell(): Promise<Sample[]> {
  const service = await startService(t)
  await service.until('/readyz', ({ status }) => status === 200)
  for (const path of ['/resolve/orchard-works/press', '/repos', '/metrics']) await service.get(path)
  return readExposition((await service.get('/metrics')).text)
}

const samples = await tell()

t.test('rules, their tests and the dashboard name only what the running service tells', async t => {
  const tried = [...read('alerts.test.yml').matchAll(/series:\s*'([^']+)'/g)].map(([, series]) => series!)
  for (const [what, exprs, least] of [
    ['the rules', rules.map(({ expr }) => expr), 18],
    ['the dashboard', shown, 20],
    ['the tests of the rules', tried, 40],
  ] as const) {
    const selectors = exprs.flatMap(selectorsOf)
    t.ok(selectors.length >= least, `${what} name ${selectors.length} series`)
    // A digest is whatever was sealed, and the bounds of a histogram are the same everywhere.
    const free = selectors.map(({ name, matchers }) => ({
      name,
      matchers: matchers.filter(({ label, value }) => label !== 'root_sha256' && value !== 'waiting'),
    }))
    t.strictSame([...new Set(free.flatMap(selector => unknownIn(selector, samples)))], [], what)
  }
  t.test('and the check bites', async t => {
    for (const [expr, unknown] of [
      ['infra_stat{state="ok"}', 'infra_stat'],
      ['rate(infra_loads_total{kind="refused"}[5m])', 'infra_loads_total{kind}'],
      ['infra_state{state=~"ok|well"}', 'infra_state{state="well"}'],
    ] as const)
      t.strictSame(
        selectorsOf(expr).flatMap(selector => unknownIn(selector, samples)),
        [unknown],
      )
  })
})

t.test('every alert has a page of its own, and every page an alert', async t => {
  const page = read('operations.md')
  const told = [...page.matchAll(/^### (Infra\w+)$/gm)].map(([, name]) => name!)
  t.strictSame(told.sort(), rules.map(({ alert }) => alert).sort())
  for (const { alert, annotations, labels } of rules) {
    t.equal(annotations.runbook, `docs/operations.md#${alert.toLowerCase()}`)
    t.match(annotations.summary, /\w.+\.$|\w.+: a bug\.$/)
    t.ok(['critical', 'warning', 'info'].includes(labels.severity), alert)
  }
})

t.test('every command of the runbook is one of the program, with its options', async t => {
  const lines = [...read('operations.md').matchAll(/`infra ([a-z][^`]*)`/g)].map(([, line]) => line!)
  for (const line of new Set(lines)) {
    const { code, stdout } = await infraHere([line.split(' ')[0]!, '--help'])
    t.equal(code, 0, line)
    for (const [option] of line.matchAll(/--[a-z-]+/g)) t.match(stdout, ` ${option}`, line)
  }
  t.ok(lines.length >= 8, `${lines.length} commands`)
})

t.test('every code that a load can be refused with has its row', async t => {
  for (const code of LOAD_CODES)
    t.match(read('operations.md'), new RegExp(`^\\|.*\`${code}\`.*\\|$`, 'm'), code)
})

t.test('every metric has its row', async t => {
  const page = read('operations.md').replaceAll('`…_max', '`nodejs_eventloop_lag_max')
  const text = samples.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, ''))
  const told = new Set(
    [...page.matchAll(/`((?:infra|http|nodejs|process)_[a-z_]+)`/g)].map(([, name]) => name!),
  )
  t.strictSame(
    [...told]
      .filter(name => /_(?:total|seconds|info|bytes|state|entries|orgs|watchers|wanted|serving)$/.test(name))
      .sort(),
    [...new Set(text)].sort(),
  )
})

t.test('the dashboard is one', async t => {
  const { panels } = dashboard
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  t.equal(new Set(panels.map(({ title }) => title)).size, panels.length)
  const cells = new Set<string>()
  for (const { gridPos, title } of panels) {
    t.ok(gridPos.x + gridPos.w <= 24, title)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        if (cells.has(`${x} ${y}`)) t.fail(`${title} lies over another panel`)
        cells.add(`${x} ${y}`)
      }
  }
  const variables = new Set(dashboard.templating.list.map(({ name }) => name))
  const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(?!__)([a-z]\w*)/g)].map(([, name]) => name!)
  t.ok(used.length > panels.length)
  for (const name of used) t.ok(variables.has(name), `$${name} is a variable`)
})

t.test('promtool', { skip: noPromtool }, async t => {
  t.test('takes the rules, and every expression of the dashboard', async t => {
    t.match(promtool(['check', 'rules', join(docs, 'alerts.yml')]), {
      code: 0,
      said: `${rules.length} rules found`,
    })
    const records = shown.map((expr, n) => ({
      record: `panel:${n}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }))
    const file = join(t.testdir(), 'panels.yml')
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: records }] }))
    t.match(promtool(['check', 'rules', file]), { code: 0, said: `${shown.length} rules found` })
  })

  t.test('sees each alert fire, and be silent, where the tests say so', async t => {
    t.match(promtool(['test', 'rules', join(docs, 'alerts.test.yml')]), { code: 0, said: /SUCCESS/ })
  })

  t.test('misses each of them when none fires', async t => {
    const folder = t.testdir()
    const silent = rules.map(rule => ({ ...rule, expr: 'vector(0) > 1' }))
    writeFileSync(join(folder, 'alerts.yml'), JSON.stringify({ groups: [{ name: 'silent', rules: silent }] }))
    cpSync(join(docs, 'alerts.test.yml'), join(folder, 'alerts.test.yml'))
    const { code, said } = promtool(['test', 'rules', join(folder, 'alerts.test.yml')])
    t.equal(code, 1)
    for (const { alert } of rules) t.match(said, `alertname="${alert}"`)
  })
})
