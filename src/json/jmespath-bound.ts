/** Upper bounds of what an expression takes and yields; see jmespath-cost.ts. */

/** At most `slope` times the weight of the current value, and `fixed` more. */
export interface Bound {
  readonly slope: number
  readonly fixed: number
}

/** What a part of an expression takes (in steps of about 60 ns) and yields (in weight), for one current value. */
export interface Cost {
  readonly steps: Bound
  readonly out: Bound
}

/** A part of an expression, as the library's parser makes it. */
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

/** Where a part is evaluated. Weights are upper bounds. */
export interface Surroundings {
  /** Of the current value. */
  readonly current: number
  /** Of `$`. */
  readonly root: number
  /** Of what `let` has bound. */
  readonly variables: ReadonlyMap<string, number>
}

/** Stands for every larger number. Far above any bound; its square is still finite. */
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

/** The bound of what is made of `input`. */
export function through({ slope, fixed }: Bound, input: Bound): Bound {
  return sum(times(input, slope), linear(0, fixed))
}

/** The same for each item of the current value: there are no more of them than it weighs. */
export function forEachItem({ steps, out }: Cost): Cost {
  return { steps: linear(steps.slope + steps.fixed + 1, 1), out: linear(out.slope + out.fixed, 1) }
}

export type CostOf = (node: CostNode, around: Surroundings) => Cost
