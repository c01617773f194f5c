import type { FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import Negotiator from 'negotiator'
import { Problem } from '../http/problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types that the route can produce. If absent, Accept is ignored. */
    produces?: readonly string[]
  }
}

/** Refuses early what cannot be served: an encoded body, an Accept that allows no media type of the route. */
export default plugin(
  async (app) => {
    app.addHook('onRequest', async (request) => {
      if (request.is404 || request.routeOptions.config.allow !== undefined) return
      checkCoding(request)
      checkAccept(request)
    })
  },
  { name: 'negotiate', dependencies: ['framing'] },
)

function checkCoding({ headers }: FastifyRequest): void {
  const coding = headers['content-encoding']
  if (coding === undefined || coding === 'identity') return
  throw new Problem(
    'unsupported-media-type',
    'The request body must not have a Content-Encoding; send it uncompressed.',
  )
}

function checkAccept({ headers, raw, routeOptions }: FastifyRequest): void {
  const produced = routeOptions.config.produces
  if (produced === undefined || !headers.accept || headers.accept === '*/*') return
  // some clients add a charset, which JSON does not have; UTF-8 is what they get
  const offered = produced.flatMap((type) => [type, `${type}; charset=utf-8`])
  if (new Negotiator(raw).mediaTypes(offered).length > 0) return
  throw new Problem(
    'not-acceptable',
    `The answer is available only as ${produced.join(' or ')}; change the Accept header.`,
  )
}
