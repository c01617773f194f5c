import { Child, withChildren } from './child.ts'
import type { LoadAnswer, LoadQuestion } from './children/load.ts'
import { type Figure, quantile } from './figure.ts'

const DEADLINE_MS = 300
const PER_SECOND = 200
const SECONDS = 15
const BAR = { atLeast: 275, atMost: 350 }

/** One source never answers, another one does: every answer should be sent at its deadline, none much later. */
export async function deadline(): Promise<readonly Figure[]> {
  const upstream = Child.start('upstream')
  const tributary = Child.start('tributary')
  const load = Child.start('load')
  return withChildren([upstream, tributary, load], async () => {
    const { origin: sourceOrigin } = await upstream.ask<{ origin: string }>({})
    const config = configOf(sourceOrigin)
    const { origin } = await tributary.ask<{ origin: string }>({ config })
    const url = `${origin}/aggregate/both`
    const ask = (count: number): Promise<LoadAnswer> =>
      load.ask<LoadAnswer>({ url, perSecond: PER_SECOND, count } satisfies LoadQuestion)
    await ask(PER_SECOND)
    await tributary.ask({ stall: true })
    const { latenciesMs, latestMs, wrong } = await ask(PER_SECOND * SECONDS)
    const stall = await tributary.ask<{ milliseconds: number }>({ stall: true })
    return [
      { name: `answers in ${SECONDS} s, ${PER_SECOND} a second`, value: latenciesMs.length, unit: '' },
      { name: 'of them not 200', value: wrong, unit: '', bar: { atMost: 0 } },
      { name: 'latency, fastest', value: Math.min(...latenciesMs), unit: 'ms' },
      { name: 'latency, p50', value: quantile(latenciesMs, 0.5), unit: 'ms' },
      { name: 'latency, p99', value: quantile(latenciesMs, 0.99), unit: 'ms', bar: BAR },
      { name: 'latency, slowest', value: Math.max(...latenciesMs), unit: 'ms' },
      { name: 'longest stall of Tributary', value: stall.milliseconds, unit: 'ms' },
      { name: 'longest stall of the client', value: latestMs, unit: 'ms' },
    ]
  })
}

function configOf(origin: string): object {
  return {
    server: { port: 0 },
    sources: { quick: { url: `${origin}/after/10` }, silent: { url: `${origin}/silent` } },
    views: { both: { sources: ['quick', 'silent'], deadline: `${DEADLINE_MS}ms` } },
  }
}
