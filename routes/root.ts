import type { FastifyInstance } from 'fastify'

/** Leads a person who opens the service in a browser to its documentation, where that is served. */
export default async function root(app: FastifyInstance): Promise<void> {
  if (!app.runtime.config.server.docs) return
  // relative (RFC 9110, section 10.2.2): a proxy may serve us under a path of its own, which we do not know; and with
  // the slash, from where the page finds its files by relative links too
  app.get('/', (_request, reply) => reply.redirect('docs/', 302))
}
