import type { Call } from '../core/call.ts'
import { roundMs } from '../core/deadline.ts'
import type {
  AnswerEnded,
  AttemptEnded,
  BreakerChanged,
  CallEnded,
  Events,
  RequestRefused,
  ShapeFailed,
} from '../core/events.ts'
import type { Failure } from '../core/failure.ts'
import type { Outcome } from '../core/outcome.ts'
import { pathOf } from '../http/problem.ts'
import type { Logger } from './logger.ts'

/** The log's lines, one an event. Lines of a level that is switched off are not listened for. */
export function logEvents(events: Events, logger: Logger): void {
  events.listen({
    // a client that left is no failure of the source
    call: (event) => writeCall(logger, 'upstream', event),
    refresh: (event) => writeCall(logger, 'refresh', event),
    breaker: (event) => writeBreaker(logger, event),
    shape: (event) => writeShape(logger, event),
    answer: (event) => writeAnswer(logger, event),
    refusal: (event) => writeRefusal(logger, event),
    bug: ({ source, error }) => logger.error({ source, err: error }, 'a call went wrong inside'),
  })
  if (!logger.isLevelEnabled('debug')) return
  events.listen({
    item: ({ call, outcome }) => logger.debug(lineOf(call, outcome), 'item'),
    attempt: (event) => writeAttempt(logger, event),
  })
}

function writeCall(logger: Logger, msg: string, { call, outcome }: CallEnded): void {
  const line = lineOf(call, outcome)
  if (isTrouble(outcome.failure)) logger.warn(line, msg)
  else logger.info(line, msg)
}

function lineOf(call: Call, outcome: Outcome): object {
  const { record, context } = call
  const { list } = outcome
  return {
    reqId: context.requestId,
    traceId: context.trace.traceId,
    source: call.source,
    id: call.id,
    outcome: wordFor(outcome),
    upstreamStatus: outcome.upstreamStatus,
    latencyMs: roundMs(record.endedAt - record.startedAt),
    attempts: record.effort.attempts,
    bytes: record.effort.bytes,
    from: outcome.from,
    ...(list === undefined ? {} : { items: list.kept, failedItems: list.failed }),
  }
}

/** For each expression of a view's shape that erred on its data. */
function writeShape(logger: Logger, { requestId: reqId, traceId, view, key, error }: ShapeFailed): void {
  logger.warn({ reqId, traceId, view, key, reason: error.message }, 'shape')
}

/**
 * `reason` is the system's or the library's own name for what broke, `detail` what did not fit in the body. At trace the
 * line has the begin of the body, too.
 */
function writeAttempt(logger: Logger, { call, outcome, number, reason, contentType, body }: AttemptEnded): void {
  const { context, source, id, kind, request } = call
  const line = {
    reqId: context.requestId,
    traceId: context.trace.traceId,
    source,
    id,
    method: request.method,
    url: shortened(request.shown()),
    outcome: wordFor(outcome),
    upstreamStatus: outcome.upstreamStatus,
    contentType: shortened(contentType),
    latencyMs: roundMs(outcome.attemptMs),
    reason,
    detail: outcome.failure?.detail ?? null,
    attempt: number,
    kind,
    ...(logger.isLevelEnabled('trace') ? { body: body === null ? null : body.toString() } : {}),
  }
  logger.debug(line, 'attempt')
}

/** When a breaker opens, lets probes through, or closes. */
function writeBreaker(logger: Logger, { source, from, to, openForMs }: BreakerChanged): void {
  logger.warn({ source, from, to, openForMs: openForMs === null ? null : Math.round(openForMs) }, 'breaker')
}

/** nginx's word for an answer that nobody waited for; it is in logs only. */
const CLIENT_CLOSED_REQUEST = 499

function writeAnswer(logger: Logger, answer: AnswerEnded): void {
  const { request, traceId, view, sources, failed, partial, cancelled } = answer
  logger.info(
    {
      reqId: request.id,
      traceId,
      method: request.method,
      path: loggedPath(request.url),
      view,
      sources,
      failed,
      partial,
      status: cancelled ? CLIENT_CLOSED_REQUEST : answer.status,
      ...(cancelled ? { cancelled: true } : {}),
      durationMs: answer.durationMs,
      deadlineMs: answer.deadlineMs,
      remoteAddress: request.ip,
    },
    'aggregate',
  )
}

/** At info, or at error with the error itself where the fault is ours. */
function writeRefusal(logger: Logger, { request, status, type, problems, error }: RequestRefused): void {
  const { id, method, url } = request
  const line = { reqId: id, method, path: loggedPath(url), status, type }
  if (type === 'internal-error') {
    logger.error({ ...line, err: error }, 'request failed')
    return
  }
  const errors = problems.map(({ path, message }) => ({ path: shorten(path), message: shorten(message) }))
  // the client left while it sent: nothing is wrong with the request, as far as it came
  const gone = (error as NodeJS.ErrnoException).code === 'ECONNRESET'
  logger.info(
    gone ? { ...line, status: CLIENT_CLOSED_REQUEST, cancelled: true } : { ...line, errors },
    'request refused',
  )
}

/** Of a path, a name or a message in a log; clients choose how long theirs are. */
const MAX_LOGGED = 256

function loggedPath(url: string): string {
  return shorten(pathOf(url))
}

function shortened(text: string | null): string | null {
  return text === null ? null : shorten(text)
}

function shorten(text: string): string {
  return text.length > MAX_LOGGED ? `${text.slice(0, MAX_LOGGED).toWellFormed()}…` : text
}

function wordFor({ failure, body }: Outcome): string {
  return failure?.code ?? (body === null ? 'empty' : 'ok')
}

function isTrouble(failure: Failure | null): boolean {
  return failure !== null && failure.code !== 'cancelled'
}
