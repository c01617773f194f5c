import plugin from 'fastify-plugin'

/**
 * An answer is what its Content-Type says: sources' text is spliced into ours, and no browser shall take it for a page.
 * Pages for people have a policy of their own besides (see docs.ts).
 */
export default plugin(
  async (app) => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('x-content-type-options', 'nosniff')
    })
  },
  { name: 'security-headers' },
)
