import { ExpressionError, type ExpressionTree, readTree } from '../json/jmespath.ts'
import type { Shape } from '../json/shape.ts'
import { BOOLEAN, FUNCTION_KINDS, NUMBER, STRING } from './function-kinds.ts'
import { ANY, isAny, isText, itemsOf, KindReader, type Kinds, type Lookup, NULL, union } from './kinds.ts'
import { exact, type Schema } from './schemas.ts'
import { listOf, objectOf, schemaOf } from './written-kinds.ts'

/**
 * The schema of what a shape makes of data. It follows names, indexes, slices, projections, `{ }`, `[ ]`, `||`, `&&`,
 * `let` and common functions. Whatever else an expression does counts as any value, so the schema may say less than is
 * true, but nothing wrong. Every part may be null: it may fail, or not have ended by the deadline.
 */
export function shapeSchema(shape: Shape, data: Schema, lookup: Lookup): Schema {
  const reader = new KindReader(lookup)
  if ('whole' in shape) return resultSchema(shape.whole.text, data, reader)
  const parts = [...shape.parts].map(([key, { text }]) => [key, resultSchema(text, data, reader)] as const)
  return exact(Object.fromEntries(parts))
}

function resultSchema(text: string, data: Schema, reader: KindReader): Schema {
  try {
    const root = [data]
    return schemaOf([...visit(readTree(text), { root, current: root, variables: new Map(), reader }), NULL])
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ExpressionError)) throw error
    // nested too deeply for the call stack, of this function or of the parser
    return {}
  }
}

type Type = ExpressionTree['type']
type NodeOf<T extends Type> = ExpressionTree & { readonly type: T }

/** The evaluation context of an expression: what `$`, `@` and `$name` may be. */
interface Place {
  readonly root: Kinds
  readonly current: Kinds
  readonly variables: ReadonlyMap<string, Kinds>
  readonly reader: KindReader
}

function at(place: Place, current: Kinds): Place {
  return { ...place, current }
}

function visit(node: ExpressionTree, place: Place): Kinds {
  const visitor = VISITORS[node.type] as ((node: ExpressionTree, place: Place) => Kinds) | undefined
  return union(visitor?.(node, place) ?? ANY)
}

const VISITORS: { readonly [T in Type]?: (node: NodeOf<T>, place: Place) => Kinds } = {
  Field: ({ name }, { current, reader }) => reader.member(current, name),
  Current: (_, { current }) => current,
  Identity: (_, { current }) => current,
  Root: (_, { root }) => root,
  Variable: ({ name }, { variables }) => variables.get(name) ?? ANY,
  Literal: ({ value }) => literal(value),
  Pipe: inTurn,
  IndexExpression: inTurn,
  // the right side is not evaluated on null
  Subexpression: ({ left, right }, place) => {
    const before = visit(left, place)
    const after = visit(right, at(place, place.reader.withoutNull(before)))
    return place.reader.canBeNull(before) ? [...after, NULL] : after
  },
  Index: (_, { current, reader }) => reader.onLists(current, (items) => [...items, NULL]),
  Slice: (_, { current, reader }) => reader.openAll(current).flatMap(sliced),
  Flatten: ({ child }, place) => place.reader.onLists(visit(child, place), (items) => [listOf(flat(items, place))]),
  Projection: ({ left, right }, place) => {
    const before = visit(left, place)
    const isSlice = left.type === 'IndexExpression' && left.right.type === 'Slice'
    // a slice of a text is no list: the right side is evaluated on it
    return isSlice && place.reader.canBeText(before) ? ANY : projected(before, right, place)
  },
  FilterProjection: ({ left, condition, right }, place) => {
    const before = visit(left, place)
    // `[?@]` leaves out nulls before the right side is evaluated
    return projected(condition.type === 'Current' ? itemsWithoutNull(before, place) : before, right, place)
  },
  ValueProjection: ({ right }, place) => [listOf(place.reader.withoutNull(visit(right, at(place, ANY)))), NULL],
  MultiSelectHash: ({ children }, place) => [
    objectOf(children.map(({ name, value }) => [name, visit(value, place)] as const)),
  ],
  MultiSelectList: ({ children }, place) => [listOf(eachOf(children, place))],
  LetExpression: ({ bindings, expression }, place) => {
    const bound = bindings.map(({ variable, reference }) => [variable, visit(reference, place)] as const)
    return visit(expression, { ...place, variables: new Map([...place.variables, ...bound]) })
  },
  OrExpression: ({ left, right }, place) => [...place.reader.withoutNull(visit(left, place)), ...visit(right, place)],
  AndExpression: ({ left, right }, place) => eachOf([left, right], place),
  Ternary: ({ trueExpr, falseExpr }, place) => eachOf([trueExpr, falseExpr], place),
  NotExpression: () => [BOOLEAN],
  Comparator: ({ name }) => (name === 'EQ' || name === 'NE' ? [BOOLEAN] : [BOOLEAN, NULL]),
  // null: an infinite number has no other form in JSON
  Arithmetic: () => [NUMBER, NULL],
  Unary: () => [NUMBER, NULL],
  Function: ({ name, children }, place) => {
    if (name === 'map') return mapped(children, place)
    const [first = ANY, ...others] = children.map((child) => visit(child, place))
    return FUNCTION_KINDS[name]?.([first, ...others], place.reader) ?? ANY
  },
}

function inTurn({ left, right }: { left: ExpressionTree; right: ExpressionTree }, place: Place): Kinds {
  return visit(right, at(place, visit(left, place)))
}

function eachOf(nodes: readonly ExpressionTree[], place: Place): Kinds {
  return nodes.flatMap((node) => visit(node, place))
}

/** The text itself is not repeated: it may come from the environment. */
function literal(value: unknown): Kinds {
  if (value === null) return [NULL]
  if (Array.isArray(value) && value.length === 0) return [{ const: [] }]
  return typeof value === 'object' ? ANY : [{ type: typeof value }]
}

function sliced(kind: Schema): Kinds {
  const items = itemsOf(kind)
  if (items !== undefined) return [listOf(items)]
  return isAny(kind) ? ANY : [isText(kind) ? STRING : NULL]
}

/** Items that are lists are replaced by their items. */
function flat(items: Kinds, { reader }: Place): Kinds {
  return reader.openAll(items).flatMap((item) => itemsOf(item) ?? [item])
}

/** A projection leaves out nulls. */
function projected(base: Kinds, right: ExpressionTree, place: Place): Kinds {
  const { reader } = place
  return reader.onLists(base, (items) => [listOf(reader.withoutNull(visit(right, at(place, items))))])
}

function itemsWithoutNull(lists: Kinds, { reader }: Place): Kinds {
  return reader.onLists(lists, (items) => [listOf(reader.withoutNull(items))])
}

/** `map(&expression, list)` keeps nulls. */
function mapped([by, list]: readonly ExpressionTree[], place: Place): Kinds {
  if (by?.type !== 'ExpressionReference' || list === undefined) return ANY
  const { child } = by as NodeOf<'ExpressionReference'>
  return place.reader.onLists(visit(list, place), (items) => [listOf(visit(child, at(place, items)))])
}
