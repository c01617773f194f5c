import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { Child, withChildren } from './child.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import { type Figure, quantile } from './figure.ts'

/**
 * Repeats the experiment of "The Tail at Scale" (Dean and Barroso, 2013): 100 sources that answer in 10 ms, but one
 * call in a hundred takes a second. An answer is as slow as its slowest source. Two services in one process have 50
 * sources each, because one answer has at most 64; a request to both counts as one.
 */

const SOURCES = 100
const PER_SECOND = 15
const WARM_UP = 150
const ANSWERS = 600
const SLOW_MS = 500
const HEDGE = { maxExtraLoad: 0.02 }

interface Measured {
  /** The time of each answer, both halves together. */
  readonly answersMs: readonly number[]
  readonly callsMs: readonly number[]
  /** Requests that reached the sources. */
  readonly requests: number
}

export async function tail(): Promise<readonly Figure[]> {
  const plain = await measure({})
  const hedged = await measure({ hedge: HEDGE })
  const extra = hedged.requests / (SOURCES * ANSWERS) - 1
  const ratio = p999(plain) / p999(hedged)
  return [
    { name: 'slow answers without a hedge, of 100', value: slowShare(plain), unit: '' },
    { name: 'slow answers with a hedge, of 100', value: slowShare(hedged), unit: '' },
    { name: 'answers without a hedge, median', value: quantile(plain.answersMs, 0.5), unit: 'ms' },
    { name: 'answers with a hedge, median', value: quantile(hedged.answersMs, 0.5), unit: 'ms' },
    { name: 'calls without a hedge, p99.9', value: p999(plain), unit: 'ms' },
    { name: 'calls with a hedge, p99.9', value: p999(hedged), unit: 'ms' },
    { name: 'so many times lower', value: ratio, unit: '×', bar: { atLeast: 20, atMost: 1000 } },
    { name: 'requests to the sources, times the calls', value: 1 + extra, unit: '×', bar: { atMost: 1.05 } },
  ]
}

function p999({ callsMs }: Measured): number {
  return quantile(callsMs, 0.999)
}

function slowShare({ answersMs }: Measured): number {
  const slow = answersMs.filter((ms) => ms > SLOW_MS).length
  return Math.round((1000 * slow) / answersMs.length) / 10
}

async function measure(source: object): Promise<Measured> {
  const upstream = Child.start('upstream')
  const tributary = Child.start('tributary')
  return withChildren([upstream, tributary], async () => {
    const { origin: sourceOrigin } = await upstream.ask<UpstreamAnswer>({})
    const config = configOf(`${sourceOrigin}/tail`, source)
    const half = async () => (await tributary.ask<{ origin: string }>({ config })).origin
    const pools = [await half(), await half()].map((origin) => new Pool(origin, { connections: 100, allowH2: false }))
    await load(pools, WARM_UP)
    await upstream.ask<UpstreamAnswer>({})
    const { answersMs, callsMs } = await load(pools, ANSWERS)
    const { requests } = await upstream.ask<UpstreamAnswer>({})
    await Promise.all(pools.map((pool) => pool.close()))
    return { answersMs, callsMs, requests }
  })
}

function configOf(url: string, source: object): object {
  const ids = Array.from({ length: SOURCES / 2 }, (_, index) => `source_${index}`)
  return {
    server: { port: 0 },
    deadline: { default: '5s' },
    defaults: { timeout: '3s', retry: false, breaker: false, ...source },
    sources: Object.fromEntries(ids.map((id) => [id, { url }])),
  }
}

async function load(pools: readonly Pool[], count: number): Promise<Omit<Measured, 'requests'>> {
  const answersMs: number[] = []
  const callsMs: number[] = []
  const one = async (): Promise<void> => {
    const startedAt = performance.now()
    const halves = await Promise.all(pools.map(ask))
    answersMs.push(performance.now() - startedAt)
    callsMs.push(...halves.flat())
  }
  const startedAt = performance.now()
  const running: Promise<void>[] = []
  while (running.length < count) {
    const early = startedAt + (running.length * 1000) / PER_SECOND - performance.now()
    if (early > 0) await sleep(early)
    running.push(one())
  }
  await Promise.all(running)
  return { answersMs, callsMs }
}

/** The time of each call of an answer. */
async function ask(pool: Pool): Promise<readonly number[]> {
  const { body } = await pool.request({ method: 'GET', path: '/aggregate?explain=true' })
  const { partial, meta } = (await body.json()) as {
    readonly partial: boolean
    readonly meta: { readonly sources: Readonly<Record<string, { readonly durationMs: number }>> }
  }
  if (partial) throw new Error('a source failed')
  return Object.values(meta.sources).map(({ durationMs }) => durationMs)
}
