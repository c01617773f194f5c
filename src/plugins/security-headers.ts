import plugin from 'fastify-plugin'

/**
 * Answers contain text of sources, and no browser may interpret it as HTML: disable content sniffing. The HTML pages
 * have their own policy, too (see docs.ts).
 */
export default plugin(
  async (app) => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('x-content-type-options', 'nosniff')
    })
  },
  { name: 'security-headers' },
)
