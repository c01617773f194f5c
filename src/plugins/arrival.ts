import type { FastifyRequest } from 'fastify'
import type { Arrival } from '../core/events.ts'
import { readTrace, type TraceHeaders } from '../core/trace.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until `arrivalOf` is called. */
    arrival: Arrival | null
  }
}

/** How the request arrived. The first call notes the time and reads the trace, so a request has one span. */
export function arrivalOf(request: FastifyRequest): Arrival {
  request.arrival ??= arrived(request)
  return request.arrival
}

function arrived({ headers, is404, routeOptions, ip, protocol, server }: FastifyRequest): Arrival {
  const { clock, sampler } = server.runtime
  const trace = readTrace(headers as TraceHeaders, sampler)
  return { trace, route: is404 ? null : (routeOptions.url ?? null), scheme: protocol, ip, at: clock.now() }
}
