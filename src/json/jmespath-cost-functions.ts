import {
  at,
  type Bound,
  BYTES_A_WEIGHT,
  type Cost,
  type CostNode,
  type CostOf,
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

/** Upper bounds for function calls; see jmespath-cost.ts. */

/** An argument of a call. */
interface Argument {
  readonly node: CostNode
  readonly out: Bound
  /** The upper bound of its weight. */
  readonly weight: number
}

interface CallCost {
  /** Without the steps of the arguments. */
  readonly steps: Bound
  readonly out: Bound
}

type CallCostOf = (args: readonly Argument[], each: (place: number, list: Argument) => Cost) => CallCost

const NOTHING: Argument = { node: { type: 'Literal', value: null }, out: ONE, weight: 1 }
const FOR_EVER: CallCost = { steps: linear(0, ENDLESS), out: linear(0, ENDLESS) }
const NUMBER = linear(0, 2)

/** The cost of a function's call. A function that is not in the list below counts as endless. */
export function costOfCall({ name = '', children = [] }: CostNode, around: Surroundings, costOf: CostOf): Cost {
  const args = children.map((node) => {
    const isExpression = node.type === 'ExpressionReference'
    const { steps, out } = isExpression ? { steps: ONE, out: ONE } : costOf(node, around)
    return { node, steps, out, weight: at(out, around.current) }
  })
  const each = (place: number, list: Argument): Cost => {
    const { steps, out } = forEachItem(
      costOf(children[place]?.child ?? NOTHING.node, { ...around, current: list.weight }),
    )
    return { steps: through(steps, list.out), out: through(out, list.out) }
  }
  const call = Object.hasOwn(CALLS, name) ? CALLS[name]?.(args, each) : undefined
  const { steps, out } = call ?? FOR_EVER
  return { steps: sum(...args.map((arg) => arg.steps), steps, linear(0, 2)), out }
}

/** The value of an argument that is a literal of this type; null for any other. */
function written<Type extends string | number>(type: 'string' | 'number', { node }: Argument): Type | null {
  const { type: kind, value } = node
  return kind === 'Literal' && typeof value === type ? (value as Type) : null
}

/** The length of a literal string as JSON, in bytes; null for any other argument. */
function writtenBytes(arg: Argument): number | null {
  const text = written<string>('string', arg)
  return text === null ? null : Buffer.byteLength(JSON.stringify(text))
}

/** The weight of `subject` times the bytes of `other`: for strings that are searched for others, or grow by them. */
function byLength(subject: Argument, other: Argument, perByte: number): Bound {
  const bytes = writtenBytes(other)
  if (bytes !== null) return times(subject.out, 1 + bytes * perByte)
  return linear(0, subject.weight * (1 + other.weight * BYTES_A_WEIGHT * perByte))
}

const SEARCH = 0.25

const constant: CallCostOf = () => ({ steps: ONE, out: NUMBER })
/** Steps and weight of the result, both per unit of weight of the first argument. */
const perWeight = (steps: number, out: number): CallCostOf => {
  return ([first = NOTHING]) => ({ steps: times(first.out, steps), out: sum(times(first.out, out), ONE) })
}
const counting = (steps: number): CallCostOf => {
  return ([first = NOTHING]) => ({ steps: times(first.out, steps), out: NUMBER })
}
const searching: CallCostOf = ([subject = NOTHING, search = NOTHING]) => ({
  steps: sum(subject.out, byLength(subject, search, SEARCH)),
  out: NUMBER,
})
const trimming: CallCostOf = ([subject = NOTHING, cut = NOTHING]) => ({
  steps: times(byLength(subject, cut, 0.1), BYTES_A_WEIGHT / 4),
  out: subject.out,
})
const padding: CallCostOf = ([subject = NOTHING, width = NOTHING]) => {
  const length = written<number>('number', width)
  if (length === null) return FOR_EVER
  const out = sum(subject.out, linear(0, Math.max(0, length) / BYTES_A_WEIGHT))
  return { steps: out, out }
}
/** Any element of `right` can be attached to each of `left`. */
const attaching: CallCostOf = ([left = NOTHING, right = NOTHING, , , name = NOTHING], each) => {
  const [leftKeys, rightKeys] = [each(2, left), each(3, right)]
  const copied = times(sum(left.out, right.out, leftKeys.out, rightKeys.out), 10)
  const named = left.weight * (1 + (writtenBytes(name) ?? name.weight * BYTES_A_WEIGHT) / BYTES_A_WEIGHT)
  return {
    steps: sum(leftKeys.steps, rightKeys.steps, copied, ONE),
    out: sum(left.out, linear(0, product(left, right) + named)),
  }
}

/**
 * The largest product of two weights. Different members of the data share its weight: a sum of `w` allows a product of
 * `w²/4`.
 */
function product(a: Argument, b: Argument): number {
  const members = [memberOf(a.node), memberOf(b.node)]
  const all = a.weight * b.weight
  if (members.includes(null) || members[0] === members[1] || a.out.slope * b.out.slope === 0) return all
  const shared = a.weight / a.out.slope + b.out.fixed / b.out.slope
  return Math.min(all, (a.out.slope * b.out.slope * shared ** 2) / 4)
}

const picking: CallCostOf = ([list = NOTHING], each) => ({ steps: sum(each(1, list).steps, list.out), out: list.out })
const all = (args: readonly Argument[], factor: number): Bound => {
  return sum(...args.map(({ out }) => times(out, factor)), ONE)
}

const CHARACTERS = BYTES_A_WEIGHT / 2

const CALLS: Readonly<Record<string, CallCostOf>> = {
  abs: constant,
  ceil: constant,
  floor: constant,
  to_number: constant,
  type: constant,
  avg: counting(1),
  sum: counting(1),
  starts_with: counting(1),
  ends_with: ([, suffix = NOTHING]) => ({ steps: suffix.out, out: ONE }),
  contains: searching,
  find_first: searching,
  find_last: searching,
  length: counting(3),
  // the library makes a list of a string's characters
  reverse: perWeight(CHARACTERS, 1),
  // one character can become three in the other case
  lower: perWeight(1, 3),
  upper: perWeight(1, 3),
  keys: perWeight(3, 2),
  values: perWeight(3, 1),
  items: perWeight(3, 3),
  from_items: perWeight(3, 1),
  max: perWeight(10, 1),
  min: perWeight(10, 1),
  sort: perWeight(40, 1),
  to_array: perWeight(0, 1),
  // quotes in a string are escaped
  to_string: perWeight(1, 2),
  trim: trimming,
  trim_left: trimming,
  trim_right: trimming,
  pad_left: padding,
  pad_right: padding,
  attach: attaching,
  max_by: picking,
  min_by: picking,
  sort_by: ([list = NOTHING], each) => {
    const keys = each(1, list)
    return { steps: sum(keys.steps, times(sum(list.out, keys.out), 40)), out: list.out }
  },
  group_by: ([list = NOTHING], each) => {
    const keys = each(1, list)
    return { steps: sum(keys.steps, times(list.out, 4)), out: sum(times(list.out, 2), keys.out) }
  },
  map: ([, list = NOTHING], each) => {
    const { steps, out } = each(0, list)
    return { steps, out: sum(out, list.out) }
  },
  merge: (args) => ({ steps: all(args, 4), out: all(args, 1) }),
  zip: (args) => ({ steps: all(args, 2), out: all(args, 2) }),
  not_null: (args) => ({ steps: linear(0, args.length), out: args.map(({ out }) => out).reduce(larger, ONE) }),
  join: ([glue = NOTHING, list = NOTHING]) => {
    const out = sum(list.out, byLength(list, glue, 1 / BYTES_A_WEIGHT))
    return { steps: sum(out, list.out), out }
  },
  split: ([subject = NOTHING, search = NOTHING]) => ({
    steps: sum(times(subject.out, BYTES_A_WEIGHT), byLength(subject, search, SEARCH)),
    out: sum(times(subject.out, BYTES_A_WEIGHT + 1), ONE),
  }),
  replace: ([subject = NOTHING, search = NOTHING, by = NOTHING, count]) => {
    const found = sum(times(subject.out, BYTES_A_WEIGHT), byLength(subject, search, SEARCH))
    if (count !== undefined) return replacedInTurns(subject, found, by, count)
    // the empty string matches before each character
    const out = sum(subject.out, byLength(subject, by, 1))
    return { steps: sum(found, out), out }
  },
}

/** With a count, the library replaces in a loop, and `$&` in the replacement inserts the match. */
function replacedInTurns(subject: Argument, found: Bound, by: Argument, count: Argument): CallCost {
  const [bytes, turns] = [writtenBytes(by), written<number>('number', count)]
  if (bytes === null || turns === null || written<string>('string', by)?.includes('$')) return FOR_EVER
  const out = sum(subject.out, linear(0, (Math.max(1, turns) * bytes) / BYTES_A_WEIGHT))
  return { steps: times(sum(found, out), Math.max(1, turns)), out }
}
