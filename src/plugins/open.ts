import type { FastifyRequest } from 'fastify'

/** Whether the request is for a route that needs no credential and has no rate limit (`config.open`). */
export function isOpen({ is404, routeOptions }: FastifyRequest): boolean {
  return !is404 && routeOptions.config.open === true
}
