import { type KindReader, type Kinds, NULL } from './kinds.ts'
import type { Schema } from './schemas.ts'
import { listOf } from './written-kinds.ts'

/** What a function yields, by its arguments. A function that fails yields nothing: then the whole part is null. */
type Result = (values: readonly [Kinds, ...Kinds[]], reader: KindReader) => Kinds

export const BOOLEAN: Schema = { type: 'boolean' }
export const NUMBER: Schema = { type: 'number' }
export const STRING: Schema = { type: 'string' }
const ANY_LIST: Schema = { type: 'array' }

/** The same list in another order. */
const sameList: Result = ([list], reader) => reader.onLists(list, (items) => [listOf(items)])
/** An item of the list; null if it has none. */
const oneItem: Result = ([list], reader) => reader.onLists(list, (items) => [...items, NULL])

const TEXTS = ['join', 'lower', 'upper', 'pad_left', 'pad_right', 'replace', 'to_string', 'type']
const TRIMS = ['trim', 'trim_left', 'trim_right']
// null: an infinite number has no other form in JSON
const NUMBERS = ['abs', 'avg', 'ceil', 'floor', 'sum', 'to_number', 'find_first', 'find_last']
const BOOLEANS = ['contains', 'ends_with', 'starts_with']

/** The functions whose results are followed. */
export const FUNCTION_KINDS: Readonly<Record<string, Result>> = {
  ...always([...TEXTS, ...TRIMS], [STRING]),
  ...always(NUMBERS, [NUMBER, NULL]),
  ...always(BOOLEANS, [BOOLEAN]),
  ...always(['length'], [{ type: 'integer' }]),
  ...always(['keys', 'split'], [{ type: 'array', items: STRING }]),
  ...always(['values'], [ANY_LIST]),
  sort: sameList,
  sort_by: sameList,
  reverse: (values, reader) => [...sameList(values, reader), ...(reader.canBeText(values[0]) ? [STRING] : [])],
  min: oneItem,
  max: oneItem,
  min_by: oneItem,
  max_by: oneItem,
  not_null: (values, reader) => [...values.flatMap((kinds) => reader.withoutNull(kinds)), NULL],
}

function always(names: readonly string[], kinds: Kinds): Record<string, Result> {
  return Object.fromEntries(names.map((name) => [name, () => kinds]))
}
