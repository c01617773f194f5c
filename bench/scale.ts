import { Child, withChildren } from './child.ts'
import type { LoadAnswer, LoadQuestion } from './children/load.ts'
import { type Figure, median } from './figure.ts'

const CONNECTIONS = 16
const WARM_UP_BYTES = 200_000_000
const MOST_WARM_UP = 10_000
const ROUNDS = 3

interface Case {
  readonly sources: number
  /** Size of each source's body. */
  readonly bytes: number
}

/** One of the two varies, and the other has a typical value. */
const CASES: readonly Case[] = [
  ...[1, 3, 10, 50].map((sources) => ({ sources, bytes: 2048 })),
  ...[512, 10_240, 102_400].map((bytes) => ({ sources: 3, bytes })),
]

/** How the processor time of an answer grows with the number of sources and the size of their bodies. */
export async function scale(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const one of CASES) figures.push(...(await measure(one)))
  return figures
}

async function measure({ sources: count, bytes }: Case): Promise<readonly Figure[]> {
  const [upstream, load, ours] = ['upstream', 'load', 'tributary'].map((name) => Child.start(name)) as [
    Child,
    Child,
    Child,
  ]
  return withChildren([upstream, load, ours], async () => {
    const { origin } = await upstream.ask<{ origin: string }>({})
    const ids = Array.from({ length: count }, (_, n) => `s${n}`)
    const sources = Object.fromEntries(ids.map((id) => [id, { url: `${origin}/sized/${bytes}` }]))
    const { origin: address } = await ours.ask<{ origin: string }>({ config: { server: { port: 0 }, sources } })
    const ask = (times: number) =>
      load.ask<LoadAnswer>({
        url: `${address}/aggregate`,
        connections: CONNECTIONS,
        count: times,
      } satisfies LoadQuestion)
    const warmUp = Math.min(MOST_WARM_UP, Math.ceil(WARM_UP_BYTES / (count * bytes)))
    await ask(warmUp)
    const costs: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) costs.push(await costOf(ours, () => ask(warmUp / 2), warmUp / 2))
    const cost = median(costs)
    const name = `${count} ${count === 1 ? 'source' : 'sources'} of ${(bytes / 1024).toFixed(1)} KiB`
    return [
      { name: `${name}: processor time of an answer`, value: cost, unit: 'µs' },
      { name: `${name}: answers a second on one core`, value: Math.round(1_000_000 / cost), unit: '' },
    ]
  })
}

async function costOf(ours: Child, work: () => Promise<LoadAnswer>, count: number): Promise<number> {
  const before = await ours.ask<{ microseconds: number }>({ usage: true })
  const { wrong } = await work()
  const after = await ours.ask<{ microseconds: number }>({ usage: true })
  if (wrong > 0) throw new Error(`${wrong} of ${count} answers were not 200`)
  return (after.microseconds - before.microseconds) / count
}
