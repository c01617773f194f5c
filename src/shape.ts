import type { Expression } from './jmespath.ts'

/** What becomes of a view's data: one expression for all of it, or one for each key of what is answered. */
export type Shape = { readonly whole: Expression } | { readonly parts: ReadonlyMap<string, Expression> }

/** An expression that erred on this data; it yields null. `key` is null for the one of the whole. */
export interface ShapeError {
  readonly key: string | null
  readonly error: Error
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
