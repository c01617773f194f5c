import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { thereIsNo } from '../core/known-names.ts'
import { formatBytes } from '../core/limits.ts'
import {
  invalidRequest,
  Problem,
  type ProblemName,
  pathOf,
  problemDocument,
  refusalOf,
  sentence,
} from '../http/problem.ts'
import { SECURITY_HEADERS } from '../http/security-headers.ts'
import { describeErrors } from '../json/json-schema.ts'
import { arrivalOf } from './arrival.ts'
import { addCorsHeaders } from './cors.ts'

/** Sends a problem document (RFC 9457). */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { retryAfterSeconds, challenges } = problem.details
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  if (challenges !== undefined) reply.header('www-authenticate', challenges.join(', '))
  // a request can be refused before the hooks that set these headers
  reply.header('x-request-id', request.id).headers(SECURITY_HEADERS)
  addCorsHeaders(request, reply)
  // caches may keep some statuses without being told so (RFC 9110, section 15.1)
  const isPrivate = String(reply.getHeader('cache-control')).includes('private')
  reply.header('cache-control', isPrivate ? 'no-store, private' : 'no-store')
  reply.code(problem.status).type('application/problem+json; charset=utf-8')
  return reply.send(problemDocument(problem, request.id, request.url))
}

/** Errors of Fastify and its plugins that a client can cause, by code: the problem and its detail. */
const BY_CODE: Readonly<Record<string, readonly [ProblemName, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-media-type',
    'The request body must be JSON, sent with the header Content-Type: application/json.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-request', 'The request body is empty; send a JSON object.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-request', 'The request body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'invalid-request',
    'The request body does not have the length that Content-Length says.',
  ],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'The path has a segment that is longer than any name here.'],
  FST_ERR_BAD_URL: ['invalid-request', 'The path is not valid percent-encoded UTF-8.'],
}

/** The same by status, for errors without a code, such as those of the static files of /docs. */
const BY_STATUS: Readonly<Record<number, readonly [ProblemName, string]>> = {
  403: ['not-found', 'There is no such file.'],
  404: ['not-found', 'There is no such file.'],
  412: ['invalid-request', 'The file does not meet the conditions of the request headers (If-Match and its like).'],
  416: ['invalid-request', 'The Range header asks for bytes that the file does not have.'],
}

/** Maps an error to a problem; an unknown error is an internal one. `maxBodyBytes` is the limit of request bodies. */
export function problemOf(error: FastifyError, maxBodyBytes: number): Problem {
  if (error instanceof Problem) return error
  const { code, statusCode = 500, validation } = error
  if (validation !== undefined) return invalidRequest(bodyErrors(validation))
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Problem('body-too-large', `The request body may have at most ${formatBytes(maxBodyBytes)}.`)
  const known = BY_CODE[code] ?? BY_STATUS[statusCode]
  if (known !== undefined) return new Problem(...known)
  if (statusCode < 500) return new Problem('invalid-request', 'The request could not be read; send it again.')
  return new Problem('internal-error', 'An internal error occurred; the log has more under this request id.')
}

type Validation = NonNullable<FastifyError['validation']>

function bodyErrors(validation: Validation) {
  return describeErrors(validation).map(({ path, message }) => ({
    path: path === '' ? 'body' : path,
    message: path === '' ? `The request body ${message}.` : sentence(`"${path}" ${message}`),
  }))
}

/** Sends the problem document of an error, and emits the event. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { config, events } = request.server.runtime
  const problem = problemOf(error, config.server.maxBodyBytes)
  events.emit('refusal', refusalOf(request, problem, error, arrivalOf(request)))
  return sendProblem(request, reply, problem)
}

/** The problem of an unknown path. */
export function notFound(request: FastifyRequest): Problem {
  const asked = pathOf(request.url)
  const view = /^\/aggregate\/([^/]+)\/?$/.exec(asked)?.[1]
  if (view === undefined) return new Problem('not-found', `There is no route ${asked}.`)
  const { views } = request.server.runtime.config
  const path = views.get(view)?.path?.text
  if (path !== undefined) return new Problem('not-found', `The view "${view}" is served at ${path} only.`)
  const here = [...views.values()].filter((one) => one.path === null)
  return new Problem(
    'not-found',
    thereIsNo(
      'view',
      view,
      here.map(({ id }) => id),
    ),
  )
}

/** Makes every error response a problem document. Unexpected errors are logged, and not shown to clients. */
export default plugin(
  async (app) => {
    app.setErrorHandler(answerError)
    // only for missing static files; unknown paths are refused earlier (see methods.ts)
    app.setNotFoundHandler((request) => {
      throw notFound(request)
    })
  },
  { name: 'errors' },
)
