import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'undici'
import { Child, withChildren } from './child.ts'
import type { LoadAnswer, LoadQuestion } from './children/load.ts'
import type { Held, ServerQuestion } from './children/serve.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import { type Figure, median, quantile } from './figure.ts'

const NDJSON = 'application/x-ndjson'
const CALLS = 100
const FIRST_MS = 20
const CONNECTIONS = 16
const WARM_UP = 10_000
const COUNT = 2500
const PAIRS = 9
const STREAMS = 1000

/** One way to ask for the same data. */
interface Way {
  readonly path: string
  readonly method?: 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  readonly status?: number
}

/** Measures how answers are delivered: the first record of a stream, and what a stream and a 304 cost. */
export async function delivery(): Promise<readonly Figure[]> {
  const [upstream, load] = [Child.start('upstream'), Child.start('load')]
  const [ours, holding] = [Child.start('tributary'), Child.start('tributary')]
  return withChildren([upstream, load, ours, holding], async () => {
    const { origin: sourceOrigin } = await upstream.ask<UpstreamAnswer>({})
    const config = configOf(sourceOrigin)
    const { origin } = await ours.ask<{ origin: string }>({ config })
    const first = await firstRecord(origin, sourceOrigin)
    const ratios = await costs(origin, ours, load)
    const { origin: holdingOrigin } = await holding.ask<{ origin: string }>({ config })
    return [...first, ...ratios, ...(await openStreams(holdingOrigin, holding, load))]
  })
}

function configOf(origin: string): object {
  const cached = { url: `${origin}/sized/2048`, cache: { ttl: '1h' } }
  return {
    server: { port: 0, maxInFlight: 2 * STREAMS },
    deadline: { default: '10s' },
    sources: {
      ...Object.fromEntries(['one', 'two', 'three'].map((id) => [id, { url: `${origin}/json` }])),
      kept: cached,
      first: { url: `${origin}/after/${FIRST_MS}` },
      last: { url: `${origin}/after/200` },
      waiting: {
        url: `${origin}/after/6000`,
        timeout: '9s',
        bulkhead: { maxInFlight: STREAMS, maxQueue: STREAMS },
      },
    },
    views: {
      plain: { sources: ['one', 'two', 'three'] },
      cached: { sources: ['kept'] },
      paint: { sources: ['first', 'last'] },
      open: { sources: ['one', 'waiting'] },
    },
  }
}

/** Time from the answer of the first source to the first record, which includes the way to the client. */
async function firstRecord(origin: string, sourceOrigin: string): Promise<readonly Figure[]> {
  const through = await firstBytes(origin, '/aggregate/paint')
  const direct = await firstBytes(sourceOrigin, `/after/${FIRST_MS}`)
  const value = median(through) - median(direct)
  return [
    { name: 'first record after the answer of the first source, median', value, unit: 'ms', bar: { atMost: 20 } },
    {
      name: 'the same, 95th percentile',
      value: quantile(through, 0.95) - median(direct),
      unit: 'ms',
      bar: { atMost: 20 },
    },
  ]
}

/** Milliseconds from the request to the first bytes of the body, of `CALLS` calls after the first. */
async function firstBytes(origin: string, path: string): Promise<readonly number[]> {
  const client = new Client(origin, { allowH2: false })
  const measured: number[] = []
  for (let call = 0; call <= CALLS; call += 1) {
    const startedAt = performance.now()
    const { body } = await client.request({ method: 'GET', path, headers: { accept: `${NDJSON}, */*;q=0.1` } })
    let isFirst = true
    for await (const _ of body) {
      if (isFirst) measured.push(performance.now() - startedAt)
      isFirst = false
    }
  }
  await client.close()
  return measured.slice(1)
}

/** Processor time: of a stream in relation to the plain answer, and of a 304 in relation to a 200 without its body. */
async function costs(origin: string, ours: Child, load: Child): Promise<readonly Figure[]> {
  const etag = await etagOf(origin, '/aggregate/cached')
  const plain: Way = { path: '/aggregate/plain' }
  const stream: Way = { path: '/aggregate/plain', headers: { accept: NDJSON } }
  const empty: Way = { path: '/aggregate/cached', method: 'HEAD' }
  const unchanged: Way = { path: '/aggregate/cached', headers: { 'if-none-match': etag }, status: 304 }
  const cost = (way: Way, count: number) => costOf(origin, way, count, ours, load)
  return [
    ...(await compare('a plain answer of three sources', plain, 'a stream', stream, 1.3, cost)),
    ...(await compare('a 200 without its body, from the cache', empty, 'a 304', unchanged, 1, cost)),
  ]
}

async function compare(
  baseName: string,
  base: Way,
  name: string,
  other: Way,
  atMost: number,
  cost: (way: Way, count: number) => Promise<number>,
): Promise<readonly Figure[]> {
  for (const way of [base, other]) await cost(way, WARM_UP)
  const pairs: (readonly [number, number])[] = []
  for (let pair = 0; pair < PAIRS; pair += 1) pairs.push([await cost(base, COUNT), await cost(other, COUNT)])
  return [
    { name: `${baseName}, processor time`, value: median(pairs.map(([of]) => of)), unit: 'µs' },
    { name: `${name}, processor time`, value: median(pairs.map(([, of]) => of)), unit: 'µs' },
    {
      name: `${name} in relation to it`,
      value: median(pairs.map(([of, otherOf]) => otherOf / of)),
      unit: '×',
      bar: { atMost },
    },
  ]
}

async function etagOf(origin: string, path: string): Promise<string> {
  const client = new Client(origin, { allowH2: false })
  const { headers, body } = await client.request({ method: 'GET', path })
  await body.dump()
  await client.close()
  return String(headers.etag)
}

async function costOf(origin: string, way: Way, count: number, ours: Child, load: Child): Promise<number> {
  const { path, ...asking } = way
  const question = { url: origin + path, ...asking, connections: CONNECTIONS, count } satisfies LoadQuestion
  const before = await ours.ask<{ microseconds: number }>({ usage: true })
  const { wrong } = await load.ask<LoadAnswer>(question)
  const after = await ours.ask<{ microseconds: number }>({ usage: true })
  if (wrong > 0) throw new Error(`${wrong} of ${count} answers had another status`)
  return (after.microseconds - before.microseconds) / count
}

/** Memory that a process holds more, while `STREAMS` clients have read one record and wait for the next. */
async function openStreams(origin: string, ours: Child, load: Child): Promise<readonly Figure[]> {
  const { port } = new URL(origin)
  // the memory of a process that has answered before, as it grows with the first answers
  await costOf(origin, { path: '/aggregate/plain' }, COUNT, ours, load)
  const before = await ours.ask<Held>({ memory: true } satisfies ServerQuestion)
  const opened: Socket[] = []
  for (let n = 0; n < STREAMS; n += 1) {
    opened.push(await openStream(Number(port)))
  }
  const during = await ours.ask<Held>({ memory: true } satisfies ServerQuestion)
  const ended = opened.filter((socket) => socket.destroyed).length
  for (const socket of opened) socket.destroy()
  await sleep(500)
  if (ended > 0) throw new Error(`${ended} streams ended too soon`)
  const value = during.megabytes - before.megabytes
  return [{ name: `${STREAMS} open streams hold so much more`, value, unit: 'MB', bar: { atMost: 100 } }]
}

/** Opens a stream, and resolves when its first record is there. */
function openStream(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', reject)
    socket.write(`GET /aggregate/open HTTP/1.1\r\nHost: x\r\nAccept: ${NDJSON}\r\n\r\n`)
    let text = ''
    socket.on('data', (bytes) => {
      text += String(bytes)
      if (text.includes('"id":"one"')) resolve(socket)
    })
  })
}
