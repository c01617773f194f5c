import { type MatchResult, type MatchTask, matchIn } from '../aggregate/match.ts'
import { parseJson } from '../json/parse.ts'
import { expressionOf } from './expressions.ts'
import { assertParsable } from './memory.ts'

/** Finds the elements of a source's list that belong to the items of a batch. */
export function matchItems({ bytes, key, wanted }: MatchTask): MatchResult {
  try {
    assertParsable(bytes)
    const value = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    return { matched: matchIn(value, expressionOf(key), wanted) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
