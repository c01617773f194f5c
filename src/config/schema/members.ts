import type { ExpressionTree } from '../../json/jmespath.ts'
import { type Form, isObject, itemsOf, type ObjectForm, UNKNOWN } from './form.ts'

/** A member that an expression reads from an object that never has it. */
export interface Missing {
  readonly name: string
  readonly of: ObjectForm
}

/** The result of `follow`: members that the data never has, and the form of the expression's result. */
export interface Reading {
  readonly missing: readonly Missing[]
  readonly result: Form
}

/**
 * Finds the members that an expression reads but that data of form `root` never has. A part that cannot be analysed
 * yields UNKNOWN and reports nothing; so does an expression that is nested too deeply for the call stack.
 */
export function follow(tree: ExpressionTree, root: Form): Reading {
  const missing: Missing[] = []
  try {
    const result = visit(tree, { root, current: root, variables: new Map(), missing })
    return { missing, result }
  } catch (error) {
    if (error instanceof RangeError) return { missing: [], result: UNKNOWN }
    throw error
  }
}

type Type = ExpressionTree['type']
type NodeOf<T extends Type> = ExpressionTree & { readonly type: T }

/** The evaluation context of an expression. */
interface Place {
  /** The form of `$`. */
  readonly root: Form
  /** The form of `@`. */
  readonly current: Form
  readonly variables: ReadonlyMap<string, Form>
  readonly missing: Missing[]
}

function visit(node: ExpressionTree, place: Place): Form {
  const visitor = VISITORS[node.type] as ((node: ExpressionTree, place: Place) => Form) | undefined
  return visitor?.(node, place) ?? UNKNOWN
}

const VISITORS: { readonly [T in Type]?: (node: NodeOf<T>, place: Place) => Form } = {
  Field: ({ name }, { current, missing }) => {
    if (!isObject(current)) return UNKNOWN
    if (!current.members.has(name) && !current.isOpen) missing.push({ name, of: current })
    return current.members.get(name) ?? UNKNOWN
  },
  Current: (_, { current }) => current,
  Identity: (_, { current }) => current,
  Root: (_, { root }) => root,
  Variable: ({ name }, { variables }) => variables.get(name) ?? UNKNOWN,
  Subexpression: inTurn,
  Pipe: inTurn,
  IndexExpression: inTurn,
  Index: (_, { current }) => itemsOf(current),
  Slice: (_, { current }) => current,
  Flatten: ({ child }, place) => {
    const items = itemsOf(visit(child, place))
    const inner = itemsOf(items)
    // flattening replaces an item that is a list by its items
    return { items: inner === UNKNOWN ? (isObject(items) ? items : UNKNOWN) : inner }
  },
  Projection: ({ left, right }, place) => ({ items: visit(right, at(place, itemsOf(visit(left, place)))) }),
  ValueProjection: ({ left, right }, place) => {
    visit(left, place)
    return { items: visit(right, at(place, UNKNOWN)) }
  },
  FilterProjection: ({ left, condition, right }, place) => {
    const each = at(place, itemsOf(visit(left, place)))
    visit(condition, each)
    return { items: visit(right, each) }
  },
  MultiSelectHash: ({ children }, place) => {
    const members = children.map(({ name, value }) => [name, visit(value, place)] as const)
    return { members: new Map(members), isOpen: false, lacks: 'the { } before it does not have, so that it is null' }
  },
  MultiSelectList: ({ children }, place) => {
    for (const child of children) visit(child, place)
    return { items: UNKNOWN }
  },
  LetExpression: ({ bindings, expression }, place) => {
    const bound = bindings.map(({ variable, reference }) => [variable, visit(reference, place)] as const)
    return visit(expression, { ...place, variables: new Map([...place.variables, ...bound]) })
  },
  Function: ({ name, children }, place) => {
    const values = children.filter(({ type }) => type !== 'ExpressionReference').map((child) => visit(child, place))
    const each = at(place, values.length === 1 ? itemsOf(values[0] ?? UNKNOWN) : UNKNOWN)
    const [yielded = UNKNOWN] = children.flatMap((child) => {
      return child.type === 'ExpressionReference' ? [visit((child as NodeOf<'ExpressionReference'>).child, each)] : []
    })
    return RESULTS[name]?.(values[0] ?? UNKNOWN, yielded) ?? UNKNOWN
  },
  // the result is the right side, or a false value, which has no members
  AndExpression: ({ left, right }, place) => {
    visit(left, place)
    return visit(right, place)
  },
  OrExpression: ({ left, right }, place) => eachOf([left, right], place),
  Comparator: ({ left, right }, place) => eachOf([left, right], place),
  Arithmetic: ({ left, right }, place) => eachOf([left, right], place),
  Ternary: ({ condition, trueExpr, falseExpr }, place) => eachOf([condition, trueExpr, falseExpr], place),
  NotExpression: ({ child }, place) => eachOf([child], place),
  Unary: ({ operand }, place) => eachOf([operand], place),
}

/** The form of a function's result, from the form of its first value and of its expression's result. */
const RESULTS: Readonly<Record<string, (value: Form, yielded: Form) => Form>> = {
  reverse: (value) => value,
  sort_by: (value) => value,
  min_by: itemsOf,
  max_by: itemsOf,
  map: (_, yielded) => ({ items: yielded }),
}

function at(place: Place, current: Form): Place {
  return { ...place, current }
}

function inTurn({ left, right }: { left: ExpressionTree; right: ExpressionTree }, place: Place): Form {
  return visit(right, at(place, visit(left, place)))
}

/** Follows every branch. The result is UNKNOWN, because any branch may give it. */
function eachOf(nodes: readonly ExpressionTree[], place: Place): Form {
  for (const node of nodes) visit(node, place)
  return UNKNOWN
}
