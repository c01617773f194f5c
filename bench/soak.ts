import { Child, withChildren } from './child.ts'
import type { Held } from './children/serve.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import { TYPICAL } from './compare/cases.ts'
import { FLOOR, OURS, type OwnServer, startServer } from './compare/servers.ts'
import { turn } from './compare/turn.ts'
import type { Figure } from './figure.ts'

/** Whether memory stays flat: ten minutes of load, Tributary and the floor by turns of a minute. */

const MINUTES = 10
/** What lives after so many minutes is compared with what lives at the end: V8 has compiled what matters by then. */
const SETTLED_MINUTES = 2
const CONNECTIONS = 32

/** What was seen of a server. */
interface Soaked {
  /** Peak of the resident memory after each minute. */
  readonly peaks: number[]
  /** What its objects took, after SETTLED_MINUTES and at the end. */
  readonly live: number[]
}

export async function soak(): Promise<readonly Figure[]> {
  const [upstream, load] = [Child.start('upstream'), Child.start('load')]
  return withChildren([upstream, load], async () => {
    const { origin } = await upstream.ask<UpstreamAnswer>({})
    const [ours, floor] = [await startServer(OURS, TYPICAL, origin), await startServer(FLOOR, TYPICAL, origin)]
    const [oursSoaked, floorSoaked]: [Soaked, Soaked] = [
      { peaks: [], live: [] },
      { peaks: [], live: [] },
    ]
    try {
      for (let minute = 1; minute <= MINUTES; minute += 1) {
        await soakFor(minute, ours, load, oursSoaked)
        await soakFor(minute, floor, load, floorSoaked)
      }
      return figures(oursSoaked, floorSoaked)
    } finally {
      await Promise.all([ours.stop(), floor.stop()])
    }
  })
}

async function soakFor(minute: number, server: OwnServer, load: Child, { peaks, live }: Soaked): Promise<void> {
  const endsAt = performance.now() + 60_000
  while (performance.now() < endsAt) await turn(server, load, TYPICAL, 2000, CONNECTIONS)
  peaks.push((await server.usage()).peakMegabytes)
  if (minute !== SETTLED_MINUTES && minute !== MINUTES) return
  const { liveMegabytes } = await server.ask<Held>({ memory: true })
  live.push(liveMegabytes)
}

function figures(ours: Soaked, floor: Soaked): readonly Figure[] {
  const [settled, last] = [ours.live[0] ?? Number.NaN, ours.live.at(-1) ?? Number.NaN]
  const [peak, floorPeak] = [ours.peaks.at(-1) ?? Number.NaN, floor.peaks.at(-1) ?? Number.NaN]
  return [
    megabytes(`live objects after ${SETTLED_MINUTES} minutes of load`, settled),
    megabytes(`live objects after ${MINUTES} minutes`, last),
    { name: 'the one to the other', value: last / settled, unit: '×', bar: { atMost: 1.05 } },
    megabytes(`live objects of the floor after ${MINUTES} minutes`, floor.live.at(-1) ?? Number.NaN),
    ...ours.peaks.map((value, index) => megabytes(`peak after minute ${index + 1}`, value)),
    megabytes('peak of the floor', floorPeak),
    { name: 'peak in relation to that of the floor', value: peak / floorPeak, unit: '×', bar: { atMost: 1.25 } },
  ]
}

function megabytes(name: string, value: number): Figure {
  return { name, value, unit: 'MB' }
}
