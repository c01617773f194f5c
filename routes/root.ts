import type { FastifyInstance } from 'fastify'

/** Redirects a browser to the documentation, if that is enabled. */
export default async function root(app: FastifyInstance): Promise<void> {
  if (!app.runtime.config.server.docs) return
  // relative (RFC 9110, section 10.2.2), because a proxy may serve us under an unknown path; with a slash, so that
  // relative links of the page work
  app.get('/', { config: { open: true } }, (_request, reply) => reply.redirect('docs/', 302))
}
