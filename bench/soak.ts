import { Child, withChildren } from './child.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import { TYPICAL } from './compare/cases.ts'
import { FLOOR, OURS, type Server, startServer } from './compare/servers.ts'
import { turn } from './compare/turn.ts'
import type { Figure } from './figure.ts'

/** Whether memory stays flat: ten minutes of load, Tributary and the floor by turns of a minute. */

const MINUTES = 10
const CONNECTIONS = 32
export async function soak(): Promise<readonly Figure[]> {
  const [upstream, load] = [Child.start('upstream'), Child.start('load')]
  return withChildren([upstream, load], async () => {
    const { origin } = await upstream.ask<UpstreamAnswer>({})
    const [ours, floor] = [await startServer(OURS, TYPICAL, origin), await startServer(FLOOR, TYPICAL, origin)]
    try {
      const peaks: number[] = []
      for (let minute = 0; minute < MINUTES; minute += 1) {
        await loadFor(60_000, ours, load)
        peaks.push((await ours.usage()).peakMegabytes)
        await loadFor(60_000, floor, load)
      }
      const [peak, first] = [peaks.at(-1) ?? Number.NaN, peaks[1] ?? Number.NaN]
      return [
        { name: 'peak after 2 minutes of load', value: first, unit: 'MB' },
        { name: `peak after ${MINUTES} minutes`, value: peak, unit: 'MB' },
        { name: 'the one to the other', value: peak / first, unit: '×', bar: { atMost: 1.1 } },
        {
          name: 'peak in relation to that of the floor',
          value: peak / (await floor.usage()).peakMegabytes,
          unit: '×',
          bar: { atMost: 1.25 },
        },
      ]
    } finally {
      await Promise.all([ours.stop(), floor.stop()])
    }
  })
}

async function loadFor(ms: number, server: Server, load: Child): Promise<void> {
  const endsAt = performance.now() + ms
  while (performance.now() < endsAt) await turn(server, load, TYPICAL, 2000, CONNECTIONS)
}
