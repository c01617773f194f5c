import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from '../../src/http/server.ts'
import { serve } from './serve.ts'

/**
 * The sources; they ignore the query. `/json` answers with 2 KB at once, `/sized/BYTES` with
 * so many bytes, `/after/N` with a small body after N ms,
 * `/missing` with 404, `/tail` after 10 ms, but one time in a hundred after a second, `/list/N` with a list of N numbers, `/large/KIND` with
 * a large body. `/silent` reads the request and never answers. While it is down, the upstream destroys all connections.
 */

export interface UpstreamQuestion {
  readonly down?: boolean
}

export interface UpstreamAnswer {
  readonly origin: string
  /** Requests since the last question. */
  readonly requests: number
}

const small = Buffer.from('{"answer":42}')
const page = pageOf(2048)
let requests = 0
let down = false

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  requests += 1
  if (down) request.destroy()
  else answer(request, response)
})
// a fixed port, so that servers which are started by hand can be configured for it
const port = await listen(server, Number(process.env.UPSTREAM_PORT ?? 0), '127.0.0.1')

serve((question: UpstreamQuestion): UpstreamAnswer => {
  down = question.down ?? down
  const counted = requests
  requests = 0
  return { origin: `http://127.0.0.1:${port}`, requests: counted }
})

function answer({ url }: IncomingMessage, response: ServerResponse): void {
  const [, kind, ms] = (url ?? '').split('?', 1).join().split('/')
  if (kind === 'json') send(response, page)
  if (kind === 'sized') send(response, sizedPage(Number(ms)))
  if (kind === 'missing') send(response, small, 404)
  if (kind === 'after') setTimeout(send, Number(ms), response, small)
  if (kind === 'list') send(response, Buffer.from(JSON.stringify(Array.from({ length: Number(ms) }, (_, n) => n))))
  if (kind === 'large') send(response, largeBody(ms ?? ''))
  if (kind === 'tail') setTimeout(send, Math.random() < 0.01 ? 1000 : 10, response, small)
}

function send(response: ServerResponse, body: Buffer, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

const sizedPages = new Map<number, Buffer>()

function sizedPage(bytes: number): Buffer {
  const body = sizedPages.get(bytes) ?? pageOf(bytes)
  sizedPages.set(bytes, body)
  return body
}

const largeBodies = new Map<string, Buffer>()

function largeBody(kind: string): Buffer {
  const body = largeBodies.get(kind) ?? makeLarge(kind)
  largeBodies.set(kind, body)
  return body
}

/** 1 MiB of unclosed brackets, 1 MB of small XML elements, or 8 MB of typical JSON. */
function makeLarge(kind: string): Buffer {
  if (kind === 'open') return Buffer.from('['.repeat(2 ** 20))
  if (kind === 'xml') return Buffer.from(`<r>${'<a>x</a>'.repeat(125_000)}</r>`)
  const { items } = JSON.parse(page.toString()) as { readonly items: readonly object[] }
  return Buffer.from(JSON.stringify({ items: Array.from({ length: 4000 }, () => items).flat() }))
}

/** Typical JSON: short fields and sentences, numbers, nulls, nested objects; exactly `size` bytes. */
function pageOf(size: number): Buffer {
  const count = Math.max(1, Math.floor(size / 290))
  const items = Array.from({ length: count }, (_, n) => ({
    id: 41_000_000 + n,
    title: `Headline number ${n}, of a length that headlines have`,
    source: { id: null, name: 'The Daily Example' },
    url: `https://news.example/2026/${n}/a-headline-of-some-length`,
    publishedAt: `2026-01-0${n + 1}T12:34:56Z`,
    score: n * 1.25,
    live: n % 2 === 0,
    tags: ['world', 'science'],
  }))
  const filler = size - JSON.stringify({ items, filler: '' }).length
  return Buffer.from(JSON.stringify({ items, filler: '.'.repeat(filler) }))
}
