import { type Expression, LOOP_STEPS } from './jmespath.ts'
import { weightWithin } from './jmespath-cost.ts'
import { weighsAtMost } from './weight.ts'

/** What becomes of a view's data: one expression for all of it, or one for each key of what is answered. */
export type Shape = { readonly whole: Expression } | { readonly parts: ReadonlyMap<string, Expression> }

/** An expression that erred on this data; it yields null. `key` is null for the one of the whole. */
export interface ShapeError {
  readonly key: string | null
  readonly error: Error
}

/** One of a shape's expressions; `key` is null for the one of the whole. */
export interface ShapePart {
  readonly key: string | null
  readonly expression: Expression
}

/** What a part yielded, as JSON text: `null` where it erred. */
export interface ShapedPart {
  readonly key: string | null
  readonly json: Buffer
  readonly error: Error | null
}

const NULL = Buffer.from('null')

/** A shape's expressions: those whose work has a bound, and those that may not end, however little the data. */
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

/** Evaluates parts of a shape over data. */
export function evaluate(
  parts: readonly ShapePart[],
  data: unknown,
  write: (value: unknown) => string,
): readonly ShapedPart[] {
  return parts.map(({ key, expression }) => {
    // what an expression yields may be nested so deeply that it cannot be written
    try {
      return { key, json: Buffer.from(write(expression(data))), error: null }
    } catch (error) {
      return { key, json: NULL, error: error as Error }
    }
  })
}

/** The JSON text of a shape from those of its parts, in any order. */
export function joinParts(shape: Shape, parts: readonly ShapedPart[]): readonly Buffer[] {
  if ('whole' in shape) return parts.map(({ json }) => json)
  const texts = new Map(parts.map(({ key, json }) => [key, json]))
  const members = [...shape.parts.keys()].flatMap((key, index) => {
    return [Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(key)}:`), texts.get(key) ?? NULL]
  })
  return [Buffer.from('{'), ...members, Buffer.from('}')]
}

/** The parts that err on data, of those that are little enough work to try them here. */
export function findErrors(shape: Shape, data: unknown): readonly ShapeError[] {
  const json = Buffer.from(JSON.stringify(data))
  const tried = partsOf(shape).bounded.filter((part) => areQuick([part], [json]))
  return errorsOf(evaluate(tried, data, JSON.stringify))
}

export function errorsOf(parts: readonly ShapedPart[]): readonly ShapeError[] {
  return parts.flatMap(({ key, error }) => (error === null ? [] : { key, error }))
}

/** More data is not parsed on the event loop, whatever becomes of it. */
const MOST_BYTES = 64 * 1024

/** Whether parts of a shape are little enough work for the event loop on this data, given as JSON texts. */
export function areQuick(parts: readonly ShapePart[], data: readonly Uint8Array[]): boolean {
  const bytes = data.reduce((total, { length }) => total + length, 0)
  if (bytes > MOST_BYTES) return false
  // one alone may be too much; only then it is worth adding up
  if (!parts.every(({ expression }) => weighsAtMost(expression.maxWeight, data))) return false
  return weighsAtMost(maxWeightOf(parts), data)
}

const weights = new WeakMap<readonly ShapePart[], number>()

/** The weight of the data up to which parts together are quick. */
function maxWeightOf(parts: readonly ShapePart[]): number {
  const known = weights.get(parts)
  if (known !== undefined) return known
  const stepsOf = parts.map(({ expression }) => expression.steps)
  const weight = weightWithin(LOOP_STEPS, stepsOf)
  weights.set(parts, weight)
  return weight
}
