import { partOf, type TakeResult, type TakeTask } from '../aggregate/take.ts'
import { expressionOf } from './expressions.ts'
import { assertParsable } from './memory.ts'

/** Evaluates `bind` or `forEach` on a source's data: the part that another source is sent. */
export function takePart({ bytes, select, limit }: TakeTask): TakeResult {
  try {
    assertParsable(bytes)
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
    return { part: partOf(value, select === null ? null : expressionOf(select), limit) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
