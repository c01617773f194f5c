import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AggregateOptions } from '../aggregate/aggregate.ts'
import type { Plan } from '../aggregate/plan.ts'
import type { Events, FailedKey } from '../core/events.ts'
import { arrivalOf } from '../plugins/arrival.ts'

/** What every reply to a request for data needs. */
export interface Replying {
  readonly plan: Plan
  readonly options: AggregateOptions
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** How an answer ended, for its event. */
export interface Ended {
  readonly status: number
  readonly partial: boolean
  readonly failed: readonly FailedKey[]
  readonly durationMs: number
}

/** Cancels the calls of the plan when the client disconnects. */
export function cancelOnLeave({ plan, reply }: Replying): void {
  // do not use `request.signal` or the close event of the request: for a POST both fire when the body has been read
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) plan.cancel.cancel('client')
  })
}

/** Emits the event of an answer. */
export function tellAnswer(events: Events, { plan, request }: Replying, ended: Ended): void {
  const { id, method, url } = request
  events.emit('answer', {
    request: { id, method, url },
    arrival: arrivalOf(request),
    view: plan.view,
    sources: plan.nodes.filter((node) => node.shown).map((node) => node.key),
    ...ended,
    simulated: plan.simulated.length > 0,
    cancelled: plan.cancel.reason === 'client',
    deadlineMs: plan.deadlineMs,
  })
}
