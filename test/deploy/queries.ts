import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** All queries of the dashboard and the rules. */

export const DEPLOY = join(import.meta.dirname, '../../deploy')
export const RULES = join(DEPLOY, 'prometheus/rules.yaml')

/** A query, and where it stands. */
export interface Query {
  readonly place: string
  readonly text: string
  /** Labels that the place names beside the query, such as a legend's. */
  readonly shown: readonly string[]
}

export interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

const read = (file: string) => readFileSync(join(DEPLOY, file), 'utf8')

export const rules: readonly Rule[] = parse(read('prometheus/rules.yaml')).groups.flatMap(
  ({ rules }: { rules: readonly Rule[] }) => rules,
)

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

interface Variable {
  readonly name: string
  readonly definition?: string
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly Variable[] }
  readonly annotations: { readonly list: readonly { name: string; expr: string; titleFormat: string }[] }
}

export const dashboard: Dashboard = JSON.parse(read('grafana/tributary.json'))

/** Labels in `{{ $labels.x }}` and `{{ with $labels.x }}` of Prometheus, or in `{{x}}` of Grafana. */
function labelsIn(text: string): readonly string[] {
  return [...text.matchAll(/\{\{ ?(?:(?:with )?\$labels\.)?(?!end )(\w+) ?\}\}/g)].map(([, label = '']) => label)
}

/** Grafana replaces its variables before it asks. */
function filledIn(expression: string): string {
  const names = dashboard.templating.list.map(({ name }) => name).join('|')
  return expression.replaceAll('$__rate_interval', '5m').replaceAll(new RegExp(`\\$(${names})\\b`, 'g'), '.*')
}

function queriesOfRules(): readonly Query[] {
  return rules.map(({ record, alert, expr, annotations = {} }) => {
    return { place: record ?? alert ?? '', text: expr, shown: labelsIn(Object.values(annotations).join('\n')) }
  })
}

function queriesOfDashboard(): readonly Query[] {
  const ofPanels = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ place: title, text: expr, shown: labelsIn(legendFormat) })),
  )
  const ofNotes = dashboard.annotations.list.map(({ name, expr, titleFormat }) => {
    return { place: name, text: expr, shown: labelsIn(titleFormat) }
  })
  const ofVariables = dashboard.templating.list.flatMap(({ name, definition = '' }) => {
    const [, text = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? []
    return text === '' ? [] : [{ place: `$${name}`, text, shown: [label] }]
  })
  return [...ofPanels, ...ofNotes, ...ofVariables].map((query) => ({ ...query, text: filledIn(query.text) }))
}

export const queries: readonly Query[] = [...queriesOfRules(), ...queriesOfDashboard()]
