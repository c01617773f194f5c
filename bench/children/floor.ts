import { type FastifyInstance, fastify } from 'fastify'
import { Pool } from 'undici'
import { collect } from './collect.ts'
import { processorTime, serve } from './serve.ts'

/**
 * The minimum cost of the same work: a plain Fastify handler that calls every source, parses each body once (to check
 * that it is JSON), and splices the bytes. It has no deadlines, limits, failure handling or log.
 */

export type FloorQuestion =
  | { readonly start: { readonly urls: Readonly<Record<string, string>>; readonly way: 'request' | 'dispatch' } }
  | { readonly usage: true }

type Ask = () => Promise<Buffer>

let app: FastifyInstance | undefined

serve(async (question: FloorQuestion) => {
  if ('usage' in question) return { microseconds: processorTime() }
  const { urls, way } = question.start
  const sources = Object.entries(urls).map(([key, url]) => ({
    key,
    ask: way === 'request' ? request(url) : dispatch(url),
  }))
  app = fastify()
  app.get('/aggregate', async (_request, reply) => {
    const bodies = await Promise.all(sources.map(({ ask }) => ask()))
    reply.type('application/json; charset=utf-8')
    return splice(bodies)
  })
  const keys = sources.map(({ key }, index) => `${index === 0 ? '{"data":{' : ','}${JSON.stringify(key)}:`)
  const splice = (bodies: readonly Buffer[]): string => {
    let text = ''
    for (const [index, body] of bodies.entries()) {
      const json = body.toString()
      JSON.parse(json)
      text += keys[index] + json
    }
    return `${text}}}`
  }
  return { origin: await app.listen({ port: 0, host: '127.0.0.1' }) }
})

function request(url: string): Ask {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { allowH2: false })
  return async () => {
    const { body } = await pool.request({ method: 'GET', path })
    return Buffer.from(await body.arrayBuffer())
  }
}

function dispatch(url: string): Ask {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { allowH2: false })
  return () => collect(pool, path)
}
