import type { Answer } from './aggregate/answer.ts'
import { roundMs } from './aggregate/envelope.ts'
import type { Plan } from './aggregate/plan.ts'
import type { Logger } from './logger.ts'
import type { CallObserver } from './policies/observe.ts'
import type { ShapeError } from './shape.ts'
import type { Call } from './source/call.ts'
import type { Failure } from './source/failure.ts'
import type { Outcome } from './source/outcome.ts'
import type { BreakerObserver } from './source/state.ts'
import type { AttemptObserver } from './source/transport/transport.ts'

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

/** Writes one line an attempt, at debug; `reason` is the system's or the library's own name for what broke. */
export function logAttempts(logger: Logger): AttemptObserver {
  return (call, outcome, { number, reason }) => {
    if (!logger.isLevelEnabled('debug')) return
    const { context, source, id, kind } = call
    const line = {
      reqId: context.requestId,
      traceId: context.traceId,
      source,
      id,
      outcome: wordFor(outcome),
      upstreamStatus: outcome.upstreamStatus,
      latencyMs: roundMs(outcome.attemptMs),
      reason,
      attempt: number,
      kind,
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

/** Writes one line an answer. `view` is null where none was asked. */
export function logAnswer(logger: Logger, plan: Plan, answer: Answer, remoteAddress: string): void {
  const gone = plan.cancel.reason === 'client'
  logger.info(
    {
      reqId: plan.context.requestId,
      traceId: plan.context.trace.traceId,
      view: plan.view,
      sources: plan.nodes.filter((node) => node.shown).map((node) => node.key),
      failed: answer.failed,
      partial: answer.partial,
      status: gone ? CLIENT_CLOSED_REQUEST : answer.status,
      ...(gone ? { cancelled: true } : {}),
      durationMs: answer.durationMs,
      deadlineMs: plan.deadlineMs,
      remoteAddress,
    },
    'aggregate',
  )
}

function wordFor({ failure, body }: Outcome): string {
  return failure?.code ?? (body === null ? 'empty' : 'ok')
}

function isTrouble(failure: Failure | null): boolean {
  return failure !== null && failure.code !== 'cancelled'
}
