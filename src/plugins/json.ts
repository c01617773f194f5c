import { isUtf8 } from 'node:buffer'
import plugin from 'fastify-plugin'
import { Problem } from '../problem.ts'

/** Request bodies: JSON in UTF-8 (RFC 8259, section 8.1). Anything else would reach a source as what nobody wrote. */
export default plugin(
  async (app) => {
    const parse = app.getDefaultJsonParser('error', 'error')
    app.removeContentTypeParser('application/json')
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      const bytes = body as Buffer
      if (!isUtf8(bytes)) return done(new Problem('invalid-request', 'The body is not valid UTF-8.'))
      void parse(request, bytes.toString(), done)
    })
  },
  { name: 'json' },
)
