import type { FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import Negotiator from 'negotiator'
import { MAX_HEADER_BYTES, MAX_URL_BYTES } from '../limits.ts'
import { HEADERS_TOO_LARGE, Problem, URL_TOO_LONG } from '../problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types that the route can answer with; where nothing is said, Accept is not looked at. */
    produces?: readonly string[]
  }
}

/**
 * Refuses early what cannot be served: a URL or headers that are too large (the parser's own bound counts both together
 * and says 431 to a long URL), no Host, a coded body, an Accept that allows nothing we have.
 */
export default plugin(
  async (app) => {
    app.addHook('onRequest', async (request) => {
      checkSizes(request)
      checkHost(request)
      if (request.is404 || request.routeOptions.config.allow !== undefined) return
      checkCoding(request)
      checkAccept(request)
    })
  },
  { name: 'negotiate', dependencies: ['errors'] },
)

function checkSizes({ raw }: FastifyRequest): void {
  if ((raw.url?.length ?? 0) > MAX_URL_BYTES) throw new Problem('uri-too-long', URL_TOO_LONG)
  // two for the colon and the space, two for the end of the line
  const bytes = raw.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0)
  if (bytes > MAX_HEADER_BYTES) throw new Problem('headers-too-large', HEADERS_TOO_LARGE)
}

/** Exactly one in HTTP/1.1 (RFC 9112, section 3.2); Node keeps the first of several. */
function checkHost({ raw }: FastifyRequest): void {
  const hosts = raw.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length
  if (hosts > 1 || (hosts === 0 && raw.httpVersion === '1.1')) {
    throw new Problem('invalid-request', 'The request must have exactly one Host header.')
  }
}

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
  // some clients name the charset, which JSON does not have, and mean what they would get anyway
  const offered = produced.flatMap((type) => [type, `${type}; charset=utf-8`])
  if (new Negotiator(raw).mediaTypes(offered).length > 0) return
  throw new Problem(
    'not-acceptable',
    `The answer is available only as ${produced.join(' or ')}; change the Accept header.`,
  )
}
