import type { Arrival, ClientRequest, RequestRefused } from '../core/events.ts'
/**
 * All error responses, as problem documents (RFC 9457). This is the only table that maps errors to statuses of our
 * responses.
 */

import { MAX_HEADER_BYTES, MAX_URL_BYTES } from '../core/limits.ts'

interface ProblemKind {
  readonly status: number
  readonly title: string
}

/** Every kind of problem; `type` of its document is `urn:tributary:problem:` and the key. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'The request has no valid credential' },
  forbidden: { status: 403, title: 'The credential does not allow the request' },
  'not-found': { status: 404, title: 'The requested path does not exist' },
  'method-not-allowed': { status: 405, title: 'The path does not have this method' },
  'not-acceptable': { status: 406, title: 'None of the media types in Accept is available' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'body-too-large': { status: 413, title: 'The request body is too large' },
  'uri-too-long': { status: 414, title: 'The URL is too long' },
  'unsupported-media-type': { status: 415, title: 'The media type of the request body is not supported' },
  'rate-limited': { status: 429, title: 'The client has made too many requests' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  /** The status is that of the sources (`ProblemDetails.status`); this one is for examples. */
  'sources-refused': { status: 404, title: 'The requested sources refused the request' },
  'internal-error': { status: 500, title: 'An internal error occurred' },
  'unsupported-coding': { status: 501, title: 'The transfer coding of the request is not supported' },
  'sources-failed': { status: 502, title: 'The requested data could not be retrieved' },
  'sources-unavailable': { status: 503, title: 'The requested sources are not available at the moment' },
  overloaded: { status: 503, title: 'The service is overloaded' },
  'keys-unavailable': { status: 503, title: 'Tokens cannot be verified at the moment' },
  'not-ready': { status: 503, title: 'The service is not ready' },
  'sources-timed-out': { status: 504, title: 'The requested sources did not answer in time' },
} as const satisfies Record<string, ProblemKind>

/** Details that both errors of Node's parser and our own checks use. */
export const URL_TOO_LONG = `The URL may have at most ${MAX_URL_BYTES / 1024} KiB; send what is longer with POST /aggregate.`
export const HEADERS_TOO_LARGE = `The request headers may have at most ${MAX_HEADER_BYTES / 1024} KiB together.`

export type ProblemName = keyof typeof PROBLEMS

/** One thing wrong with a request: a query key, or a place in the body such as `requests[0].params.q`. */
export interface RequestError {
  readonly path: string
  /** A whole sentence. It may hold names that the client wrote, but no value of a parameter. */
  readonly message: string
}

export interface ProblemDetails {
  /** Of `sources-refused`: the status that the sources answered with. */
  readonly status?: number
  readonly errors?: readonly RequestError[]
  readonly failedSources?: readonly unknown[]
  /** What was retrieved nevertheless, as chunks of JSON text: where a call may have changed something. */
  readonly data?: readonly Buffer[]
  /** Whole seconds, for the Retry-After header. */
  readonly retryAfterSeconds?: number
  /** For the header WWW-Authenticate (RFC 9110, section 11.6.1). */
  readonly challenges?: readonly string[]
}

/** An error response. Thrown only in routes and plugins; their error handler sends its document. */
export class Problem extends Error {
  readonly kind: ProblemName
  readonly details: ProblemDetails

  constructor(kind: ProblemName, detail: string, details: ProblemDetails = {}) {
    super(detail)
    this.kind = kind
    this.details = details
  }

  get status(): number {
    return this.details.status ?? PROBLEMS[this.kind].status
  }
}

/** The most errors in a document. One request can have thousands. */
export const MAX_ERRORS = 20

/** The message of errors beyond the first `MAX_ERRORS`. They are never sent, and composing a message takes time. */
export const UNREAD = ''

/** The problem of an invalid request. `detail` joins the first errors, `errors` lists them. */
export function invalidRequest(errors: readonly RequestError[]): Problem {
  const shown = errors.slice(0, MAX_ERRORS)
  const more = errors.length - shown.length
  const sentences = shown.map(({ message }) => message)
  if (more > 0) sentences.push(`There ${more === 1 ? 'is 1 more error' : `are ${more} more errors`}.`)
  return new Problem('invalid-request', sentences.join(' '), { errors: shown })
}

/** Makes a clause a sentence: with a capital letter and a full stop. */
export function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`
}

/** The status of a kind of problem, for documents. */
export function statusText(kind: ProblemName): string {
  return kind === 'sources-refused' ? '4xx' : String(PROBLEMS[kind].status)
}

/** The URI that names a kind of problem; stable, and documented in docs/answers.md. */
export function problemType(kind: ProblemName): string {
  return `urn:tributary:problem:${kind}`
}

/**
 * The path of a request target, without its query, which may contain data that must not be logged. A target may be a
 * whole URL (RFC 9112, section 3.2.2), with a user and password in it.
 */
export function pathOf(target: string): string {
  const [path = ''] = target.split(/[?#]/, 1)
  return path === '' || path.startsWith('/') ? path : path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '') || '/'
}

/** The document as JSON text in UTF-8. `url` is the request target, '' if it is not known. */
export function problemDocument(problem: Problem, requestId: string, url: string): string | Buffer {
  const { title } = PROBLEMS[problem.kind]
  const { status } = problem
  const { errors, failedSources, data } = problem.details
  const instance = pathOf(url)
  const type = problemType(problem.kind)
  const detail = problem.message
  const text = JSON.stringify({ type, title, status, detail, instance, requestId, errors, failedSources })
  if (data === undefined) return text
  return Buffer.concat([Buffer.from(`${text.slice(0, -1)},"data":`), ...data, Buffer.from('}')])
}

/** The event of a refused request. `arrival` is null if the request could not be read. */
export function refusalOf(
  request: ClientRequest,
  problem: Problem,
  error: Error,
  arrival: Arrival | null = null,
): RequestRefused {
  const { kind: type, status, message, details } = problem
  const { id, method, url } = request
  const problems = details.errors ?? [{ path: '', message }]
  return { request: { id, method, url }, status, type, problems, error, arrival }
}
