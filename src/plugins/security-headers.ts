import plugin from 'fastify-plugin'
import { SECURITY_HEADERS } from '../http/security-headers.ts'

/** Sends the security headers with every answer. */
export default plugin(
  async (app) => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.headers(SECURITY_HEADERS)
    })
  },
  { name: 'security-headers' },
)
