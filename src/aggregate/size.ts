import { MAX_PLANNED } from '../core/limits.ts'
import type { RequestError } from '../http/problem.ts'
import type { Wanted } from './entry.ts'

/** Bounds what one answer asks: what is not shown, but needed, costs calls too. `path` is where a client said what it asks. */
export function checkSize(wanted: readonly Wanted[], path: string, errors: RequestError[]): void {
  if (wanted.length <= MAX_PLANNED) return
  const needed = wanted.filter(({ shown }) => !shown).length
  const message = `The ${wanted.length - needed} sources asked need ${needed} others, and one answer asks at most ${MAX_PLANNED} altogether; ask for fewer.`
  errors.push({ path, message })
}
