import type Type from 'typebox'
import { isDuration } from '../text/units.ts'

/** Our own JSON Schema keywords. Validation and its messages use them; the published schema omits them. */
export interface OwnKeywords {
  /** What a value should be, as the end of "must be …". */
  readonly expects?: string
  /** What a key of a map should be, as the end of "must be …". */
  readonly keys?: string
  /** Whether ${NAME} is refused, here and below. */
  readonly literal?: boolean
  /** Whether messages must not show the value or anything below it. */
  readonly secret?: boolean
  /** Names of this key in other tools: lower case, without "-" and "_", separated by spaces. */
  readonly alsoCalled?: string
  /** What follows `did you mean "key"?` for a name in `alsoCalled`. */
  readonly hint?: string
  /** Of a block: hints for unknown keys that match no `alsoCalled`. */
  readonly guesses?: Guesses
  /** Of a block: messages for keys that belong in another place, by key. `{value}` stands for the written value. */
  readonly misplaced?: Readonly<Record<string, string>>
  /** Of a block: the map that a scalar written in its place was probably meant to be. */
  readonly meant?: Meant
}

/** The names of our own keywords. */
export const OWN_KEYWORDS: readonly (keyof OwnKeywords)[] = [
  ...(['expects', 'keys', 'literal', 'secret', 'alsoCalled', 'hint'] as const),
  ...(['guesses', 'misplaced', 'meant'] as const),
]

/** Hints for unknown keys, by name in lower case, without "-" and "_". */
export type Guesses = Readonly<Record<string, string>>
/** Returns the map that a scalar was probably meant to be; undefined if there is no guess. */
export type Meant = (value: unknown) => object | undefined

/** Makes `Guesses` from rows: names (separated by spaces, as in `alsoCalled`), and the hint for all of them. */
export function guesses(...rows: readonly (readonly [names: string, hint: string])[]): Guesses {
  return Object.fromEntries(rows.flatMap(([names, hint]) => names.split(' ').map((name) => [name, hint])))
}

/** Makes `Guesses` from the `alsoCalled` of a block's keys: each hint suggests the key. */
export function guessesOf(properties: Type.TProperties): Guesses {
  return guesses(...Object.entries(properties).flatMap(([key, schema]) => guessesOfKey(key, schema)))
}

function guessesOfKey(key: string, { alsoCalled, hint }: OwnKeywords): readonly (readonly [string, string])[] {
  if (alsoCalled === undefined) return []
  return [[alsoCalled, `did you mean "${key}"?${hint === undefined ? '' : ` ${hint}`}`]]
}

/** For a block: a duration written in its place was probably meant for this key. */
export const meantDuration = (key: string): Meant => {
  return (value) => (isDuration(value) ? { [key]: value } : undefined)
}

/** For a block: a positive integer written in its place was probably meant to be the map that `make` returns. */
export const meantCount = (make: (count: number) => object): Meant => {
  return (value) => (Number.isInteger(value) && Number(value) > 0 ? make(Number(value)) : undefined)
}

/** A message for each key, as in `misplaced`. */
export function perKey(keys: readonly string[], message: (key: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [key, message(key)]))
}
