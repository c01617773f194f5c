import { Child, withChildren } from './child.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import { type Case, TYPICAL } from './compare/cases.ts'
import { OURS, type Server, startServer } from './compare/servers.ts'
import { CONNECTIONS, paced, turn, warmUp } from './compare/turn.ts'
import { type Figure, median, quantile } from './figure.ts'

/** How the cost of an answer grows: each series varies one thing, and a straight line is laid through it. */

const WARM_UP = { warmUpMs: 8000, roundMs: 800 }
const ROUNDS = 5
const PACED = { perSecond: 50, forMs: 4000 }

/** One point of a series. */
interface Point {
  readonly at: number
  readonly microseconds: number
  readonly p99: number
}

export async function growth(): Promise<readonly Figure[]> {
  return [
    ...(await series('source', [1, 3, 10, 25, 50], (sources) => ({ one: { ...TYPICAL, sources } }))),
    ...(await series('KB of each of 3 bodies', [0.5, 2, 10, 25, 50], (kb) => ({
      one: { ...TYPICAL, bytes: kb * 1024 },
    }))),
    ...(await series('connection in flight', [4, 16, 64, 256], (connections) => ({ one: TYPICAL, connections }))),
  ]
}

interface Setting {
  readonly one: Case
  readonly connections?: number
}

async function series(
  unit: string,
  places: readonly number[],
  settingOf: (at: number) => Setting,
): Promise<readonly Figure[]> {
  const points: Point[] = []
  for (const at of places) points.push({ at, ...(await measure(settingOf(at))) })
  const { slope, intercept, fit } = lineThrough(points.map(({ at, microseconds }) => [at, microseconds]))
  return [
    ...points.flatMap(({ at, microseconds, p99 }) => [
      { name: `${at} ${unit}: processor time of an answer`, value: microseconds, unit: 'µs' } as const,
      { name: `${at} ${unit}: p99 at ${PACED.perSecond} a second`, value: p99, unit: 'ms' } as const,
    ]),
    { name: `each ${unit} adds`, value: slope, unit: 'µs' },
    { name: `to ${intercept.toFixed(0)} µs; share of the variance that the line explains`, value: fit, unit: '×' },
  ]
}

async function measure({ one, connections = CONNECTIONS }: Setting): Promise<Omit<Point, 'at'>> {
  const [upstream, load] = [Child.start('upstream'), Child.start('load')]
  return withChildren([upstream, load], async () => {
    const { origin } = await upstream.ask<UpstreamAnswer>({})
    const server = await startServer(OURS, one, origin)
    try {
      const count = await warmUp(server, load, one, WARM_UP)
      const p99 = quantile(await paced(server, load, one, PACED), 0.99)
      return { microseconds: await costOf(server, load, { one, connections }, count), p99 }
    } finally {
      await server.stop()
    }
  })
}

async function costOf(server: Server, load: Child, { one, connections }: Required<Setting>, count: number) {
  const costs: number[] = []
  for (let round = 0; round < ROUNDS; round += 1)
    costs.push((await turn(server, load, one, count, connections)).microseconds)
  return median(costs)
}

/** Least squares. `fit` is the coefficient of determination. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]) {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const slope =
    points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) /
    points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const intercept = meanY - slope * meanX
  const left = points.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0)
  const all = points.reduce((sum, [, y]) => sum + (y - meanY) ** 2, 0)
  return { slope, intercept, fit: all === 0 ? 1 : 1 - left / all }
}
