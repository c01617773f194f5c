import { MAX_HEADER_BYTES, MAX_URL_BYTES } from '../core/limits.ts'
import type { ProblemName } from '../http/problem.ts'

export interface Explanation {
  /** When the problem occurs. The table in docs/answers.md is generated from this. Code is in backticks. */
  readonly meaning: string
  /** What the client can do. */
  readonly remedy: string
}

const kib = (bytes: number): string => `${bytes / 1024} KiB`

/** For each kind of problem, what it means to a client and what to do. */
export const EXPLANATIONS: Readonly<Record<ProblemName, Explanation>> = {
  'invalid-request': {
    meaning:
      'The request is wrong: an unknown source, a parameter that is undeclared, missing or invalid, a bad body, bad HTTP. `errors` names each.',
    remedy:
      'Correct what `errors` lists: `path` is a query key or a place in the body, and `message` says what is wrong there. The same request fails again.',
  },
  unauthorized: {
    meaning:
      '`server.auth` is on, and the request has no credential, or one that is not valid. `WWW-Authenticate` says what is accepted.',
    remedy:
      'Send a valid API key in `X-API-Key`, or a valid token as `Authorization: Bearer …`. `detail` says what was wrong.',
  },
  forbidden: {
    meaning: 'The credential lacks a claim that a source needs (`from: claims`).',
    remedy: 'Ask with a token that has the claim, or leave the source out with `sources`.',
  },
  'not-found': {
    meaning: 'There is no such view, or no such route.',
    remedy: 'Check the spelling of the path. `detail` names the views that there are.',
  },
  'method-not-allowed': {
    meaning: 'The path is known, but not with this method. `Allow` lists those that it has.',
    remedy: 'Use one of the methods that the response header `Allow` lists.',
  },
  'not-acceptable': {
    meaning: '`Accept` allows none of the media types of the path.',
    remedy: 'Send `Accept: application/json`, or another type that `detail` names, or leave the header out.',
  },
  'request-timeout': {
    meaning: 'The request came too slowly.',
    remedy: 'Send the request again, over a new connection.',
  },
  'body-too-large': {
    meaning: 'The request body is above `server.maxBody`.',
    remedy: 'Split the batch into several requests.',
  },
  'uri-too-long': {
    meaning: `The URL is above ${kib(MAX_URL_BYTES)}.`,
    remedy: 'Send long parameters in the body of `POST /aggregate`.',
  },
  'unsupported-media-type': {
    meaning: 'The request body is not `application/json`, or is compressed.',
    remedy: 'Send JSON, uncompressed, with `Content-Type: application/json`.',
  },
  'rate-limited': {
    meaning: 'The client has made as many requests as `server.rateLimit` allows in a period.',
    remedy: 'Wait as many seconds as `Retry-After` says, then try again. A batch is one request.',
  },
  'headers-too-large': {
    meaning: `The request headers are above ${kib(MAX_HEADER_BYTES)} together.`,
    remedy: 'Send fewer or shorter headers; cookies are often the largest.',
  },
  'internal-error': {
    meaning: 'The fault is ours; the log has more under the request id.',
    remedy: 'Report the `requestId` to the operator of the service.',
  },
  'unsupported-coding': {
    meaning: 'The request has a transfer coding other than chunked.',
    remedy: 'Send the body with `Content-Length`, or with `Transfer-Encoding: chunked` alone.',
  },
  'sources-refused': {
    meaning:
      'A required source of a view failed, or all did, and each that counts answered with this one status, which its `passStatus` lists.',
    remedy:
      'What the status means depends on the source: `details` in `failedSources` may say more. With 401, send what `WWW-Authenticate` asks for; with 429, wait as many seconds as `Retry-After` says.',
  },
  'sources-failed': {
    meaning: 'A required source failed, or all did.',
    remedy:
      '`failedSources` says which sources failed, and why. Try again later where `retryable` is true. With `sources`, ask only those that you need.',
  },
  'sources-unavailable': {
    meaning: 'The same, and every failure that counts is a limit.',
    remedy: 'Wait as many seconds as `Retry-After` says, then try again.',
  },
  overloaded: {
    meaning: '`server.maxInFlight` answers are in work, or memory or processor time is short.',
    remedy: 'Wait as many seconds as `Retry-After` says, then try again.',
  },
  'keys-unavailable': {
    meaning: 'The key set of `server.auth.jwt.jwks` was never fetched, so that no token can be verified.',
    remedy: 'Wait as many seconds as `Retry-After` says, then try again. The operator finds the reason in the log.',
  },
  'not-ready': {
    meaning: '`/health/ready` only: draining, or overloaded.',
    remedy: 'Send requests to another instance until this one is ready.',
  },
  'sources-timed-out': {
    meaning: 'As 502, and every failure that counts is a timeout or the deadline.',
    remedy: 'Try again; if you shortened the deadline with `deadlineMs` or `Prefer: wait`, allow more time.',
  },
}
