import { fastify } from 'fastify'
import type { PlainQuestion } from './floor.ts'
import { pick } from './pick.ts'
import { serveServer } from './serve.ts'

/** What people write today: Fastify and `fetch`, with a timeout, `Promise.allSettled`, and a reply that is an object. */

const TIMEOUT_MS = 1000

serveServer(async ({ urls, picks }: PlainQuestion) => {
  const app = fastify()
  app.get('/aggregate', async () => {
    const keys = Object.keys(urls)
    const settled = await Promise.allSettled(Object.values(urls).map((url) => ask(url, picks)))
    const data: Record<string, unknown> = {}
    const failed: string[] = []
    for (const [index, result] of settled.entries()) {
      const key = keys[index] as string
      data[key] = result.status === 'fulfilled' ? result.value : null
      if (result.status === 'rejected') failed.push(key)
    }
    return { data, failed }
  })
  return app.listen({ port: 0, host: '127.0.0.1' })
})

async function ask(url: string, picks: boolean): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`status ${response.status}`)
  }
  const body: unknown = await response.json()
  return picks ? pick(body) : body
}
