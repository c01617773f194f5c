import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

/** What a PromQL expression reads, by Prometheus's own grammar. */

export interface Matcher {
  readonly label: string
  readonly op: string
  readonly value: string
}

/** A metric that an expression reads. `needed` are the labels that an aggregation or a match around it names. */
export interface Selector {
  readonly metric: string
  readonly matchers: readonly Matcher[]
  readonly needed: readonly string[]
}

/** All selectors of an expression. Throws if it does not follow the grammar. */
export function selectorsOf(expression: string): readonly Selector[] {
  const selectors: Selector[] = []
  const text = ({ from, to }: { readonly from: number; readonly to: number }) => expression.slice(from, to)
  parser.parse(expression).iterate({
    enter: (ref) => {
      if (ref.type.isError) throw new Error(`no PromQL at character ${ref.from}: ${expression}`)
      if (ref.name === 'VectorSelector') selectors.push(readSelector(ref.node, text))
    },
  })
  return selectors
}

type TextOf = (node: SyntaxNode) => string

function readSelector(node: SyntaxNode, text: TextOf): Selector {
  const metric = node.getChild('Identifier')
  if (metric === null) throw new Error(`a selector without a name: ${text(node)}`)
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => {
    const part = (name: string) => text(matcher.getChild(name) as SyntaxNode)
    return { label: part('LabelName'), op: part('MatchOp'), value: part('StringLiteral').slice(1, -1) }
  })
  return { metric: text(metric), matchers, needed: neededBy(node, text) }
}

/** The labels that expressions around a node group by or match on. */
function neededBy(node: SyntaxNode, text: TextOf): readonly string[] {
  const labels: string[] = []
  for (let around = node.parent; around !== null; around = around.parent) {
    for (const name of ['AggregateModifier', 'MatchingModifierClause'])
      for (const modifier of around.getChildren(name)) labels.push(...namesIn(modifier, text))
  }
  return labels
}

function namesIn(modifier: SyntaxNode, text: TextOf): readonly string[] {
  return modifier.getChildren('GroupingLabels').flatMap((group) => group.getChildren('LabelName').map(text))
}
