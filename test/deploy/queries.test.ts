import t, { type Test } from 'tap'
import { FAILURE_CODES } from '../../src/core/failure.ts'
import { causeEvents, eventfulConfig } from '../support/eventful.ts'
import { Exposition } from '../support/exposition.ts'
import { type GetOptions, get } from '../support/get.ts'
import { startProcess } from '../support/service-process.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { type Matcher, type Selector, selectorsOf } from './promql.ts'
import { dashboard, type Panel, queries, rules } from './queries.ts'

/** Every query of the dashboard and of the rules reads what the process really exposes. */

/** What Prometheus adds itself. */
const TARGET_LABELS = ['job', 'instance']

/** The metrics of a process after traffic in which everything happens. */
async function exposed(t: Test): Promise<Exposition> {
  const upstream = await startUpstream(t)
  const config = eventfulConfig((path) => upstream.url(path)) as { server: object }
  const service = await startProcess(t, { config: { ...config, server: { ...config.server, operationsPort: 0 } } })
  const address = await service.address()
  await causeEvents((path, options?: GetOptions) => get(address + path, options))
  const { operationsAddress } = service.lines.find(({ msg }) => msg === 'listening') ?? {}
  return new Exposition((await get(`${operationsAddress}/metrics`)).body)
}

/** Label names by metric, with those that recording rules make. */
function labelsByMetric({ samples }: Exposition): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>([['up', new Set(TARGET_LABELS)]])
  for (const { name, labels } of samples) {
    known.set(name, new Set([...TARGET_LABELS, ...(known.get(name) ?? []), ...Object.keys(labels)]))
  }
  for (const { record, expr } of rules) {
    if (record !== undefined) known.set(record, new Set(selectorsOf(expr).flatMap(({ needed }) => needed)))
  }
  return known
}

/** What a matcher can never match; null if it is right. */
function wrongValue({ metric }: Selector, { label, op, value }: Matcher, seen: Exposition): string | null {
  if (TARGET_LABELS.includes(label) || value === '.*') return null
  const there = label === 'outcome' ? ['ok', 'empty', ...Object.keys(FAILURE_CODES)] : seen.labelValues(metric, label)
  if (op === '!=' && label === 'status') return null
  const alternatives = op.endsWith('~') ? value.split('|') : [value]
  const never = alternatives.filter((one) => !there.some((text) => new RegExp(`^(?:${one})$`).test(text)))
  return never.length === 0 ? null : `${label}${op}"${never.join()}" (there is ${there.join(', ')})`
}

function problemsOf(text: string, shown: readonly string[], seen: Exposition): readonly string[] {
  const known = labelsByMetric(seen)
  const selectors = selectorsOf(text)
  const all = selectors.flatMap(({ metric }) => [...(known.get(metric) ?? [])])
  return [
    ...selectors.flatMap((selector) => {
      const labels = known.get(selector.metric)
      if (labels === undefined) return [`there is no ${selector.metric}`]
      const used = [...selector.matchers.map(({ label }) => label), ...selector.needed].filter(
        (label) => label !== 'le' || !labels.has(label),
      )
      const wrong = selector.matchers.map((matcher) => wrongValue(selector, matcher, seen))
      return [
        ...used.filter((label) => !labels.has(label)).map((label) => `${selector.metric} has no label ${label}`),
        ...wrong.filter((problem) => problem !== null),
      ]
    }),
    ...shown.filter((label) => !all.includes(label)).map((label) => `it shows ${label}, which it has not`),
    ...(selectors.length === 0 && text !== 'vector(0.005)' ? ['it reads nothing'] : []),
  ]
}

t.test('each query reads metrics and labels that a process exposes', async (t) => {
  const seen = await exposed(t)
  t.ok(queries.length > 50, `${queries.length} queries`)
  for (const { place, text, shown } of queries) t.same(problemsOf(text, shown, seen), [], `${place}: ${text}`)
  for (const [query, problem] of [
    ['rate(tributary_nothing_total[5m])', /there is no tributary_nothing_total/],
    ['sum by (view) (tributary_inflight)', /tributary_inflight has no label view/],
    ['tributary_inflight{view="home"}', /has no label view/],
    ['tributary_refused_total{type="overload"}', /type="overload"/],
    ['tributary_upstream_duration_seconds_count{outcome!~"ok|timeout"}', /timeout/],
    ['up and on (source) tributary_inflight', /up has no label source/],
    ['sum(rate(tributary_inflight[5m])', /no PromQL/],
  ] as const) {
    const found = (() => {
      try {
        return problemsOf(query, [], seen).join()
      } catch (error) {
        return String(error)
      }
    })()
    t.match(found, problem, 'the check finds what it is for')
  }
  t.match(problemsOf('up', ['view'], seen), ['it shows view, which it has not'])
})

t.test('each metric of ours stands in the dashboard or in a rule', async (t) => {
  const { families } = await exposed(t)
  const read = new Set(queries.flatMap(({ text }) => selectorsOf(text)).map(({ metric }) => metric))
  const ours = [...families.keys()].filter((name) => name.startsWith('tributary_'))
  const isRead = (name: string) => [name, `${name}_count`, `${name}_bucket`].some((one) => read.has(one))
  t.same(
    ours.filter((name) => !isRead(name)),
    [],
  )
})

t.test('each alert says what it is about, and what to do', async (t) => {
  const alerts = rules.filter(({ alert }) => alert !== undefined)
  t.ok(alerts.length >= 9)
  for (const { alert = '', labels, annotations } of alerts) {
    t.match(labels?.severity, /^(page|ticket)$/, alert)
    t.ok(annotations?.summary && annotations.description, alert)
    t.equal(annotations?.runbook_url, `docs/monitoring.md#${alert.toLowerCase()}`)
  }
})

t.test('panels do not overlap, and fit', async (t) => {
  const { panels } = dashboard
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const overlap = (a: Panel, b: Panel) =>
    a.gridPos.x < b.gridPos.x + b.gridPos.w &&
    b.gridPos.x < a.gridPos.x + a.gridPos.w &&
    a.gridPos.y < b.gridPos.y + b.gridPos.h &&
    b.gridPos.y < a.gridPos.y + a.gridPos.h
  for (const [index, panel] of panels.entries()) {
    t.ok(panel.gridPos.x + panel.gridPos.w <= 24, panel.title)
    for (const other of panels.slice(index + 1)) t.notOk(overlap(panel, other), `${panel.title}, ${other.title}`)
  }
})
