import { Client } from 'undici'
import { Child, withChildren } from './child.ts'
import type { LoadAnswer, LoadQuestion } from './children/load.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import { type Figure, median } from './figure.ts'

const CALLS = 21
const STEP_MS = 100
const ITEMS = 50
const CONNECTIONS = 16
const WARM_UP = 8000
const COUNT = 2500
const PAIRS = 9

/** Measures sources that need other sources, lists of calls, and the cost of a shape. */
export async function compose(): Promise<readonly Figure[]> {
  const upstream = Child.start('upstream')
  const tributary = Child.start('tributary')
  const load = Child.start('load')
  return withChildren([upstream, tributary, load], async () => {
    const { origin: sourceOrigin } = await upstream.ask<UpstreamAnswer>({})
    const { origin } = await tributary.ask<{ origin: string }>({ config: configOf(sourceOrigin) })
    return [...(await waits(origin)), ...(await costs(origin, tributary, load))]
  })
}

async function waits(origin: string): Promise<readonly Figure[]> {
  const one = await medianOf(origin, '/aggregate/chain')
  const three = await medianOf(origin, '/aggregate/chains')
  const items = await medianOf(origin, '/aggregate/list')
  return [
    { name: `one chain of two sources of ${STEP_MS} ms`, value: one, unit: 'ms' },
    { name: 'three such chains', value: three, unit: 'ms' },
    { name: 'so much more than one', value: Math.max(0, three - one), unit: 'ms', bar: { atMost: 10 } },
    { name: `${ITEMS} items of 20 ms, ten at once`, value: items, unit: 'ms', bar: { atMost: 130 } },
  ]
}

/** CPU time of an answer from three sources, without and with a shape. */
async function costs(origin: string, tributary: Child, load: Child): Promise<readonly Figure[]> {
  const paths = ['/aggregate/plain', '/aggregate/shaped']
  const measured: number[][] = [[], []]
  for (const path of paths) await costOf(origin + path, WARM_UP, tributary, load)
  for (let pair = 0; pair < PAIRS; pair += 1) {
    for (const [index, path] of paths.entries()) {
      measured[index]?.push(await costOf(origin + path, COUNT, tributary, load))
    }
  }
  const [plain, shaped] = measured.map(median)
  return [
    { name: 'three sources of 2 KB as they came, processor time', value: plain ?? Number.NaN, unit: 'µs' },
    { name: 'the same with a shape over them', value: shaped ?? Number.NaN, unit: 'µs' },
  ]
}

async function costOf(url: string, count: number, tributary: Child, load: Child): Promise<number> {
  const before = await tributary.ask<{ microseconds: number }>({ usage: true })
  const { wrong } = await load.ask<LoadAnswer>({ url, connections: CONNECTIONS, count } satisfies LoadQuestion)
  const after = await tributary.ask<{ microseconds: number }>({ usage: true })
  if (wrong > 0) throw new Error(`${wrong} of ${count} answers were not 200`)
  return (after.microseconds - before.microseconds) / count
}

function configOf(origin: string): object {
  const step = (from: string | null) => ({
    url: `${origin}/after/${STEP_MS}${from === null ? '' : '{?v}'}`,
    ...(from === null ? { hidden: true } : { bind: { v: { from, select: 'answer' } } }),
  })
  const chains = [0, 1, 2].flatMap((n) => [
    [`first_${n}`, step(null)],
    [`second_${n}`, step(`first_${n}`)],
  ])
  const pages = ['one', 'two', 'three'].map((id) => [id, { url: `${origin}/json` }])
  return {
    server: { port: 0 },
    sources: {
      ...Object.fromEntries(chains),
      ...Object.fromEntries(pages),
      ids: { url: `${origin}/list/${ITEMS}`, hidden: true },
      items: { url: `${origin}/after/20{?id}`, forEach: { from: 'ids', as: 'id', limit: ITEMS, concurrency: 10 } },
    },
    views: {
      chain: { sources: ['second_0'] },
      chains: { sources: ['second_0', 'second_1', 'second_2'] },
      list: { sources: ['items'] },
      plain: { sources: ['one', 'two', 'three'] },
      shaped: { sources: ['one', 'two', 'three'], shape: '{titles: [one, two, three][].items[0].title}' },
    },
  }
}

/** The median time of an answer, without the first one. */
async function medianOf(origin: string, path: string): Promise<number> {
  const client = new Client(origin, { allowH2: false })
  const measured: number[] = []
  for (let call = 0; call <= CALLS; call += 1) {
    const startedAt = performance.now()
    const { statusCode, body } = await client.request({ method: 'GET', path })
    const answer = (await body.json()) as { readonly partial?: boolean }
    measured.push(performance.now() - startedAt)
    if (statusCode !== 200 || answer.partial === true) throw new Error('a source failed')
  }
  await client.close()
  return median(measured.slice(1))
}
