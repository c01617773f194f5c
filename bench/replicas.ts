import { Child, withChildren } from './child.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import { TYPICAL } from './compare/cases.ts'
import { OURS, type Server, startServer } from './compare/servers.ts'
import { turn, warmUp } from './compare/turn.ts'
import { type Figure, median } from './figure.ts'

/** What a second copy buys. Sources and clients run on the same cores, so it is less than with cores of its own. */

const EFFORT = { warmUpMs: 10_000, roundMs: 2000 }
const ROUNDS = 7

export async function replicas(): Promise<readonly Figure[]> {
  const upstream = Child.start('upstream')
  const loads = [Child.start('load'), Child.start('load')]
  return withChildren([upstream, ...loads], async () => {
    const { origin } = await upstream.ask<UpstreamAnswer>({})
    const copies = [await startServer(OURS, TYPICAL, origin), await startServer(OURS, TYPICAL, origin)]
    try {
      const counts: number[] = []
      for (const [index, copy] of copies.entries())
        counts.push(await warmUp(copy, loads[index] as Child, TYPICAL, EFFORT))
      const [count = 0] = counts
      const alone: number[] = []
      const together: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        alone.push(await rateOf(copies.slice(0, 1), loads, count))
        together.push(await rateOf(copies, loads, count))
      }
      const ratios = together.map((rate, round) => rate / (alone[round] ?? Number.NaN))
      return [
        { name: 'one copy, answers a second', value: Math.round(median(alone)), unit: '' },
        { name: 'two copies', value: Math.round(median(together)), unit: '' },
        { name: 'two copies in relation to one, median of the pairs', value: median(ratios), unit: '×' },
      ]
    } finally {
      await Promise.all(copies.map((copy) => copy.stop()))
    }
  })
}

async function rateOf(copies: readonly Server[], loads: readonly Child[], count: number): Promise<number> {
  const turns = await Promise.all(copies.map((copy, index) => turn(copy, loads[index] as Child, TYPICAL, count)))
  return turns.reduce((sum, { perSecond }) => sum + perSecond, 0)
}
