import plugin from 'fastify-plugin'
import { SECURITY_HEADERS } from '../http/security-headers.ts'

/** Sends the security headers with every answer. */
export default plugin(
  async (app) => {
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(SECURITY_HEADERS)
      done()
    })
  },
  { name: 'security-headers' },
)
