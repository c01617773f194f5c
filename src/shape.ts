import { type Expression, LOOP_STEPS } from './jmespath.ts'
import { weightWithin } from './jmespath-cost.ts'
import { weighsAtMost } from './source/weight.ts'

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

export function partsOf(shape: Shape): readonly ShapePart[] {
  if ('whole' in shape) return [{ key: null, expression: shape.whole }]
  return [...shape.parts].map(([key, expression]) => ({ key, expression }))
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

/** The JSON text of a shape from those of its parts. */
export function joinParts(shape: Shape, parts: readonly ShapedPart[]): readonly Buffer[] {
  if ('whole' in shape) return parts.map(({ json }) => json)
  const members = parts.flatMap(({ key, json }, index) => {
    return [Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(key)}:`), json]
  })
  return [Buffer.from('{'), ...members, Buffer.from('}')]
}

/** Applies a shape to data; the result is JSON text. What errs yields null and is added to `errors`; the others stand. */
export function writeShape(shape: Shape, data: unknown, errors: ShapeError[]): Buffer {
  const parts = evaluate(partsOf(shape), data, JSON.stringify)
  errors.push(...parts.flatMap(({ key, error }) => (error === null ? [] : { key, error })))
  return Buffer.concat(joinParts(shape, parts))
}

/** More data is not parsed on the event loop, whatever becomes of it. */
const MOST_BYTES = 64 * 1024

const weights = new WeakMap<Shape, number>()

/** Whether a shape is little enough work for the event loop on this data, given as JSON texts. */
export function isQuick(shape: Shape, data: readonly Uint8Array[]): boolean {
  const bytes = data.reduce((total, { length }) => total + length, 0)
  return bytes <= MOST_BYTES && weighsAtMost(maxWeightOf(shape), data)
}

/** The weight of the data up to which a shape is quick; 0 where it never is. */
function maxWeightOf(shape: Shape): number {
  const known = weights.get(shape)
  if (known !== undefined) return known
  const weight = weightWithin(
    LOOP_STEPS,
    partsOf(shape).map(({ expression }) => expression.steps),
  )
  weights.set(shape, weight)
  return weight
}
