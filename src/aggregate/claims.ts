import { Problem } from '../http/problem.ts'
import type { BoundValues } from '../source/request.ts'
import type { TemplateValue } from '../source/template.ts'
import { scalarProblem } from './needed.ts'
import type { Asked } from './params.ts'
import { partOf } from './take.ts'

/** Claims of the client's verified token; null if it has none, because it was let in by an API key. */
export type Claims = Readonly<Record<string, unknown>> | null

/**
 * Takes the values of each entry from the claims, in the order of the entries. Throws a Problem that names all values
 * which the credential does not give.
 */
export function claimValues(asked: readonly Asked[], claims: Claims): readonly BoundValues[] {
  const lacking: string[] = []
  const values = asked.map(({ entry: { key, source } }) => {
    const taken = source.facts.claims.map(({ name, select }) => [
      name,
      scalarOf(() => partOf(claims, select, ONE).value),
    ])
    for (const [name, value] of taken) if (value === null) lacking.push(`"${name}" (for ${key})`)
    return Object.fromEntries(taken) as BoundValues
  })
  if (lacking.length === 0) return values
  throw forbidden(`The credential has no claim that gives ${lacking.join(' and ')}; send a token that has it.`)
}

const ONE = { limit: 0, isWhole: false }

/** Null for a claim that is missing, empty or no scalar. An expression may also throw on claims of another form. */
function scalarOf(take: () => unknown): TemplateValue | null {
  try {
    const value = take()
    // an empty one would widen what a source is asked for, like a filter without a value
    return value === '' || scalarProblem(value) !== null || isRounded(value) ? null : (value as TemplateValue)
  } catch {
    return null
  }
}

/** The token was parsed without its digits: a number beyond 2^53 may be that of somebody else. */
function isRounded(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER
}

/** The problem of a claim that does not fit into a request. `problem` is the end of a sentence without values. */
export function unfitClaim(problem: string, key: string): Problem {
  return forbidden(`A claim of the credential does not fit: ${problem} (for ${key}).`)
}

function forbidden(detail: string): Problem {
  return new Problem('forbidden', detail)
}
