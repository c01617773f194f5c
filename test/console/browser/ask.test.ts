import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type Arrival, ask } from '../../../src/console/browser/ask.js'
import { build } from '../../support/build.ts'
import { startUpstream } from '../../support/upstream/upstream.ts'

/** The console's way to ask runs in Node too: against the service, and against what may stand in front of it. */

const NDJSON = 'application/x-ndjson'
const PLAIN = { method: 'GET', accept: NDJSON, credentials: [], body: '' }

function asking(url: string, accept = NDJSON, signal = new AbortController().signal): Promise<Arrival[]> {
  return Array.fromAsync(ask({ ...PLAIN, url, accept }, signal))
}

async function answering(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

t.test('records as they arrive, then the end', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: { good: { url: upstream.url('/ok') }, bad: { url: upstream.url('/status?code=404') } },
    views: { shaped: { sources: ['good'], shape: 'good.ok' } },
  })
  const arrivals = await asking(`${service.address}/aggregate?explain=true`)
  t.same(
    arrivals.map(({ kind }) => kind),
    ['record', 'record', 'end'],
  )
  t.match(arrivals.at(-1), { end: { status: 200, partial: true, failedSources: [{ id: 'bad' }] } })
  const [whole] = await asking(`${service.address}/aggregate/shaped`, 'application/json')
  t.match(whole, { kind: 'answer', text: /^\{"data":true/, end: { status: 200, partial: false } })
})

t.test('problems, with Retry-After', async (t) => {
  const service = await build(t, {
    server: { auth: { apiKeys: ['k'.repeat(20)] }, rateLimit: { max: 2, per: '1h' } },
    sources: { a: { url: 'http://127.0.0.1:9/' } },
  })
  const [refused] = await asking(`${service.address}/aggregate`)
  t.match(refused, { kind: 'problem', problem: { status: 401, title: /./, detail: /X-API-Key/ }, retryAfter: null })
  const credentials = [{ header: 'x-api-key', prefix: '', variable: 'API_KEY', value: 'k'.repeat(20) }]
  const signal = new AbortController().signal
  const url = `${service.address}/aggregate?nope=1`
  const [invalid] = await Array.fromAsync(ask({ ...PLAIN, url, credentials }, signal))
  t.match(invalid, { problem: { status: 400, errors: [{ path: 'nope' }] } }, 'the credential lets in')
  await asking(`${service.address}/aggregate`)
  const [limited] = await asking(`${service.address}/aggregate`)
  t.match(limited, { problem: { status: 429 }, retryAfter: /^\d+$/ })
})

t.test('an error that is not ours is shown as what it is', async (t) => {
  const url = await answering(t, (_request, response) =>
    response.writeHead(502, { 'content-type': 'text/html' }).end(`<h1>nginx</h1>${'x'.repeat(1000)}`),
  )
  const [arrival] = await asking(url)
  t.match(arrival, { kind: 'problem', text: '', problem: { status: 502, title: 'Bad Gateway', detail: /^<h1>nginx/ } })
})

t.test('a stream that is cut, and one that is aborted', async (t) => {
  const url = await answering(t, (request, response) => {
    response.writeHead(200, { 'content-type': NDJSON }).write('{"id":"a","ok":true,"data":1}\n')
    if (request.url === '/cut') response.end('{"id":"b",')
    if (request.url === '/short') response.end()
  })
  await t.rejects(asking(`${url}short`), /ended before its last record/)
  await t.rejects(asking(`${url}cut`), SyntaxError)
  const controller = new AbortController()
  const seen: string[] = []
  const reading = async () => {
    for await (const { kind } of ask({ ...PLAIN, url: `${url}open` }, controller.signal)) {
      seen.push(kind)
      controller.abort()
    }
  }
  await t.rejects(reading(), { name: 'AbortError' })
  t.same(seen, ['record'])
})

t.test('a method with a body', async (t) => {
  const url = await answering(t, (request, response) => {
    request.setEncoding('utf8').on('data', (text) => {
      const { method, headers } = request
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ method, type: headers['content-type'], accept: headers.accept, text }))
    })
  })
  const asked = { ...PLAIN, method: 'POST', url, accept: 'application/json', body: '{"n":1}' }
  const [answer] = await Array.fromAsync(ask(asked, new AbortController().signal))
  t.same(JSON.parse(answer?.text ?? ''), {
    method: 'POST',
    type: 'application/json',
    accept: 'application/json',
    text: '{"n":1}',
  })
})
