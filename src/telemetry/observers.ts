import type { Answer } from '../aggregate/answer.ts'
import { roundMs } from '../aggregate/envelope.ts'
import type { Plan } from '../aggregate/plan.ts'
import type { Call } from '../core/call.ts'
import type { Failure } from '../core/failure.ts'
import type { Outcome } from '../core/outcome.ts'
import { type Problem, pathOf } from '../http/problem.ts'
import type { ShapeError } from '../json/shape.ts'
import type { CallObserver } from '../policies/observe.ts'
import type { BreakerObserver } from '../source/state.ts'
import type { AttemptObserver } from '../transport/transport.ts'
import type { Logger } from './logger.ts'

/** Writes one line a call to a source: info, or warn when it failed. A client that left is no failure of the source. */
export function logCalls(logger: Logger): CallObserver {
  return (call, outcome) => writeCall(logger, 'upstream', call, outcome)
}

/** The same for calls that nobody waited for, because they only bring a cache up to date. */
export function logRefreshes(logger: Logger): CallObserver {
  return (call, outcome) => writeCall(logger, 'refresh', call, outcome)
}

function writeCall(logger: Logger, msg: string, call: Call, outcome: Outcome): void {
  const line = lineOf(call, outcome)
  if (isTrouble(outcome.failure)) logger.warn(line, msg)
  else logger.info(line, msg)
}

function lineOf(call: Call, outcome: Outcome): object {
  const { record, context } = call
  const { list } = outcome
  return {
    reqId: context.requestId,
    traceId: context.traceId,
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

/** Writes one line an item of a list of calls, at debug. */
export function logItems(logger: Logger): CallObserver {
  return (call, outcome) => {
    if (logger.isLevelEnabled('debug')) logger.debug(lineOf(call, outcome), 'item')
  }
}

/** Writes one line for each expression of a view's shape that erred on its data, at warn. */
export function logShapeErrors(logger: Logger): (plan: Plan, error: ShapeError) => void {
  return ({ context, view }, { key, error }) => {
    const { requestId: reqId, trace } = context
    logger.warn({ reqId, traceId: trace.traceId, view, key, reason: error.message }, 'shape')
  }
}

/**
 * Writes one line an attempt, at debug; null where the level is above. `reason` is the system's or the library's own name
 * for what broke, `detail` what did not fit in the body. At trace it has the begin of the body, too.
 */
export function logAttempts(logger: Logger): AttemptObserver | null {
  if (!logger.isLevelEnabled('debug')) return null
  const traced = logger.isLevelEnabled('trace')
  return (call, outcome, { number, reason, contentType, body }) => {
    const { context, source, id, kind, request } = call
    const line = {
      reqId: context.requestId,
      traceId: context.traceId,
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
      ...(traced ? { body: body === null ? null : body.toString() } : {}),
    }
    logger.debug(line, 'attempt')
  }
}

/** Writes one line when a breaker opens, lets probes through, or closes, at warn. */
export function logBreakers(logger: Logger): BreakerObserver {
  return (source, { from, to, openForMs }) => {
    logger.warn({ source, from, to, openForMs: openForMs === null ? null : Math.round(openForMs) }, 'breaker')
  }
}

/** nginx's word for an answer that nobody waited for; it is in logs only. */
const CLIENT_CLOSED_REQUEST = 499

/** What is told of a client's request: nothing of its query, headers or body. */
interface LoggedRequest {
  readonly id: string
  readonly method: string
  /** The request target. */
  readonly url: string
  readonly ip: string
}

/** Writes one line an answer. `view` is null where none was asked. */
export function logAnswer(logger: Logger, plan: Plan, answer: Answer, { method, url, ip }: LoggedRequest): void {
  const gone = plan.cancel.reason === 'client'
  logger.info(
    {
      reqId: plan.context.requestId,
      traceId: plan.context.trace.traceId,
      method,
      path: loggedPath(url),
      view: plan.view,
      sources: plan.nodes.filter((node) => node.shown).map((node) => node.key),
      failed: answer.failed,
      partial: answer.partial,
      status: gone ? CLIENT_CLOSED_REQUEST : answer.status,
      ...(gone ? { cancelled: true } : {}),
      durationMs: answer.durationMs,
      deadlineMs: plan.deadlineMs,
      remoteAddress: ip,
    },
    'aggregate',
  )
}

interface Refused {
  readonly request: Omit<LoggedRequest, 'ip'>
  readonly problem: Problem
  readonly error: Error
}

/** Writes one line a request that was refused: at info, or at error with the error itself where the fault is ours. */
export function logRefused(logger: Logger, { request, problem, error }: Refused): void {
  const { id, method, url } = request
  const line = { reqId: id, method, path: loggedPath(url), status: problem.status, type: problem.kind }
  if (problem.kind === 'internal-error') {
    logger.error({ ...line, err: error }, 'request failed')
    return
  }
  const errors = (problem.details.errors ?? [{ path: '', message: problem.message }]).map(({ path, message }) => ({
    path: shorten(path),
    message: shorten(message),
  }))
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
