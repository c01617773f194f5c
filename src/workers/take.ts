import { partOf, type TakeResult, type TakeTask } from '../aggregate/take.ts'
import { expressionOf } from './expressions.ts'
import { assertParsable } from './memory.ts'

/** Takes what another source is sent from a source's data. */
export function takePart({ bytes, select, limit }: TakeTask): TakeResult {
  try {
    assertParsable(bytes)
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
    return { part: partOf(value, select === null ? null : expressionOf(select), limit) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
