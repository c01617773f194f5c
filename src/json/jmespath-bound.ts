/** Upper bounds for the steps of an expression and the weight of its result; see jmespath-cost.ts. */

/** An upper bound: `slope` times the weight of the current value, plus `fixed`. */
export interface Bound {
  readonly slope: number
  readonly fixed: number
}

/** Bounds of a part of an expression: its steps (of about 60 ns each) and the weight of its result (`out`). */
export interface Cost {
  readonly steps: Bound
  readonly out: Bound
}

/** A node of the library's syntax tree. */
export interface CostNode {
  readonly type: string
  readonly name?: string
  readonly value?: unknown
  readonly children?: readonly CostNode[]
  readonly child?: CostNode
  readonly left?: CostNode
  readonly right?: CostNode
  readonly [key: string]: unknown
}

/** The context in which a part is evaluated: weights, as upper bounds. */
export interface Surroundings {
  /** Of the current value. */
  readonly current: number
  /** Of `$`. */
  readonly root: number
  /** Of the variables that `let` has bound. */
  readonly variables: ReadonlyMap<string, number>
}

/** Represents infinity: far above any real bound, but its square is still a finite number. */
export const ENDLESS = 1e15
export const BYTES_A_WEIGHT = 64

export function linear(slope: number, fixed: number): Bound {
  return { slope: Math.min(slope, ENDLESS), fixed: Math.min(fixed, ENDLESS) }
}

export function sum(...bounds: readonly Bound[]): Bound {
  return linear(
    bounds.reduce((total, { slope }) => total + slope, 0),
    bounds.reduce((total, { fixed }) => total + fixed, 0),
  )
}

export function times({ slope, fixed }: Bound, factor: number): Bound {
  return linear(slope * factor, fixed * factor)
}

/** The larger of both, whatever the weight. */
export function larger(a: Bound, b: Bound): Bound {
  return linear(Math.max(a.slope, b.slope), Math.max(a.fixed, b.fixed))
}

/** The bound for a current value of this weight. */
export function at({ slope, fixed }: Bound, weight: number): number {
  return Math.min(slope * weight + fixed, ENDLESS)
}

export const CURRENT = linear(1, 0)
export const ONE = linear(0, 1)

/** Composes two bounds: that of a result whose input is bounded by `input`. */
export function through({ slope, fixed }: Bound, input: Bound): Bound {
  return sum(times(input, slope), linear(0, fixed))
}

/** The cost of evaluating a part for each item of the current value, which has no more items than its weight. */
export function forEachItem({ steps, out }: Cost): Cost {
  return { steps: linear(steps.slope + steps.fixed + 1, 1), out: linear(out.slope + out.fixed, 1) }
}

export type CostOf = (node: CostNode, around: Surroundings) => Cost

/** The only member of the current value that a part reads; null if it reads more than one. */
export function memberOf(node: CostNode): string | null {
  if (node.type === 'Field') return node.name ?? null
  const first = node.type === 'Flatten' ? node.child : LEFT_FIRST.has(node.type) ? node.left : undefined
  return first === undefined ? null : memberOf(first)
}

const LEFT_FIRST: ReadonlySet<string> = new Set([
  'Subexpression',
  'Pipe',
  'IndexExpression',
  'Projection',
  'ValueProjection',
  'FilterProjection',
])
