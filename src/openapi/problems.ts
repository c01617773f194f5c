import { PROBLEMS, Problem, type ProblemDetails, type ProblemName, problemDocument } from '../problem.ts'
import { ref, type Schema } from './schemas.ts'

/** The responses that are no data: a problem document for each status, with an example of each kind. */

const REQUEST_ID = '6f1c1c9e-3b57-4b1a-9f53-0a1c2d3e4f50'

interface Example {
  readonly detail: string
  readonly details?: ProblemDetails
}

const failedNews = (code: string, message: string, upstreamStatus: number | null): object => ({
  id: 'news',
  source: 'news',
  code,
  message,
  required: true,
  upstreamStatus,
  retryable: true,
  retryAfterMs: null,
  attempts: 1,
  durationMs: 501.3,
  servedFrom: null,
})

/** One real instance of each kind; the texts are those that the service writes. */
const EXAMPLES: Readonly<Record<ProblemName, Example>> = {
  'invalid-request': {
    detail: 'deadlineMs must be a whole number of milliseconds, from 1.',
    details: { errors: [{ path: 'deadlineMs', message: 'must be a whole number of milliseconds, from 1' }] },
  },
  'not-found': { detail: 'There is no view "nope"; there is home.' },
  'not-acceptable': { detail: 'This is to be had as application/json.' },
  'request-timeout': { detail: 'The request did not arrive in time.' },
  'body-too-large': { detail: 'A request body may have 64 KiB.' },
  'uri-too-long': { detail: 'A URL may have 8 KiB; POST /aggregate takes more.' },
  'unsupported-media-type': { detail: 'Send the body as application/json.' },
  'headers-too-large': { detail: 'Headers may have 16 KiB together.' },
  'internal-error': { detail: 'Something went wrong here; the log has it under this request id.' },
  'sources-failed': {
    detail: 'A required source failed: news answered with status 500',
    details: { failedSources: [failedNews('upstream_status', 'news answered with status 500', 500)] },
  },
  'sources-unavailable': {
    detail: 'A required source failed: news answered with status 429',
    details: { failedSources: [failedNews('upstream_status', 'news answered with status 429', 429)] },
  },
  overloaded: { detail: '1000 answers are in work, which is the limit; try again soon.' },
  'not-ready': { detail: 'The process is draining.' },
  'sources-timed-out': {
    detail: 'A required source failed: news did not answer within 500 ms',
    details: { failedSources: [failedNews('http_response_timeout', 'news did not answer within 500 ms', null)] },
  },
}

/** What any request can be told, before it is looked at closely. */
export const ALWAYS: readonly ProblemName[] = [
  'invalid-request',
  'request-timeout',
  'uri-too-long',
  'headers-too-large',
  'internal-error',
]

/** What an answer by sources can come to. */
export const BY_SOURCES: readonly ProblemName[] = [
  'sources-failed',
  'sources-unavailable',
  'overloaded',
  'sources-timed-out',
]

/** One response a status, for what operations can be told together; components of the document. */
const GROUPS: readonly (readonly ProblemName[])[] = [
  ...(Object.keys(PROBLEMS) as ProblemName[]).filter((name) => PROBLEMS[name].status !== 503).map((name) => [name]),
  ['sources-unavailable', 'overloaded'],
  ['not-ready'],
]

export const RESPONSES: Readonly<Record<string, Schema>> = Object.fromEntries(
  GROUPS.map((names) => [nameOf(names), response(names)]),
)

/** The responses of an operation that can have these problems, by status. */
export function problemResponses(names: readonly ProblemName[]): Record<string, Schema> {
  const statuses = [...new Set(names.map((name) => PROBLEMS[name].status))].sort((a, b) => a - b)
  return Object.fromEntries(
    statuses.map((status) => {
      const group = names.filter((name) => PROBLEMS[name].status === status)
      return [status, { $ref: `#/components/responses/${nameOf(group)}` }]
    }),
  )
}

/** `sources-unavailable` and `overloaded` are SourcesUnavailableOrOverloaded. */
function nameOf(names: readonly ProblemName[]): string {
  const pascal = (name: string) => name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
  return names.map(pascal).join('Or')
}

function response(names: readonly ProblemName[]): Schema {
  const retried = names.some((name) => PROBLEMS[name].status === 503)
  const headers = {
    'X-Request-Id': headerRef('RequestId'),
    ...(retried ? { 'Retry-After': headerRef('RetryAfter') } : {}),
  }
  const examples = Object.fromEntries(
    names.map((name) => [name, { summary: PROBLEMS[name].title, value: example(name) }]),
  )
  return {
    description: names.map((name) => PROBLEMS[name].title).join('; or: '),
    headers,
    content: { 'application/problem+json': { schema: ref('Problem'), examples } },
  }
}

function example(name: ProblemName): unknown {
  const { detail, details } = EXAMPLES[name]
  return JSON.parse(
    problemDocument(
      new Problem(name, detail, details),
      REQUEST_ID,
      name === 'not-ready' ? '/health/ready' : '/aggregate',
    ),
  )
}

export function headerRef(name: string): Schema {
  return { $ref: `#/components/headers/${name}` }
}
