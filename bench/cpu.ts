import { Child, withChildren } from './child.ts'
import type { FloorQuestion } from './children/floor.ts'
import type { LoadAnswer, LoadQuestion } from './children/load.ts'
import { type Figure, median, quantile } from './figure.ts'

const CONNECTIONS = 16
/** Requests before the measurement, until V8 has optimized the code: a large program takes longer than a small one. */
const WARM_UP = 20_000
const COUNT = 2500
const PAIRS = 13

interface Server {
  readonly child: Child
  readonly url: string
}

/** CPU time of one answer from three sources of 2 KB, compared with the minimum for the same work (floor.ts). */
export async function cpu({ profileDir }: { readonly profileDir: string | null }): Promise<readonly Figure[]> {
  const profile = profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
  const upstream = Child.start('upstream')
  const load = Child.start('load')
  const [request, dispatch, ours] = [Child.start('floor'), Child.start('floor'), Child.start('tributary', profile)]
  return withChildren([upstream, load, request, dispatch, ours], async () => {
    const { origin } = await upstream.ask<{ origin: string }>({})
    const urls = Object.fromEntries(['one', 'two', 'three'].map((id) => [id, `${origin}/json`]))
    const sources = Object.fromEntries(Object.entries(urls).map(([id, url]) => [id, { url }]))
    const servers = [
      await started(request, { start: { urls, way: 'request' } } satisfies FloorQuestion),
      await started(dispatch, { start: { urls, way: 'dispatch' } } satisfies FloorQuestion),
      await started(ours, { config: { server: { port: 0 }, sources } }),
    ]
    return figures(await rounds(servers, load))
  })
}

async function started(child: Child, question: object): Promise<Server> {
  const { origin } = await child.ask<{ origin: string }>(question)
  return { child, url: `${origin}/aggregate` }
}

/** Microseconds per answer; one row per round. Each round measures all servers, so other load affects all equally. */
async function rounds(servers: readonly Server[], load: Child): Promise<readonly (readonly number[])[]> {
  for (const server of servers) await costOf(server, load, WARM_UP)
  const measured: number[][] = []
  for (let round = 0; round < PAIRS; round += 1) {
    const costs: number[] = []
    for (let turn = 0; turn < servers.length; turn += 1) {
      const index = (round + turn) % servers.length
      costs[index] = await costOf(servers[index] as Server, load, COUNT)
    }
    measured.push(costs)
  }
  return measured
}

async function costOf({ child, url }: Server, load: Child, count: number): Promise<number> {
  const before = await child.ask<{ microseconds: number }>({ usage: true })
  const { wrong } = await load.ask<LoadAnswer>({ url, connections: CONNECTIONS, count } satisfies LoadQuestion)
  const after = await child.ask<{ microseconds: number }>({ usage: true })
  if (wrong > 0) throw new Error(`${wrong} of ${count} answers were not 200`)
  return (after.microseconds - before.microseconds) / count
}

function figures(measured: readonly (readonly number[])[]): readonly Figure[] {
  const [request, dispatch, ours] = [0, 1, 2].map((server) => measured.map((costs) => costs[server] ?? Number.NaN))
  const [byRequest, byDispatch] = [median(request ?? []), median(dispatch ?? [])]
  const floor = (byRequest < byDispatch ? request : dispatch) ?? []
  const ratios = (ours ?? []).map((cost, round) => cost / (floor[round] ?? Number.NaN))
  return [
    { name: 'floor with undici.request, an answer', value: byRequest, unit: 'µs' },
    { name: 'floor with undici.dispatch, an answer', value: byDispatch, unit: 'µs' },
    { name: 'Tributary, an answer', value: median(ours ?? []), unit: 'µs' },
    {
      name: `Tributary to the lower floor, median of ${PAIRS}`,
      value: median(ratios),
      unit: '×',
      bar: { atMost: 1.5 },
    },
    { name: 'lower quartile of the pairs', value: quantile(ratios, 0.25), unit: '×' },
    { name: 'upper quartile of the pairs', value: quantile(ratios, 0.75), unit: '×' },
  ]
}
