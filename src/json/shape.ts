import { type Expression, LOOP_STEPS } from './jmespath.ts'
import { weightWithin } from './jmespath-cost.ts'
import { holdingLong, mayBeLong } from './parse.ts'
import { weighsAtMost } from './weight.ts'

/** The shape of a view: one expression over all its data, or one expression for each key of the result. */
export type Shape = { readonly whole: Expression } | { readonly parts: ReadonlyMap<string, Expression> }

/** An expression that failed on this data; its result is null. `key` is null for the expression over all data. */
export interface ShapeError {
  readonly key: string | null
  readonly error: Error
}

/** One of a shape's expressions. `key` is null for the expression over all data. */
export interface ShapePart {
  readonly key: string | null
  readonly expression: Expression
}

/** The result of a part, as JSON text: `null` if it failed. */
export interface ShapedPart {
  readonly key: string | null
  readonly json: Buffer
  readonly error: Error | null
}

const NULL = Buffer.from('null')

/** A shape's expressions: those with an upper bound of steps, and those that may not terminate even on small data. */
export interface ShapeParts {
  readonly bounded: readonly ShapePart[]
  readonly endless: readonly ShapePart[]
}

const known = new WeakMap<Shape, ShapeParts>()

export function partsOf(shape: Shape): ShapeParts {
  const before = known.get(shape)
  if (before !== undefined) return before
  const all: readonly ShapePart[] =
    'whole' in shape
      ? [{ key: null, expression: shape.whole }]
      : [...shape.parts].map(([key, expression]) => ({ key, expression }))
  const isBounded = ({ expression }: ShapePart): boolean => expression.maxWeight > 0
  const parts = { bounded: all.filter(isBounded), endless: all.filter((part) => !isBounded(part)) }
  known.set(shape, parts)
  return parts
}

/** The data of a view, from its keys and their values. */
export function membersOf(entries: readonly (readonly [key: string, value: unknown])[]): object {
  const data = Object.fromEntries(entries)
  return entries.some(([, value]) => mayBeLong(value)) ? holdingLong(data) : data
}

/** Evaluates parts of a shape over data. */
export function evaluate(
  parts: readonly ShapePart[],
  data: unknown,
  write: (value: unknown) => string,
): readonly ShapedPart[] {
  return parts.map(({ key, expression }) => {
    // a result may be nested too deeply for JSON.stringify
    try {
      return { key, json: Buffer.from(write(expression(data))), error: null }
    } catch (error) {
      return { key, json: NULL, error: error as Error }
    }
  })
}

/** Joins the JSON texts of parts, which may be in any order, to the JSON text of the shape. */
export function joinParts(shape: Shape, parts: readonly ShapedPart[]): readonly Buffer[] {
  if ('whole' in shape) return parts.map(({ json }) => json)
  const texts = new Map(parts.map(({ key, json }) => [key, json]))
  const members = [...shape.parts.keys()].flatMap((key, index) => {
    return [Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(key)}:`), texts.get(key) ?? NULL]
  })
  return [Buffer.from('{'), ...members, Buffer.from('}')]
}

/** The parts that fail on this data. Parts that take too long for the event loop are not evaluated. */
export function findErrors(shape: Shape, data: unknown): readonly ShapeError[] {
  const json = Buffer.from(JSON.stringify(data))
  const tried = partsOf(shape).bounded.filter((part) => areQuick([part], [json]))
  return errorsOf(evaluate(tried, data, JSON.stringify))
}

export function errorsOf(parts: readonly ShapedPart[]): readonly ShapeError[] {
  return parts.flatMap(({ key, error }) => (error === null ? [] : { key, error }))
}

/** Larger data is never parsed on the event loop. */
const MOST_BYTES = 64 * 1024

/** Whether parts of a shape may run on the event loop with this data, given as JSON texts. */
export function areQuick(parts: readonly ShapePart[], data: readonly Uint8Array[]): boolean {
  const bytes = data.reduce((total, { length }) => total + length, 0)
  if (bytes > MOST_BYTES) return false
  // check each part first: adding up their steps takes longer
  if (!parts.every(({ expression }) => weighsAtMost(expression.maxWeight, data))) return false
  return weighsAtMost(maxWeightOf(parts), data)
}

const weights = new WeakMap<readonly ShapePart[], number>()

/** The largest weight of data with which all these parts together may run on the event loop. */
function maxWeightOf(parts: readonly ShapePart[]): number {
  const known = weights.get(parts)
  if (known !== undefined) return known
  const stepsOf = parts.map(({ expression }) => expression.steps)
  const weight = weightWithin(LOOP_STEPS, stepsOf)
  weights.set(parts, weight)
  return weight
}
