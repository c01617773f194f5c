import type { onRequestHookHandler } from 'fastify'
import { isCrossSite } from '../http/cross-site.ts'
import { Problem } from '../http/problem.ts'

/** A hook for routes that may change something: refuses requests that a page of another site has caused. */
export const refuseCrossSite: onRequestHookHandler = (request, _reply, done) => {
  const { cors } = request.server.runtime.config.server
  const site = { host: request.host, origins: cors?.origins ?? [] }
  if (!isCrossSite(request.headers, site)) return done()
  const detail =
    'A page of another site may not ask this, because it may change something; add its origin to server.cors.origins, if it may.'
  done(new Problem('forbidden', detail))
}
