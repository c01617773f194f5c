import {
  at,
  type Bound,
  BYTES_A_WEIGHT,
  type Cost,
  type CostNode,
  type CostOf,
  CURRENT,
  ENDLESS,
  forEachItem,
  larger,
  linear,
  memberOf,
  ONE,
  type Surroundings,
  sum,
  through,
  times,
} from './jmespath-bound.ts'
import { costOfCall } from './jmespath-cost-functions.ts'

/**
 * An upper bound for the work of an expression on any data, derived from the expression alone. Every expression
 * terminates in theory, but `[@,@]|[@,@]|…` doubles its data with each step: forty of them take days.
 *
 * The weight of data is one for each value in it, plus one for each 64 bytes of its JSON text. So the parts of a value
 * together weigh no more than the value, and each weighs at least one. Bounds are linear in the weight of the current
 * value, because linear bounds can be summed over a list: `slope` times the weight of the list, plus `fixed` per item.
 */

/** The largest weight of data for which these expressions together take at most `maxSteps`; 0 if there is none. */
export function weightWithin(maxSteps: number, stepsOf: readonly ((weight: number) => number)[]): number {
  let [within, above] = [0, MAX_WEIGHT]
  while (above - within > 1) {
    const weight = Math.floor((within + above) / 2)
    const steps = stepsOf.reduce((total, steps) => total + steps(weight), 0)
    if (steps <= maxSteps) within = weight
    else above = weight
  }
  return within
}

/** The search ends here: heavier data is never parsed on the event loop. */
const MAX_WEIGHT = 2 ** 20

/**
 * The most steps of an expression on data of this weight: parsing the data, evaluating, and writing the result. An
 * expression that is nested too deeply to be analysed counts as endless.
 */
export function stepsFor(tree: unknown, weight: number): number {
  try {
    const { steps, out } = costOf(tree as CostNode, { current: weight, root: weight, variables: new Map() })
    return 2 * weight + at(steps, weight) + at(out, weight)
  } catch {
    return ENDLESS
  }
}

/** The cost of `first`, followed by `second` on its result. */
function after(first: Cost, second: Cost): Cost {
  return { steps: sum(first.steps, through(second.steps, first.out)), out: through(second.out, first.out) }
}

const SAME: CostOf = () => ({ steps: ONE, out: CURRENT })
const NUMBER = linear(0, 2)

/** The cost of a node's left side, followed by `rest` on its result. */
const inTurn = (rest: CostOf): CostOf => {
  return (node, around) => {
    const first = costOf(node.left as CostNode, around)
    return after(first, rest(node, { ...around, current: at(first.out, around.current) }))
  }
}
const right: CostOf = (node, around) => costOf(node.right as CostNode, around)

const COSTS: Readonly<Record<string, CostOf>> = {
  Current: SAME,
  Identity: SAME,
  Field: SAME,
  Index: SAME,
  // a string is first split into a list of its characters
  Slice: () => ({ steps: linear(BYTES_A_WEIGHT / 3, 1), out: CURRENT }),
  Root: (_, { root }) => ({ steps: ONE, out: linear(0, root) }),
  Variable: ({ name = '' }, { variables }) => ({
    steps: linear(0, 1 + variables.size),
    out: linear(0, variables.get(name) ?? 1),
  }),
  Literal: ({ value }) => ({ steps: ONE, out: linear(0, literalWeight(value)) }),
  Subexpression: inTurn(right),
  Pipe: inTurn(right),
  IndexExpression: inTurn(right),
  Projection: inTurn((node, around) => forEachItem(right(node, around))),
  ValueProjection: inTurn((node, around) => forEachItem(right(node, around))),
  FilterProjection: inTurn((node, around) => {
    const { steps, out } = right(node, around)
    const condition = tested(node.condition as CostNode, around)
    return forEachItem({ steps: sum(steps, condition), out })
  }),
  Flatten: ({ child }, around) => {
    const { steps, out } = costOf(child as CostNode, around)
    return { steps: sum(steps, out, ONE), out }
  },
  MultiSelectList: ({ children = [] }, around) => selected(children, 0, around),
  MultiSelectHash: ({ children = [] }, around) => {
    const keys = children.reduce((total, { name = '' }) => total + name.length + 8, 0)
    return selected(
      children.map(({ value }) => value as CostNode),
      keys,
      around,
    )
  },
  OrExpression: ({ left, right }, around) => leftOrRight(left as CostNode, right as CostNode, around),
  AndExpression: ({ left, right }, around) => leftOrRight(left as CostNode, right as CostNode, around),
  Ternary: (node, around) => {
    const branches = [node.trueExpr, node.falseExpr].map((branch) => costOf(branch as CostNode, around))
    const steps = sum(tested(node.condition as CostNode, around), ...branches.map(({ steps }) => steps), ONE)
    return { steps, out: branches.map(({ out }) => out).reduce(larger) }
  },
  NotExpression: ({ child }, around) => ({ steps: sum(tested(child as CostNode, around), ONE), out: ONE }),
  Comparator: (node, around) => ({ steps: compared(node, around), out: ONE }),
  Arithmetic: (node, around) => {
    const operands = [node.left, node.right].map((operand) => costOf(operand as CostNode, around).steps)
    return { steps: sum(...operands, ONE), out: NUMBER }
  },
  Unary: (node, around) => ({ steps: sum(costOf(node.operand as CostNode, around).steps, ONE), out: NUMBER }),
  LetExpression: (node, around) => bound(node, around),
  Function: (node, around) => costOfCall(node, around, costOf),
}

/** A node that is not in the list above counts as endless. */
function costOf(node: CostNode, around: Surroundings): Cost {
  return COSTS[node.type]?.(node, around) ?? { steps: linear(0, ENDLESS), out: linear(0, ENDLESS) }
}

export function literalWeight(value: unknown): number {
  return valuesIn(value) + JSON.stringify(value).length / BYTES_A_WEIGHT
}

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((total: number, inner) => total + valuesIn(inner), 1)
}

/** The truth of an object is tested by listing all its keys. */
function tested(node: CostNode, around: Surroundings): Bound {
  const { steps, out } = costOf(node, around)
  return sum(steps, out)
}

/** Both sides are evaluated once at most; the left one is also tested for its truth. */
function leftOrRight(left: CostNode, right: CostNode, around: Surroundings): Cost {
  const [first, second] = [costOf(left, around), costOf(right, around)]
  return { steps: sum(first.steps, first.out, second.steps, ONE), out: larger(first.out, second.out) }
}

/** Comparing lists or objects visits both; comparing with a scalar literal does not. */
function compared({ left, right }: CostNode, around: Surroundings): Bound {
  const sides = [left, right].map((side) => costOf(side as CostNode, around))
  const isScalar = [left, right].some((side) => side?.type === 'Literal' && Object(side.value) !== side.value)
  return sum(...sides.map(({ steps }) => steps), ...(isScalar ? [] : sides.map(({ out }) => times(out, 2))), ONE)
}

function bound(node: CostNode, around: Surroundings): Cost {
  const bindings = (node.bindings as readonly CostNode[]).map(({ variable, reference }) => {
    const cost = costOf(reference as CostNode, around)
    return { name: variable as string, steps: cost.steps, weight: at(cost.out, around.current) }
  })
  const variables = new Map([
    ...around.variables,
    ...bindings.map(({ name, weight }) => [name, Math.max(weight, around.variables.get(name) ?? 0)] as const),
  ])
  const { steps, out } = costOf(node.expression as CostNode, { ...around, variables })
  // for each `let` the library creates an interpreter with a table of functions
  return { steps: sum(...bindings.map((binding) => binding.steps), steps, linear(0, 100)), out }
}

/**
 * Several expressions on one value. The members of a value together weigh no more than the value, so expressions that
 * start at different members need not be added up: the member with the largest sum counts.
 */
function selected(children: readonly CostNode[], keyBytes: number, around: Surroundings): Cost {
  const costs = children.map((child) => ({ member: memberOf(child), ...costOf(child, around) }))
  const together = (bounds: readonly { readonly member: string | null; readonly bound: Bound }[]): Bound => {
    const slopes = new Map<string | null, number>()
    for (const { member, bound } of bounds) slopes.set(member, (slopes.get(member) ?? 0) + bound.slope)
    const any = slopes.get(null) ?? 0
    slopes.delete(null)
    const { fixed } = sum(...bounds.map(({ bound }) => bound))
    // a missing member is null, which weighs one
    return linear(any + Math.max(0, ...slopes.values()), fixed + bounds.length + 1)
  }
  const steps = together(costs.map(({ member, steps: bound }) => ({ member, bound })))
  const out = together(costs.map(({ member, out: bound }) => ({ member, bound })))
  return { steps, out: sum(out, linear(0, keyBytes / BYTES_A_WEIGHT)) }
}
