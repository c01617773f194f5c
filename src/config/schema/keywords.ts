import type Type from 'typebox'
import { isDuration } from '../text/units.ts'

/** The keywords that are ours: validation and its messages read them, and the published schema leaves them out. */
export interface OwnKeywords {
  /** What a value should be, as the end of "must be …". */
  readonly expects?: string
  /** What a key of a map should be, as the end of "must be …". */
  readonly keys?: string
  /** Whether ${NAME} is refused, here and below. */
  readonly literal?: boolean
  /** Whether no message may show the value, or what is below it. */
  readonly secret?: boolean
  /** What others call this key: lower case, without "-" and "_", separated by spaces. */
  readonly alsoCalled?: string
  /** What follows `did you mean "key"?` for a name in `alsoCalled`. */
  readonly hint?: string
  /** Of a block: what to say of names that belong to none of its keys. */
  readonly guesses?: Guesses
  /** Of a block: keys that belong to another place, by the message. `{value}` stands for what is written there. */
  readonly misplaced?: Readonly<Record<string, string>>
  /** Keys of a block, or values of a key, that are planned and not supported yet. */
  readonly planned?: readonly string[]
  /** Of a block: the map that a scalar written in its place was probably meant to be. */
  readonly meant?: Meant
}

/** Their names. */
export const OWN_KEYWORDS: readonly (keyof OwnKeywords)[] = [
  ...(['expects', 'keys', 'literal', 'secret', 'alsoCalled', 'hint'] as const),
  ...(['guesses', 'misplaced', 'planned', 'meant'] as const),
]

/** What to say of a name that is no key: by the name, in lower case, without "-" and "_". */
export type Guesses = Readonly<Record<string, string>>
/** The map that a scalar stands for; undefined if nothing can be told from it. */
export type Meant = (value: unknown) => object | undefined

/** Rows of names (as in `alsoCalled`) and what to say of them. */
export function guesses(...rows: readonly (readonly [names: string, hint: string])[]): Guesses {
  return Object.fromEntries(rows.flatMap(([names, hint]) => names.split(' ').map((name) => [name, hint])))
}

/** The same for what the keys of a block are also called. */
export function guessesOf(properties: Type.TProperties): Guesses {
  return guesses(...Object.entries(properties).flatMap(([key, schema]) => guessesOfKey(key, schema)))
}

function guessesOfKey(key: string, { alsoCalled, hint }: OwnKeywords): readonly (readonly [string, string])[] {
  if (alsoCalled === undefined) return []
  return [[alsoCalled, `did you mean "${key}"?${hint === undefined ? '' : ` ${hint}`}`]]
}

/** Takes a duration in the place of a block for the value of this key. */
export const meantDuration = (key: string): Meant => {
  return (value) => (isDuration(value) ? { [key]: value } : undefined)
}

/** Takes a whole number in the place of a block for what `make` makes of it. */
export const meantCount = (make: (count: number) => object): Meant => {
  return (value) => (Number.isInteger(value) && Number(value) > 0 ? make(Number(value)) : undefined)
}

/** A message for each key, as in `misplaced`. */
export function perKey(keys: readonly string[], message: (key: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [key, message(key)]))
}
