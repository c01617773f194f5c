import type { Call } from '../core/call.ts'
import type { KeysChanged, TokenChanged } from '../core/credentials-changed.ts'
import { roundMs } from '../core/deadline.ts'
import type {
  AnswerEnded,
  AttemptEnded,
  BreakerChanged,
  CallEnded,
  Events,
  RedisChanged,
  RequestRefused,
  SchemaMismatch,
  ShapeFailed,
} from '../core/events.ts'
import type { Failure } from '../core/failure.ts'
import type { DetailsLeftOut, HeaderLeftOut } from '../core/left-out.ts'
import type { Outcome } from '../core/outcome.ts'
import { type Fields, writeLine } from './line.ts'
import type { Logger } from './logger.ts'
import { CLIENT_CLOSED_REQUEST, hasLeft, loggedPath, outcomeWord, shorten, shortened } from './words.ts'

/** Logs one line for each event. Events whose level is switched off have no listener. */
export function logEvents(events: Events, logger: Logger): void {
  events.listen({
    // if the client left, the source has not failed
    call: (event) => writeCall(logger, 'upstream', event),
    finished: (event) => writeCall(logger, 'finished', event),
    refresh: (event) => writeCall(logger, 'refresh', event),
    mismatch: (event) => writeMismatch(logger, event),
    header: (event) => writeHeader(logger, event),
    breaker: (event) => writeBreaker(logger, event),
    redis: (event) => writeRedis(logger, event),
    shape: (event) => writeShape(logger, event),
    answer: (event) => writeAnswer(logger, event),
    refusal: (event) => writeRefusal(logger, event),
    keys: (event) => writeKeys(logger, event),
    token: (event) => writeToken(logger, event),
    bug: ({ source, error }) => logger.error({ source, err: error }, 'a call went wrong inside'),
  })
  if (!logger.isLevelEnabled('debug')) return
  events.listen({
    item: ({ call, outcome }) => logger.debug(lineOf(call, outcome), 'item'),
    attempt: (event) => writeAttempt(logger, event),
    details: (event) => writeDetails(logger, event),
  })
}

function writeCall(logger: Logger, msg: string, { call, outcome }: CallEnded): void {
  writeLine(logger, isTrouble(outcome.failure) ? 'warn' : 'info', lineOf(call, outcome), msg)
}

function lineOf(call: Call, outcome: Outcome): Fields {
  const { record, context } = call
  const { list } = outcome
  return {
    reqId: context.requestId,
    traceId: context.trace.traceId,
    source: call.source,
    id: call.id,
    outcome: outcomeWord(outcome),
    upstreamStatus: outcome.upstreamStatus,
    latencyMs: roundMs(record.endedAt - record.startedAt),
    attempts: record.effort.attempts,
    bytes: record.effort.bytes,
    from: outcome.from,
    ...(list === undefined ? {} : { items: list.kept, failedItems: list.failed }),
  }
}

/** Logs an expression of a view's shape that failed on its data. */
function writeShape(logger: Logger, { requestId: reqId, traceId, view, key, error }: ShapeFailed): void {
  logger.warn({ reqId, traceId, view, key, reason: error.message }, 'shape')
}

/**
 * `reason` is the error code of the system or the library, `detail` says why the body is invalid. At level trace the
 * line also has the beginning of the body.
 */
function writeAttempt(logger: Logger, { call, outcome, number, reason, contentType, body }: AttemptEnded): void {
  const { context, source, id, kind, request, destination } = call
  const line = {
    reqId: context.requestId,
    traceId: context.trace.traceId,
    source,
    id,
    ...(destination === undefined ? {} : { origin: destination.origin }),
    method: request.method,
    url: shortened(request.shown()),
    outcome: outcomeWord(outcome),
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

/** Details of a failure that clients do not see. */
function writeDetails(logger: Logger, { call, reason }: DetailsLeftOut): void {
  const { context, source, id } = call
  logger.debug({ reqId: context.requestId, traceId: context.trace.traceId, source, id, reason }, 'details')
}

/** Data that does not fit its schema and passes nevertheless. What is refused is in the line of its call. */
function writeMismatch(logger: Logger, { call, pointers }: SchemaMismatch): void {
  if (pointers === null) return
  const { context, source, id } = call
  const line = { reqId: context.requestId, traceId: context.trace.traceId, source, id, pointers: pointers.map(shorten) }
  logger.warn(line, 'mismatch')
}

/** A header that a source exposes, and the client does not get. */
function writeHeader(logger: Logger, { requestId: reqId, ...rest }: HeaderLeftOut): void {
  logger.warn({ reqId, ...rest }, 'header')
}

/** When a breaker opens, lets probes through, or closes. */
function writeBreaker(logger: Logger, { source, origin, from, to, openForMs }: BreakerChanged): void {
  const line = { source, ...(origin === null ? {} : { origin }), from, to }
  logger.warn({ ...line, openForMs: openForMs === null ? null : Math.round(openForMs) }, 'breaker')
}

/** When Redis becomes available, and when it is no longer. The URL is secret, so the line says only why. */
function writeRedis(logger: Logger, { available, reason }: RedisChanged): void {
  if (available) logger.info({ available, reason }, 'redis')
  else logger.warn({ available, reason }, 'redis')
}

/** When the key set of tokens cannot be fetched any more, or can be again. */
function writeKeys(logger: Logger, { reason, hasKeys }: KeysChanged): void {
  if (reason === null) logger.info({ state: 'recovered' }, 'keys')
  else logger.warn({ state: 'failed', reason, hasKeys }, 'keys')
}

/** When no access token can be had for a source any more, or one can be had again. */
function writeToken(logger: Logger, { source, reason, hasToken }: TokenChanged): void {
  if (reason === null) logger.info({ source, state: 'recovered' }, 'token')
  else logger.warn({ source, state: 'failed', reason, hasToken }, 'token')
}

function writeAnswer(logger: Logger, answer: AnswerEnded): void {
  const { request, arrival, view, sources, failed, partial, cancelled } = answer
  writeLine(
    logger,
    'info',
    {
      reqId: request.id,
      traceId: arrival.trace.traceId,
      method: request.method,
      path: loggedPath(request.url),
      view,
      sources,
      failed: failed.map(({ id }) => id),
      partial,
      status: cancelled ? CLIENT_CLOSED_REQUEST : answer.status,
      ...(cancelled ? { cancelled: true } : {}),
      durationMs: answer.durationMs,
      deadlineMs: answer.deadlineMs,
      remoteAddress: arrival.ip,
    },
    'aggregate',
  )
}

/** Logs at level info; an internal error at level error, with its stack. */
function writeRefusal(logger: Logger, { request, arrival, status, type, problems, error }: RequestRefused): void {
  const { id, method, url } = request
  // a request that could not be read has neither trace nor address
  const traceId = arrival?.trace.traceId ?? null
  const remoteAddress = arrival?.ip ?? null
  const line = { reqId: id, traceId, method, path: loggedPath(url), status, type, remoteAddress }
  if (type === 'internal-error') {
    logger.error({ ...line, err: error }, 'request failed')
    return
  }
  const errors = problems.map(({ path, message }) => ({ path: shorten(path), message: shorten(message) }))
  // such a request is not invalid
  logger.info(
    hasLeft(error) ? { ...line, status: CLIENT_CLOSED_REQUEST, cancelled: true } : { ...line, errors },
    'request refused',
  )
}

function isTrouble(failure: Failure | null): boolean {
  return failure !== null && failure.code !== 'cancelled'
}
