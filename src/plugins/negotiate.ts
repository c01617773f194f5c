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

export const JSON_TYPE = 'application/json'
export const NDJSON_TYPE = 'application/x-ndjson'
export const EVENTS_TYPE = 'text/event-stream'

const LIST = new Intl.ListFormat('en', { type: 'disjunction' })

/** Refuses early what cannot be served: an encoded body, an Accept that allows no media type of the route. */
export default plugin(
  async (app) => {
    app.addHook('onRequest', (request, _reply, done) => {
      if (!request.is404 && request.routeOptions.config.allow === undefined) {
        checkCoding(request)
        checkAccept(request)
      }
      done()
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

/**
 * The media type of the route that the client prefers (RFC 9110, section 12.5.1). Of several that it likes equally, and
 * without an Accept header, it is the first.
 */
export function preferredType(request: FastifyRequest): string {
  return acceptedTypes(request)[0] ?? ''
}

/** The media types of the route that the client accepts, the best first. */
function acceptedTypes({ headers, raw, routeOptions }: FastifyRequest): readonly string[] {
  const produced = routeOptions.config.produces ?? []
  if (!headers.accept || headers.accept === '*/*') return produced
  // some clients add a charset, which JSON does not have; UTF-8 is what they get
  const offered = produced.flatMap((type) => [type, `${type}; charset=utf-8`])
  return new Negotiator(raw).mediaTypes(offered).map((type) => type.replace(/;.*/, ''))
}

function checkAccept(request: FastifyRequest): void {
  const produced = request.routeOptions.config.produces
  if (produced === undefined || acceptedTypes(request).length > 0) return
  throw new Problem(
    'not-acceptable',
    `The answer is available only as ${LIST.format(produced)}; change the Accept header.`,
  )
}
