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
  return !looksReserved(key) && !wanted.some(({ entry }) => key.startsWith(`${entry.key}.`))
}

/** Whether a key is a reserved one but for case, punctuation (`sources[]`) and a typing error. */
function looksReserved(key: string): boolean {
  if (key.length > MAX_NAME_LENGTH) return false
  const letters = lettersOf(key)
  return RESERVED_KEYS.some((reserved) => isTypingError(letters, lettersOf(reserved)))
}

function lettersOf(key: string): string {
  return key.toLowerCase().replace(/[^a-z]/g, '')
}

/** One letter too many, too few, wrong or in another place; in long names two letters, as `deadline` for `deadlineMs`. */
function isTypingError(letters: string, reserved: string): boolean {
  const most = reserved.length > 7 || sorted(letters) === sorted(reserved) ? 2 : 1
  return distance(letters, reserved) <= most
}

function sorted(letters: string): string {
  return [...letters].sort().join('')
}
