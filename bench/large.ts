import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { Child, withChildren } from './child.ts'
import type { LoadAnswer } from './children/load.ts'
import type { Stall } from './children/serve.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import { type Figure, median, quantile } from './figure.ts'

/**
 * The effect of one source's large bodies on answers of another source: how long the event loop is blocked, and how
 * late the other answers are. The control passes the same bytes on without parsing them.
 */

const PER_SECOND = 100
const WARM_UP = 100
const CALLS = 500
/** Other load disturbs a single measurement, so use the medians of this many, each made next to its control. */
const ROUNDS = 3
/** The promise: at most this much above the control. */
const MORE_MS = 5
const MORE_RATIO = 1.1
/** The interval between large answers, so that both services make the same number. */
const EVERY_MS = 500

interface Case {
  readonly name: string
  /** The kind of the upstream's large body. */
  readonly kind: 'open' | 'xml' | 'items'
  readonly source: object
  readonly view: object
}

const CASES: readonly Case[] = [
  { name: '1 MiB of [', kind: 'open', source: {}, view: {} },
  { name: '1 MB of XML', kind: 'xml', source: { format: 'xml' }, view: {} },
  { name: '8 MB, select', kind: 'items', source: { select: 'items[].{id: id, title: title}' }, view: {} },
  { name: '8 MB, shape', kind: 'items', source: {}, view: { shape: 'large.items[].{id: id, title: title}' } },
]

interface Measured {
  readonly stall: Stall
  readonly p99Ms: number
  /** The median time of the large answers made meanwhile. */
  readonly largeMs: number
}

export async function large(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const one of CASES) {
    const { control, ours } = await medians(one)
    const figure = (name: string, passedOn: number, value: number, most: number): Figure[] => [
      { name: `${one.name}: ${name}, passed on`, value: passedOn, unit: 'ms' },
      { name: `${one.name}: ${name}`, value, unit: 'ms', bar: { atMost: Math.ceil(10 * most) / 10 } },
    ]
    const [passed, own] = [control.stall, ours.stall]
    const most = Math.max(control.p99Ms * MORE_RATIO, control.p99Ms + MORE_MS)
    figures.push(
      ...figure('longest block', passed.milliseconds, own.milliseconds, passed.milliseconds + MORE_MS),
      ...figure('longest turn, processor', passed.processorMs, own.processorMs, passed.processorMs + MORE_MS),
      ...figure('p99 of another source', control.p99Ms, ours.p99Ms, most),
      { name: `${one.name}: a large answer, median`, value: ours.largeMs, unit: 'ms' },
    )
  }
  return figures
}

/** Measures both sides in turn, and takes the median of each figure. */
async function medians(one: Case): Promise<Readonly<Record<'control' | 'ours', Measured>>> {
  const rounds: { control: Measured; ours: Measured }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ control: await measure(one, 'pass'), ours: await measure(one, 'tributary') })
  }
  return { control: medianOf(rounds.map(({ control }) => control)), ours: medianOf(rounds.map(({ ours }) => ours)) }
}

function medianOf(all: readonly Measured[]): Measured {
  return {
    stall: {
      milliseconds: median(all.map(({ stall }) => stall.milliseconds)),
      processorMs: median(all.map(({ stall }) => stall.processorMs)),
    },
    p99Ms: median(all.map(({ p99Ms }) => p99Ms)),
    largeMs: median(all.map(({ largeMs }) => largeMs)),
  }
}

async function measure(one: Case, by: 'pass' | 'tributary'): Promise<Measured> {
  const [upstream, service, client] = [Child.start('upstream'), Child.start(by), Child.start('load')]
  return withChildren([upstream, service, client], async () => {
    const { origin: sources } = await upstream.ask<UpstreamAnswer>({})
    const urls = { quick: `${sources}/json`, large: `${sources}/large/${one.kind}` }
    const { origin, largeOrigin = origin } = await service.ask<{ origin: string; largeOrigin?: string }>({
      config: configOf(one, urls),
      url: urls.large,
    })
    const ask = (count: number) =>
      client.ask<LoadAnswer>({ url: `${origin}/aggregate/quick`, perSecond: PER_SECOND, count })
    const loop = new LargeAnswers(largeOrigin)
    await ask(WARM_UP)
    await service.ask({ stall: true })
    loop.latenciesMs.length = 0
    const { latenciesMs, wrong } = await ask(CALLS)
    const stall = await service.ask<Stall>({ stall: true })
    await loop.stop()
    if (wrong > 0) throw new Error(`${wrong} answers of ${by} were wrong beside ${one.name}`)
    return { stall, p99Ms: quantile(latenciesMs, 0.99), largeMs: median(loop.latenciesMs) }
  })
}

function configOf({ source, view }: Case, { quick, large: url }: Readonly<Record<'quick' | 'large', string>>): object {
  return {
    server: { port: 0, compress: false },
    deadline: { default: '9s' },
    defaults: { timeout: '9s', maxBytes: '16mb' },
    sources: { quick: { url: quick }, large: { url, ...source, hidden: true } },
    views: { quick: { sources: ['quick'] }, large: { sources: ['large'], ...view } },
  }
}

/** Requests large answers, one after the other. */
class LargeAnswers {
  readonly latenciesMs: number[] = []
  readonly #pool: Pool
  readonly #ended: Promise<void>
  #stopped = false

  constructor(origin: string) {
    this.#pool = new Pool(origin, { connections: 1, allowH2: false })
    this.#ended = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#ended
    await this.#pool.close()
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const startedAt = performance.now()
      const { body } = await this.#pool.request({ method: 'GET', path: '/aggregate/large' })
      await body.dump({ limit: Number.MAX_SAFE_INTEGER })
      const tookMs = performance.now() - startedAt
      this.latenciesMs.push(tookMs)
      await sleep(Math.max(0, EVERY_MS - tookMs))
    }
  }
}
