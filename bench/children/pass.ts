import { fastify } from 'fastify'
import { Pool } from 'undici'
import { collect } from './collect.ts'
import { longestStall, serve } from './serve.ts'
import { startTributary } from './start.ts'

/**
 * The control for large bodies: Tributary, and in the same process a plain handler that passes on the large body of a
 * source without parsing it.
 */

export type PassQuestion = { readonly config: object; readonly url: string } | { readonly stall: true }

serve(async (question: PassQuestion) => {
  if ('stall' in question) return longestStall()
  const { origin, pathname: path } = new URL(question.url)
  const pool = new Pool(origin, { allowH2: false })
  const app = fastify()
  app.get('/aggregate/large', async (_request, reply) => {
    const { body } = await collect(pool, path)
    return reply.type('application/json; charset=utf-8').send(Buffer.concat([PREFIX, body, SUFFIX]))
  })
  const largeOrigin = await app.listen({ port: 0, host: '127.0.0.1' })
  return { origin: await startTributary(question.config), largeOrigin }
})

const [PREFIX, SUFFIX] = [Buffer.from('{"data":'), Buffer.from('}')]
