import type { FastifyRequest } from 'fastify'
import type { Asker } from '../aggregate/selection.ts'
import type { Query } from '../aggregate/settings.ts'
import { forwardedHeaders } from '../http/forwarded.ts'
import { invalidRequest, Problem } from '../http/problem.ts'
import { arrivalOf } from '../plugins/arrival.ts'
import { notFound } from '../plugins/errors.ts'

type Members = Readonly<Record<string, unknown>>

const NO_MEMBERS: Members = {}

/** What the answer depends on of a client's request. `members` are those of its body, where they are parameters. */
export function askerOf(request: FastifyRequest, members: Members = NO_MEMBERS): Asker {
  const { id, headers, client, bodyBytes } = request
  const { trace, at } = arrivalOf(request)
  return {
    requestId: id,
    trace,
    client: { headers, body: bodyBytes, forwarded: once(() => forwardedHeaders(request)) },
    claims: client?.claims ?? null,
    query: queryOf(request),
    own: { path: variablesOf(request), members },
    askedAt: at,
  }
}

/** Computed when a source is first asked for: later, the connection may have ended, which has no address then. */
function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined
  return () => {
    known ??= { value: compute() }
    return known.value
  }
}

/** The members of a body whose members are parameters. Throws a Problem if it is no object. */
export function membersOf({ body }: FastifyRequest): Members {
  if (body === undefined) return NO_MEMBERS
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Members
  const message = 'The request body must be a JSON object; its members are parameters.'
  throw invalidRequest([{ path: 'body', message }])
}

/** The variables of the path. An empty one is no value, so that there is no such path. */
function variablesOf(request: FastifyRequest): Readonly<Record<string, string>> {
  const params = request.params as Readonly<Record<string, string>>
  if (Object.values(params).includes('')) throw notFound(request)
  return params
}

/**
 * Returns the parsed query. Throws a Problem if its encoding is invalid: it would reach a source as text that the
 * client did not write.
 */
function queryOf(request: FastifyRequest): Query {
  try {
    decodeURIComponent(request.url)
  } catch {
    throw new Problem('invalid-request', 'The query is not valid percent-encoded UTF-8.')
  }
  return request.query as Query
}
