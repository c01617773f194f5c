import type { IncomingHttpHeaders } from 'node:http'

/** What a demo service is asked. `path` is as it was sent, without the query. */
export interface Question {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

/** What it answers: `body` is sent as JSON. */
export interface Reply {
  readonly status: number
  readonly body: unknown
}

/** The shapes of one real service, answers and errors: pure, and it never throws. */
export interface Service {
  answer(question: Question): Reply
  /** Its error for trouble of its own, such as 500 or 503. */
  fault(status: number): Reply
}

/** Any key lets in; this one has used up its calls, for a look at each service's 429. */
export const EXHAUSTED_KEY = 'exhausted'

/** Nobody's key, for a look at each service's 401. */
export const INVALID_KEY = 'invalid'
