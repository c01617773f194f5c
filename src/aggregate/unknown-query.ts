import { distance } from 'fastest-levenshtein'
import { MAX_NAME_LENGTH, RESERVED_KEYS } from '../core/limits.ts'
import type { Wanted } from './menu.ts'

/** What happens to query keys that no requested source declares: they are refused, or dropped. */
export type UnknownQuery = 'refuse' | 'ignore'

/**
 * Whether `ignore` drops an undeclared query key. Two kinds are probably typing errors, which would change the answer
 * without a sign, so they are refused still: keys of one requested entry (`weather.zz`), and keys that look like a
 * setting of the whole answer (`strct`).
 */
export function isIgnorable(key: string, wanted: readonly Wanted[]): boolean {
  return !looksReserved(key) && !isDotted(key, wanted)
}

/** Keys of entries hold no dot. A query can have thousands of keys, so they are compared without making texts. */
function isDotted(key: string, wanted: readonly Wanted[]): boolean {
  const end = key.indexOf('.')
  if (end < 0) return false
  const before = key.slice(0, end)
  return wanted.some(({ entry }) => entry.key === before)
}

const RESERVED = RESERVED_KEYS.map((key) => lettersOf(key))

/** Whether a key is a reserved one but for case, punctuation (`sources[]`) and a typing error. */
function looksReserved(key: string): boolean {
  if (key.length > MAX_NAME_LENGTH) return false
  const letters = lettersOf(key)
  return RESERVED.some((reserved) => isTypingError(letters, reserved))
}

function lettersOf(key: string): string {
  return key.toLowerCase().replace(/[^a-z]/g, '')
}

/** One letter too many, too few, wrong or in another place; in long names two letters, as `deadline` for `deadlineMs`. */
function isTypingError(letters: string, reserved: string): boolean {
  // most keys are too short or too long, and the distance takes longer
  if (Math.abs(letters.length - reserved.length) > 2) return false
  const steps = distance(letters, reserved)
  return steps < 2 || (steps === 2 && (reserved.length > 7 || sorted(letters) === sorted(reserved)))
}

function sorted(letters: string): string {
  return [...letters].sort().join('')
}
