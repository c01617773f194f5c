import { LongNumber } from './long-number.ts'

/**
 * The key by which scalars are compared: numbers and texts that read the same have the same one. A boolean is its own;
 * null for any other value, which is equal to nothing.
 */
export function scalarKey(value: unknown): string | boolean | null {
  if (typeof value === 'number' || value instanceof LongNumber) return String(value)
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}
