import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { Problem } from '../http/problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came, for a route with `keepsBody`; else null. */
    bodyBytes: Buffer | null
  }

  interface FastifyContextConfig {
    /** Whether the route may be sent no body at all, and then has the empty body `undefined`. */
    bodyOptional?: boolean
    /** Whether the route passes the bytes of the body on: then it may be any JSON. */
    keepsBody?: boolean
  }
}

/** Parses request bodies: JSON in UTF-8 (RFC 8259, section 8.1). Other encodings are refused: they would be misread. */
export default plugin(
  async (app) => {
    const parse = app.getDefaultJsonParser('error', 'error')
    app.decorateRequest('bodyBytes', null)
    app.addHook('preParsing', ({ headers }, _reply, payload, done) => {
      // without these headers the request has ended already (optimizeEmptyRequests), and Fastify would wait for its end
      const isEmpty = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
      done(null, isEmpty && headers['content-type'] !== undefined ? Readable.from([]) : payload)
    })
    app.removeContentTypeParser('application/json')
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      if (!isInUtf8(request.headers['content-type']))
        return done(new Problem('unsupported-media-type', 'The request body must be in UTF-8.'))
      const bytes = body as Buffer
      const { bodyOptional, keepsBody } = request.routeOptions.config
      if (bytes.length === 0 && bodyOptional === true) return done(null, undefined)
      if (!isUtf8(bytes)) return done(new Problem('invalid-request', 'The request body is not valid UTF-8.'))
      const text = bytes.toString()
      if (keepsBody === true) return keep(request, bytes, text, done)
      void parse(request, text, (error, value) => {
        done(error !== null && isJson(text) ? new Problem('invalid-request', PROTOTYPE) : error, value)
      })
    })
  },
  { name: 'json' },
)

/** Checks the syntax only: nothing here reads the members. */
function keep(request: FastifyRequest, bytes: Buffer, text: string, done: (error: Error | null) => void): void {
  if (!isJson(text)) return done(new Problem('invalid-request', 'The request body is not valid JSON.'))
  request.bodyBytes = bytes
  done(null)
}

/** JSON has no charset parameter (RFC 8259, section 11), but some clients send one. */
function isInUtf8(contentType = ''): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType)?.[1]
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)
}

/** What Fastify's parser refuses although it is JSON: members that would become the prototype of an object. */
const PROTOTYPE = 'The request body must not have a member "__proto__", nor a "prototype" in a member "constructor".'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
