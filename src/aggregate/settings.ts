import { RESERVED_KEYS } from '../core/limits.ts'
import type { RequestError } from '../http/problem.ts'
import { appliedPreferences, readPrefer } from './prefer.ts'
import { readSimulated, type Simulated } from './simulated.ts'
import type { UnknownQuery } from './unknown-query.ts'

/** Settings of a client for the whole answer. */
export interface Settings {
  /** Deadline of the client in milliseconds; null if not given. It can only shorten the configured one. */
  readonly deadlineMs: number | null
  /** Whether every requested source counts as required. */
  readonly strict: boolean
  /** Whether the answer includes details about each source. */
  readonly explain: boolean
  /** How the client wants calls to end. */
  readonly simulated: readonly Simulated[]
  /** For the Preference-Applied header. */
  readonly applied: readonly string[]
}

/** Of a request that says nothing about them. */
export const NO_SETTINGS: Settings = { deadlineMs: null, strict: false, explain: false, simulated: [], applied: [] }

/** What clients may use (`server.explain`, `server.simulate`, `server.unknownQuery`). */
export interface Allowed {
  readonly explain: boolean
  readonly simulate: boolean
  readonly unknownQuery: UnknownQuery
}

/** Whether a query key configures the whole answer. */
export function isReserved(key: string): boolean {
  return RESERVED_KEYS.includes(key)
}

/** A parsed query: the values of each key. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** The values of a query key, in order; empty if it is not given. */
export function valuesOf(query: Query, key: string): readonly string[] {
  // a parameter may have the name of a member that every object has, such as `constructor`
  const value = Object.hasOwn(query, key) ? query[key] : undefined
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

/** Reads the settings from the query and the Prefer header. All errors are added to `errors`. */
export function readSettings(
  query: Query,
  prefer: string | undefined,
  allowed: Allowed,
  errors: RequestError[],
): Settings {
  const preferences = readPrefer(prefer)
  const asked = readDeadline(query, errors)
  const waitMs = preferences.waitSeconds === null ? null : preferences.waitSeconds * 1000
  const strict = readFlag(query, 'strict', errors) || preferences.handling === 'strict'
  const explain = readFlag(query, 'explain', errors)
  if (explain && !allowed.explain)
    errors.push({
      path: 'explain',
      message: '"explain" is switched off here, in the configuration (server.explain); leave it out.',
    })
  return {
    deadlineMs: asked !== null && waitMs !== null ? Math.min(asked, waitMs) : (asked ?? waitMs),
    strict,
    explain,
    simulated: readSimulated(valuesOf(query, 'simulate'), allowed.simulate, errors),
    applied: appliedPreferences(preferences, strict),
  }
}

function readDeadline(query: Query, errors: RequestError[]): number | null {
  const text = readScalar(query, 'deadlineMs', errors)
  if (text === null) return null
  if (/^0*[1-9]\d*$/.test(text)) return Number(text)
  errors.push({ path: 'deadlineMs', message: '"deadlineMs" must be a whole number of milliseconds, at least 1.' })
  return null
}

function readFlag(query: Query, key: string, errors: RequestError[]): boolean {
  const text = readScalar(query, key, errors)
  if (text === null || text === 'false') return false
  if (text !== 'true') errors.push({ path: key, message: `"${key}" must be true or false.` })
  return text === 'true'
}

function readScalar(query: Query, key: string, errors: RequestError[]): string | null {
  const [value = null, ...more] = valuesOf(query, key)
  if (more.length > 0) errors.push({ path: key, message: `"${key}" was given more than once; give it once.` })
  return value
}
