import { partOf, sentPart, type TakeResult, type TakeTask } from '../aggregate/take.ts'
import { parseJson } from '../json/parse.ts'
import { expressionOf } from './expressions.ts'
import { assertParsable } from './memory.ts'

/** Evaluates `bind` or `forEach` on a source's data: the part that another source is sent. */
export function takePart({ bytes, select, limit }: TakeTask): TakeResult {
  try {
    assertParsable(bytes)
    const value = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return { part: sentPart(partOf(value, select === null ? null : expressionOf(select), limit)) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
