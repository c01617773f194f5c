import type { IncomingHttpHeaders } from 'node:http'

/** A request to a demo service. `path` is as it was sent, without the query. */
export interface Question {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

/** A response of a demo service: `body` is sent as JSON. */
export interface Reply {
  readonly status: number
  readonly body: unknown
}

/** Imitates the answers and errors of one real service. Its functions are pure and never throw. */
export interface Service {
  answer(question: Question): Reply
  /** The service's error response for an internal failure, such as 500 or 503. */
  fault(status: number): Reply
}

/** Services accept any key but these two. This one has used up its calls, to show each service's 429. */
export const EXHAUSTED_KEY = 'exhausted'

/** An unknown key, to show each service's 401. */
export const INVALID_KEY = 'invalid'
