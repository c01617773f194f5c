import {
  HEADERS_TOO_LARGE,
  PROBLEMS,
  Problem,
  type ProblemDetails,
  type ProblemName,
  problemDocument,
  URL_TOO_LONG,
} from '../http/problem.ts'
import { headerRef } from './headers.ts'
import { ref, type Schema } from './schemas.ts'

/** The error responses: a problem document for each status, with an example of each kind. */

export const REQUEST_ID = '6f1c1c9e-3b57-4b1a-9f53-0a1c2d3e4f50'

interface Example {
  readonly detail: string
  readonly details?: ProblemDetails
}

const DEADLINE = '"deadlineMs" must be a whole number of milliseconds, at least 1.'

/** One example of each kind that is not about sources, with the texts that the service writes. */
const EXAMPLES: Readonly<Record<OwnProblem, Example>> = {
  'invalid-request': {
    detail: DEADLINE,
    details: { errors: [{ path: 'deadlineMs', message: DEADLINE }] },
  },
  unauthorized: {
    detail:
      'This needs a credential; send an API key in the header X-API-Key, or a token in the header Authorization, after Bearer and a space.',
  },
  forbidden: { detail: 'The credential has no claim that gives "tenant" (for orders); send a token that has it.' },
  'not-found': { detail: 'There is no view "nope"; known views: home.' },
  'method-not-allowed': { detail: 'The method DELETE is not allowed here; allowed methods: GET, HEAD, OPTIONS, POST.' },
  'not-acceptable': {
    detail:
      'The answer is available only as application/json, application/x-ndjson, or text/event-stream; change the Accept header.',
  },
  'request-timeout': { detail: 'The request did not arrive in time.' },
  'body-too-large': { detail: 'The request body may have at most 64 KiB.' },
  'uri-too-long': { detail: URL_TOO_LONG },
  'unsupported-media-type': {
    detail: 'The request body must be JSON, sent with the header Content-Type: application/json.',
  },
  'rate-limited': { detail: 'A client may make 100 requests in 1 min; try again in 12 s.' },
  'headers-too-large': { detail: HEADERS_TOO_LARGE },
  'unsupported-coding': { detail: 'The only transfer coding that a request may have is chunked.' },
  'internal-error': { detail: 'An internal error occurred; the log has more under this request id.' },
  overloaded: { detail: 'The service is working on 1000 requests, which is its limit. Try again soon.' },
  'keys-unavailable': { detail: 'Tokens cannot be verified at the moment; try again soon.' },
  'not-ready': { detail: 'The process is draining.' },
}

/** The page that explains every kind of problem. */
export const PROBLEMS_PATH = '/docs/problems'

/** Problems of any request, before its route handles it. */
export const ALWAYS = [
  'request-timeout',
  'uri-too-long',
  'headers-too-large',
  'internal-error',
  'unsupported-coding',
] as const satisfies readonly ProblemName[]

/** Problems about sources: each operation shows them with its own sources (see failures.ts). */
export type BySources = 'sources-refused' | 'sources-failed' | 'sources-unavailable' | 'sources-timed-out'

/** All other problems. */
export type OwnProblem = Exclude<ProblemName, BySources>

/** Responses that are the same in every operation; components of the document. */
export const RESPONSES: Readonly<Record<string, Schema>> = {
  InvalidRequest: problemResponse({ 'invalid-request': ownExample('invalid-request') }),
  RateLimited: problemResponse({ 'rate-limited': ownExample('rate-limited') }),
  NotReady: problemResponse({ 'not-ready': ownExample('not-ready') }),
}

/**
 * The `default` response of an operation: problems that only the page of problems explains. Its schema lists their
 * statuses.
 */
export function otherProblems(names: readonly OwnProblem[]): Schema {
  const kinds = names.toSorted((a, b) => PROBLEMS[a].status - PROBLEMS[b].status)
  const links = kinds.map((name) => `[${PROBLEMS[name].status}](${PROBLEMS_PATH}#${name})`)
  const description = `Other problems: ${LIST.format(links)}. [All problems](${PROBLEMS_PATH}) explains each, with an example.`
  const statuses = [...new Set(kinds.map((name) => PROBLEMS[name].status))]
  const schema = { allOf: [ref('Problem'), { properties: { status: { enum: statuses } } }] }
  const headers = { 'X-Request-Id': headerRef('RequestId') }
  return { description, headers, content: { 'application/problem+json': { schema } } }
}

/** An operation that the client rate limit holds for. */
export function rateLimited(operation: Schema): Schema {
  const { responses } = operation as { readonly responses: Readonly<Record<string, Schema>> }
  const passed = responses[429]
  const limited =
    passed === undefined ? { $ref: '#/components/responses/RateLimited' } : alsoProblem(passed, 'rate-limited')
  return { ...operation, responses: { ...responses, 429: limited } }
}

const LIST = new Intl.ListFormat('en')

/** A response that is one of these problems, each with its example. */
export function problemResponse(
  examplesByName: Partial<Readonly<Record<ProblemName, unknown>>>,
  more: Schema = {},
): Schema {
  const names = Object.keys(examplesByName) as ProblemName[]
  const retried = names.some((name) => [429, 503].includes(PROBLEMS[name].status))
  const headers = {
    'X-Request-Id': headerRef('RequestId'),
    ...(retried ? { 'Retry-After': headerRef('RetryAfter') } : {}),
    ...more,
  }
  const examples = Object.fromEntries(
    names.map((name) => [name, { summary: PROBLEMS[name].title, value: examplesByName[name] }]),
  )
  return {
    description: `${names.map(linkTo).join(', or ')}.${retried ? ' Retry-After says when to try again.' : ''}`,
    headers,
    content: { 'application/problem+json': { schema: ref('Problem'), examples } },
  }
}

/** A response that may also be another problem of ours with the same status. */
export function alsoProblem(response: Schema, name: OwnProblem): Schema {
  const { description, content } = response as { readonly description: string; readonly content: Contents }
  const { schema, examples } = content['application/problem+json']
  const more = { ...examples, [name]: { summary: PROBLEMS[name].title, value: ownExample(name) } }
  return {
    ...response,
    description: `${description} Or it is this: ${linkTo(name)}.`,
    content: { 'application/problem+json': { schema, examples: more } },
  }
}

interface Contents {
  readonly 'application/problem+json': { readonly schema: Schema; readonly examples: Schema }
}

/** The title of a problem, as a link to its explanation. */
function linkTo(name: ProblemName): string {
  return `[${PROBLEMS[name].title}](${PROBLEMS_PATH}#${name})`
}

/** An example of a problem that is not about sources. */
export function ownExample(name: OwnProblem, path?: string): unknown {
  const { detail, details } = EXAMPLES[name]
  return problemExample(name, detail, details, path ?? (name === 'not-ready' ? '/health/ready' : '/aggregate'))
}

/** The document of a problem, as the service writes it. */
export function problemExample(name: ProblemName, detail: string, details: ProblemDetails = {}, path: string): unknown {
  return JSON.parse(String(problemDocument(new Problem(name, detail, details), REQUEST_ID, path)))
}
