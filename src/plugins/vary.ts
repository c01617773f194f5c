import type { FastifyReply } from 'fastify'

/** Adds names of request headers to Vary, beside those that are there (RFC 9110, section 12.5.5). */
export function addVary(reply: FastifyReply, names: string): void {
  const before = reply.getHeader('vary')
  if (before === undefined) return void reply.header('vary', names)
  const known = new Set(String(before).toLowerCase().split(/, */))
  const added = names.split(', ').filter((name) => !known.has(name.toLowerCase()))
  if (added.length > 0) reply.header('vary', [before, ...added].join(', '))
}
