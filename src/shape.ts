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

const weights = new WeakMap<Shape, number>()

/** Whether a shape is little enough work for the event loop on this data, given as JSON texts. */
export function isQuick(shape: Shape, data: readonly Uint8Array[]): boolean {
  return weighsAtMost(maxWeightOf(shape), data)
}

/** The weight of the data up to which a shape is quick; 0 where it never is. */
function maxWeightOf(shape: Shape): number {
  const known = weights.get(shape)
  if (known !== undefined) return known
  const expressions = 'whole' in shape ? [shape.whole] : [...shape.parts.values()]
  const stepsOf = expressions.map(({ steps }) => steps)
  const weight = weightWithin(LOOP_STEPS, stepsOf)
  weights.set(shape, weight)
  return weight
}

/** Applies a shape to data; the result is JSON text. What errs yields null and is added to `errors`; the others stand. */
export function writeShape(shape: Shape, data: unknown, errors: ShapeError[]): Buffer {
  if ('whole' in shape) return Buffer.from(write(shape.whole, data, null, errors))
  const parts = [...shape.parts].map(([key, expression]) => {
    return `${JSON.stringify(key)}:${write(expression, data, key, errors)}`
  })
  return Buffer.from(`{${parts.join(',')}}`)
}

/** What an expression yields may be nested so deeply that it cannot be written: that is an error of its own, too. */
function write(expression: Expression, data: unknown, key: string | null, errors: ShapeError[]): string {
  try {
    return JSON.stringify(expression(data))
  } catch (error) {
    errors.push({ key, error: error as Error })
    return 'null'
  }
}
