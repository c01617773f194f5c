import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { noChromium, open } from './chromium.ts'

/** A page of another origin calls the service with an API key, in a real browser. */

// a browser beside a whole test suite takes its time
t.setTimeout(180_000)

const KEY = 'a-key-of-the-app-0123456789'

/** Serves an empty page on an origin of its own. */
async function startPage(t: Test): Promise<string> {
  const server = createServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><title>app</title><link rel="icon" href="data:,">')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

/** What the page sees of an answer, or the error that the browser reports. */
async function call({ url, headers }: { url: string; headers: Record<string, string> }): Promise<object> {
  try {
    const response = await fetch(url, { headers })
    const timing = response.headers.get('server-timing')
    const body = await response.json()
    return { status: response.status, partial: response.headers.get('aggregate-partial'), timing, body }
  } catch (error) {
    return { error: String(error) }
  }
}

t.test('a page of another origin, with a key', { skip: noChromium }, async (t) => {
  const upstream = await startUpstream(t)
  const origin = await startPage(t)
  const service = await build(t, {
    server: { cors: { origins: [origin] }, auth: { apiKeys: [KEY] }, rateLimit: { max: 3, per: '1h' } },
    sources: { a: { url: upstream.url('/ok') } },
  })
  const { page } = await open(t, origin, '/', 800, 600)
  const ask = (query: string, headers: Record<string, string>) =>
    page.evaluate(call, { url: `${service.address}/aggregate${query}`, headers })
  const right = { 'x-api-key': KEY, prefer: 'wait=2' }
  t.match(await ask('', right), {
    status: 200,
    partial: 'false',
    timing: /total;dur/,
    body: { data: { a: { ok: true } } },
  })
  t.match(
    await ask('', {}),
    { status: 401, body: { type: 'urn:tributary:problem:unauthorized' } },
    'the page reads why',
  )
  t.match(await ask('?nope=1', right), { status: 400, body: { errors: [{ path: 'nope' }] } })
  t.match(await ask('', right), { status: 200 })
  t.match(await ask('', right), { status: 429, body: { type: 'urn:tributary:problem:rate-limited' } })
})

t.test('a page of an origin that is not named reads nothing', { skip: noChromium }, async (t) => {
  const upstream = await startUpstream(t)
  const origin = await startPage(t)
  const service = await build(t, {
    server: { cors: { origins: ['https://app.example'] }, auth: { apiKeys: [KEY] } },
    sources: { a: { url: upstream.url('/ok') } },
  })
  const { page } = await open(t, origin, '/', 800, 600)
  const got = await page.evaluate(call, { url: `${service.address}/aggregate`, headers: { 'x-api-key': KEY } })
  t.match(got, { error: /Failed to fetch/ })
  t.equal(upstream.requests.length, 0, 'the browser did not send it, after the preflight')
})
