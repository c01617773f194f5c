/**
 * How many characters JSON.stringify would write of a value, about and at least; more than `most` where there are more,
 * which is found out without looking at all of it. Values may share parts: `[@,@]|[@,@]|…` is small, and its text is not.
 */
export function writtenLength(value: unknown, most: number): number {
  return most - leftOf(value, most)
}

/** What is left of so many characters after a value has been written; below 0 where they are too few. */
function leftOf(value: unknown, most: number): number {
  if (typeof value === 'string') return most - value.length - 2
  if (typeof value !== 'object' || value === null) return most - 1
  let left = most - 2
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    left = leftOf(item, left - (typeof key === 'string' ? key.length + 4 : 1))
    if (left < 0) return left
  }
  return left
}
