import { partOf, type TakeResult, type TakeTask } from '../aggregate/take.ts'
import { parseJson } from '../json/parse.ts'
import { expressionOf } from './expressions.ts'
import { assertParsable } from './memory.ts'

/** Evaluates `bind` or `forEach` on a source's data: the part that another source is sent. */
export function takePart({ bytes, select, limit, isWhole }: TakeTask): TakeResult {
  try {
    assertParsable(bytes)
    const value = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    const part = partOf(value, select === null ? null : expressionOf(select), { limit, isWhole })
    return { json: JSON.stringify(part.value) ?? 'null', total: part.total }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
