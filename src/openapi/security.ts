import type { AuthOptions } from '../access/options.ts'
import { headerRef } from './headers.ts'
import { alsoProblem, ownExample, problemResponse } from './problems.ts'
import type { Schema } from './schemas.ts'

/** What the OpenAPI document says about credentials, if `server.auth` is on. */

type Paths = Readonly<Record<string, Readonly<Record<string, Schema>>>>

const API_KEY = { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'A key of this service.' }
const BEARER = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'A token of the issuer that this service trusts.',
}

/** Responses of operations that need a credential; components of the document. */
export const ACCESS_RESPONSES: Readonly<Record<string, Schema>> = {
  Unauthorized: problemResponse(
    { unauthorized: ownExample('unauthorized') },
    { 'WWW-Authenticate': headerRef('Challenge') },
  ),
  Forbidden: problemResponse({ forbidden: ownExample('forbidden') }),
  KeysUnavailable: problemResponse({ 'keys-unavailable': ownExample('keys-unavailable') }),
}

/** The schemes by name; `security` of the document lists them as alternatives. */
export function securitySchemes({ apiKeys, jwt }: AuthOptions): Record<string, Schema> {
  return { ...(apiKeys.length > 0 ? { apiKey: API_KEY } : {}), ...(jwt === null ? {} : { bearer: BEARER }) }
}

/**
 * A copy of the operations, with the responses to requests whose credential is not enough. `takesClaims`: whether a
 * source takes values from tokens. Operations with `security: []` need no credential.
 */
export function withAccess(paths: Paths, { jwt }: AuthOptions, takesClaims: boolean): Paths {
  const fetchesKeys = jwt !== null && 'jwks' in jwt.keys
  const access = (operation: Schema): Schema => {
    if (operation.security !== undefined) return operation
    const { responses, tags } = operation as { responses: Record<string, Schema>; tags: readonly string[] }
    const asksSources = !tags.includes('operations')
    return {
      ...operation,
      responses: {
        ...responses,
        401: also(responses[401], 'unauthorized', 'Unauthorized'),
        ...(takesClaims && asksSources ? { 403: also(responses[403], 'forbidden', 'Forbidden') } : {}),
        ...(fetchesKeys ? { 503: responses[503] ?? refTo('KeysUnavailable') } : {}),
      },
    }
  }
  return mapValues(paths, (operations) => mapValues(operations, access))
}

/** Sources may answer with the same status, which a view passes on. */
function also(passed: Schema | undefined, problem: 'unauthorized' | 'forbidden', name: string): Schema {
  return passed === undefined ? refTo(name) : alsoProblem(passed, problem)
}

function refTo(name: keyof typeof ACCESS_RESPONSES): Schema {
  return { $ref: `#/components/responses/${name}` }
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
