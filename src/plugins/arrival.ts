import type { FastifyRequest, preParsingHookHandler, preValidationHookHandler } from 'fastify'
import plugin from 'fastify-plugin'
import type { Arrival } from '../core/events.ts'
import { readTrace, type TraceHeaders } from '../core/trace.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until `arrivalOf` is called. */
    arrival: Arrival | null
    /** When its body began to be read, on the scale of `Clock.now()`. */
    bodyFrom: number
  }
}

/**
 * Notes when the request arrived, before anything that may take time. The deadline of the answer begins then. The time
 * in which a body arrives does not count: a route with a body uses `bodyHooks`.
 */
export default plugin(
  async (app) => {
    app.decorateRequest('bodyFrom', 0)
    app.addHook('onRequest', (request, _reply, done) => {
      arrivalOf(request)
      done()
    })
  },
  { name: 'arrival' },
)

/** Hooks for a route with a body. */
export const bodyHooks = {
  preParsing: ((request, _reply, _payload, done) => {
    request.bodyFrom = request.server.runtime.clock.now()
    done()
  }) satisfies preParsingHookHandler,
  preValidation: ((request, _reply, done) => {
    const arrival = arrivalOf(request)
    request.arrival = { ...arrival, at: arrival.at + request.server.runtime.clock.now() - request.bodyFrom }
    done()
  }) satisfies preValidationHookHandler,
}

/** How the request arrived. The first call notes the time and reads the trace, so a request has one span. */
export function arrivalOf(request: FastifyRequest): Arrival {
  request.arrival ??= arrived(request)
  return request.arrival
}

function arrived({ headers, is404, routeOptions, ip, protocol, server }: FastifyRequest): Arrival {
  const { clock, sampler } = server.runtime
  const trace = readTrace(headers as TraceHeaders, sampler)
  const route = is404 ? null : (routeOptions.config.shownPath ?? routeOptions.url ?? null)
  return { trace, route, scheme: protocol, ip, at: clock.now() }
}
