import { fastify } from 'fastify'
import { Pool } from 'undici'
import { type Collected, collect } from './collect.ts'
import { pick } from './pick.ts'
import { serveServer } from './serve.ts'

/**
 * The least cost of the same work: a plain Fastify handler that calls every source with undici's dispatch, parses each
 * body once (to check that it is JSON), and splices the bytes. It has no deadlines, limits, failure handling or log.
 */

/** The sources by key, and whether only a part of each body is wanted. */
export interface PlainQuestion {
  readonly urls: Readonly<Record<string, string>>
  readonly picks: boolean
}

serveServer(async ({ urls, picks }: PlainQuestion) => {
  const pools = new Map<string, Pool>()
  const asks = Object.values(urls).map((url) => {
    const { origin, pathname } = new URL(url)
    const pool = pools.get(origin) ?? new Pool(origin, { allowH2: false })
    pools.set(origin, pool)
    return () => collect(pool, pathname)
  })
  const keys = Object.keys(urls).map((key, index) => `${index === 0 ? '{"data":{' : ','}${JSON.stringify(key)}:`)
  const app = fastify()
  app.get('/aggregate', async (_request, reply) => {
    const answers = await Promise.all(asks.map((ask) => ask()))
    reply.type('application/json; charset=utf-8')
    let text = ''
    for (const [index, answer] of answers.entries()) text += keys[index] + textOf(answer, picks)
    return `${text}}}`
  })
  return app.listen({ port: 0, host: '127.0.0.1' })
})

function textOf({ status, body }: Collected, picks: boolean): string {
  if (status !== 200) return 'null'
  const json = body.toString()
  const value: unknown = JSON.parse(json)
  return picks ? JSON.stringify(pick(value)) : json
}
