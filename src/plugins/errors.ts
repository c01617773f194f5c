import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { describeErrors } from '../json-schema.ts'
import { MAX_BODY_BYTES } from '../limits.ts'
import { invalidRequest, Problem, type ProblemName, problemDocument, type RequestError } from '../problem.ts'

/** Sends a problem document (RFC 9457). */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { retryAfterSeconds } = problem.details
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
  // some refusals come before any hook has run
  reply.header('x-request-id', request.id)
  reply.header('x-content-type-options', 'nosniff')
  reply.code(problem.status).type('application/problem+json; charset=utf-8')
  return reply.send(problemDocument(problem, request.id, request.url))
}

/** Fastify's own errors that are the client's, by code, and what to say of each. */
const OF_FASTIFY: Readonly<Record<string, readonly [ProblemName, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', `A request body may have ${MAX_BODY_BYTES / 1024} KiB.`],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-request', 'The body is empty; send a JSON object.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-request', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid-request', 'The body is not as long as Content-Length says.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'There is no view of such a long name.'],
  FST_ERR_BAD_URL: ['invalid-request', 'The URL is not validly percent-encoded.'],
}

/** The problem that an error is; anything unforeseen is ours. */
export function problemOf(error: FastifyError): Problem {
  if (error instanceof Problem) return error
  const [kind, detail] = OF_FASTIFY[error.code] ?? []
  if (kind !== undefined && detail !== undefined) return new Problem(kind, detail)
  if (error.validation !== undefined) return invalidRequest(bodyErrors(error.validation))
  // what Fastify itself refuses, and we have no words of our own for
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new Problem('invalid-request', `${error.message}.`)
  return new Problem('internal-error', 'Something went wrong here; the log has it under this request id.')
}

type Validation = NonNullable<FastifyError['validation']>

function bodyErrors(validation: Validation): readonly RequestError[] {
  return describeErrors(validation).map(({ path, message }) => ({ path: path === '' ? 'body' : path, message }))
}

/** Answers an error with its problem, and logs it: at error only where it is ours. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error)
  const line = { reqId: request.id, method: request.method, status: problem.status, type: problem.kind }
  const { log } = request.server
  if (error.code === 'ECONNRESET') log.info({ ...line, status: 499, cancelled: true }, 'request refused')
  else if (problem.kind === 'internal-error') log.error({ ...line, err: error }, 'request failed')
  else log.info(line, 'request refused')
  return sendProblem(request, reply, problem)
}

/** Every answer that is not data is a problem document; what cannot be foreseen is logged, and never shown. */
export default plugin(
  async (app) => {
    app.setErrorHandler(answerError)
    app.setNotFoundHandler((request) => {
      throw new Problem('not-found', `There is no route ${request.method} ${request.url.split('?', 1)[0]}.`)
    })
  },
  { name: 'errors' },
)
