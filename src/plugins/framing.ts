import type { FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { MAX_HEADER_BYTES, MAX_URL_BYTES } from '../core/limits.ts'
import { HEADERS_TOO_LARGE, Problem, URL_TOO_LONG } from '../http/problem.ts'

/**
 * Refuses what is not HTTP as we read it, before anything else is read: a URL or headers that are too large (the
 * parser's limit counts both together, and answers a long URL with 431), a missing Host, another transfer coding.
 */
export default plugin(
  async (app) => {
    // async, and the only such hook of most requests: it lets the parser read what came with the head, and refuse it,
    // before there is an answer
    app.addHook('onRequest', async (request, reply) => {
      try {
        checkFraming(request)
        checkHost(request)
        checkTarget(request)
      } catch (error) {
        // after such a request, the start of the next one on this connection is uncertain
        reply.header('connection', 'close')
        throw error
      }
      checkSizes(request)
    })
  },
  { name: 'framing', dependencies: ['errors'] },
)

function checkSizes({ raw }: FastifyRequest): void {
  if ((raw.url?.length ?? 0) > MAX_URL_BYTES) throw new Problem('uri-too-long', URL_TOO_LONG)
  let bytes = 0
  // two for the colon and the space, two for the end of the line
  for (const text of raw.rawHeaders) bytes += text.length + 2
  if (bytes > MAX_HEADER_BYTES) throw new Problem('headers-too-large', HEADERS_TOO_LARGE)
}

/** A path, or a URL of HTTP (RFC 9112, section 3.2); a fragment is not sent (RFC 9110, section 4.2.5). */
function checkTarget({ raw: { url = '', method } }: FastifyRequest): void {
  if (url === '*' && method === 'OPTIONS') return
  if (!/^(\/|https?:\/\/)/i.test(url) || url.includes('#'))
    throw new Problem('invalid-request', 'The request target must be a path with an optional query, without "#".')
}

/** A host name or address, and a port (RFC 9110, section 7.2; RFC 3986, section 3.2.2). Empty is allowed. */
const HOST = /^(\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(:\d*)?$/i

/** Requires one valid Host in HTTP/1.1 (RFC 9112, section 3.2). Node keeps the first of several and validates none. */
function checkHost({ raw }: FastifyRequest): void {
  const hosts = hostsIn(raw.rawHeaders)
  if (hosts.length > 1 || (hosts.length === 0 && raw.httpVersion === '1.1'))
    throw new Problem('invalid-request', 'The request must have exactly one Host header.')
  if (hosts.some((host) => !HOST.test(host)))
    throw new Problem('invalid-request', 'The Host header is not a valid host name or address.')
}

/**
 * Node accepts any version, and any list of transfer codings that ends with chunked. A body whose other codings are not
 * decoded would be misread (RFC 9112, sections 6.1 and 6.3).
 */
function checkFraming({ raw, headers }: FastifyRequest): void {
  const { httpVersion } = raw
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    throw new Problem('invalid-request', `The version HTTP/${httpVersion} is not supported; send HTTP/1.1.`)
  const codings = headers['transfer-encoding']
  if (codings === undefined) return
  if (httpVersion === '1.0')
    throw new Problem('invalid-request', 'HTTP/1.0 has no Transfer-Encoding; send Content-Length.')
  if (codings.trim().toLowerCase() !== 'chunked')
    throw new Problem('unsupported-coding', 'The only transfer coding that a request may have is chunked.')
}

/** The values of Host. `rawHeaders` has names and values by turns. */
function hostsIn(rawHeaders: readonly string[]): readonly string[] {
  const hosts: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[index + 1] ?? '')
  }
  return hosts
}
