import { LongNumber } from './long-number.ts'

/**
 * A lower estimate of the length of `JSON.stringify(value)`, in characters. Stops above `most`, and then returns a
 * number above `most`. Values may share parts: the result of `[@,@]|[@,@]|…` is small in memory, but its text is not.
 */
export function writtenLength(value: unknown, most: number): number {
  return most - leftOf(value, most)
}

/** `most` minus the length of the value's text; below 0 if the text is longer. */
function leftOf(value: unknown, most: number): number {
  if (typeof value === 'string') return most - value.length - 2
  if (typeof value !== 'object' || value === null) return most - 1
  if (value instanceof LongNumber) return most - value.toString().length
  let left = most - 2
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    left = leftOf(item, left - (typeof key === 'string' ? key.length + 4 : 1))
    if (left < 0) return left
  }
  return left
}
