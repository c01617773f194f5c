/**
 * Everything that an answer can say instead of data, as RFC 9457 problem documents. The one table from what went wrong
 * to an HTTP status of ours.
 */

interface ProblemKind {
  readonly status: number
  readonly title: string
}

/** Every kind of problem; `type` of its document is `urn:tributary:problem:` and the key. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'not-acceptable': { status: 406, title: 'None of the types in Accept can be had' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'body-too-large': { status: 413, title: 'The request body is too large' },
  'uri-too-long': { status: 414, title: 'The URL is too long' },
  'unsupported-media-type': { status: 415, title: 'The type of the request body is not supported' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  'unsupported-coding': { status: 501, title: 'The transfer coding of the request is not supported' },
  'sources-failed': { status: 502, title: 'What was asked for could not be had from its sources' },
  'sources-unavailable': { status: 503, title: 'The sources asked are not taking calls at the moment' },
  overloaded: { status: 503, title: 'Too many requests are in work' },
  'not-ready': { status: 503, title: 'Not ready to serve' },
  'sources-timed-out': { status: 504, title: 'The sources asked did not answer in time' },
} as const satisfies Record<string, ProblemKind>

export type ProblemName = keyof typeof PROBLEMS

/** One thing wrong with a request: a query key, or a place in the body such as `requests[0].params.q`. */
export interface RequestError {
  readonly path: string
  readonly message: string
}

export interface ProblemDetails {
  readonly errors?: readonly RequestError[]
  readonly failedSources?: readonly unknown[]
  /** Whole seconds, for the Retry-After header. */
  readonly retryAfterSeconds?: number
}

/** An answer that is a problem. Thrown at the edge only, where the error handler writes its document. */
export class Problem extends Error {
  readonly kind: ProblemName
  readonly details: ProblemDetails

  constructor(kind: ProblemName, detail: string, details: ProblemDetails = {}) {
    super(detail)
    this.kind = kind
    this.details = details
  }

  get status(): number {
    return PROBLEMS[this.kind].status
  }
}

/** More than a person reads; one request can be wrong thousands of times. */
export const MAX_ERRORS = 20

/** The problem of a request with something wrong in it: the first errors, in its sentence and one by one. */
export function invalidRequest(errors: readonly RequestError[]): Problem {
  const shown = errors.slice(0, MAX_ERRORS)
  const sentences = shown.map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
  if (errors.length > shown.length) sentences.push(`and ${errors.length - shown.length} more`)
  return new Problem('invalid-request', `${sentences.join('; ')}.`, { errors: shown })
}

/** The URI that names a kind of problem; stable, and documented in README.md. */
export function problemType(kind: ProblemName): string {
  return `urn:tributary:problem:${kind}`
}

/** The document. `instance` is the path asked for, without its query, which may hold what is not for logs. */
export function problemDocument(problem: Problem, requestId: string, url: string): string {
  const { title, status } = PROBLEMS[problem.kind]
  const { errors, failedSources } = problem.details
  const instance = url.split('?', 1)[0]
  const type = problemType(problem.kind)
  return JSON.stringify({ type, title, status, detail: problem.message, instance, requestId, errors, failedSources })
}
