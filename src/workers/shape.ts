import type { ShapeResult, ShapeTask } from '../aggregate/shaped.ts'
import { parseJson } from '../json/parse.ts'
import { evaluate, membersOf } from '../json/shape.ts'
import { expressionOf } from './expressions.ts'
import { assertParsable, writeWithin } from './memory.ts'

/** Evaluates parts of a view's shape. A body whose values do not fit into memory counts as null. */
export function shapeBodies({ bodies, parts: written }: ShapeTask): ShapeResult {
  const lost: { key: string; error: string }[] = []
  const values = bodies.map(([key, body]): readonly [string, unknown] => {
    try {
      return [key, body && parsed(body)]
    } catch (error) {
      lost.push({ key, error: (error as Error).message })
      return [key, null]
    }
  })
  const parts = written.map(({ key, text }) => ({ key, expression: expressionOf(text) }))
  const shaped = evaluate(parts, membersOf(values), writeWithin)
  return { parts: shaped.map(({ json, error }) => ({ json, error: error?.message ?? null })), lost }
}

function parsed(body: Uint8Array): unknown {
  assertParsable(body)
  return parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
}
