import { setTimeout as sleep } from 'node:timers/promises'
import { Child, withChildren } from './child.ts'
import type { HoldAnswer, HoldQuestion } from './children/hold.ts'
import type { LoadQuestion } from './children/load.ts'
import type { Held, ServerQuestion } from './children/serve.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import type { Figure } from './figure.ts'

/** What clients cost that wait: 10,000 idle connections, and 1,000 answers in work. */

const IDLE_CLIENTS = 10_000
const IN_WORK = 1000
const WARM_UP = 5000
const SLOW_MS = 8000

export async function hold(): Promise<readonly Figure[]> {
  const idle = await held({ path: '/health/live', count: IDLE_CLIENTS, waits: false })
  const inWork = await held({ path: '/aggregate/slow', count: IN_WORK, waits: true })
  return [
    { name: `${IDLE_CLIENTS} idle keep-alive clients hold so much more`, value: idle, unit: 'MB' },
    { name: `${IN_WORK} answers in work hold so much more`, value: inWork, unit: 'MB' },
  ]
}

/** The memory that these clients cost a process of their own, which has answered before. */
async function held(clients: Pick<HoldQuestion, 'path' | 'count' | 'waits'>): Promise<number> {
  const children = ['upstream', 'load', 'hold', 'tributary'].map((name) => Child.start(name))
  const [upstream, load, holding, ours] = children as [Child, Child, Child, Child]
  return withChildren(children, async () => {
    const { origin: source } = await upstream.ask<UpstreamAnswer>({})
    const { origin } = await ours.ask<{ origin: string }>({ config: configOf(source) })
    const { hostname: host, port } = new URL(origin)
    await load.ask({ url: `${origin}/aggregate/quick`, connections: 16, count: WARM_UP } satisfies LoadQuestion)
    const before = await memoryOf(ours)
    const { open } = await holding.ask<HoldAnswer>({ host, port: Number(port), ...clients } satisfies HoldQuestion)
    await sleep(1000)
    const after = await memoryOf(ours)
    if (open !== clients.count) throw new Error(`${open} of ${clients.count} connections are open`)
    return after - before
  })
}

function configOf(origin: string): object {
  const many = { maxInFlight: IN_WORK, maxQueue: IN_WORK }
  return {
    server: { port: 0, maxInFlight: 2 * IN_WORK },
    deadline: { default: '10s' },
    sources: {
      quick: { url: `${origin}/json` },
      slow: { url: `${origin}/after/${SLOW_MS}`, timeout: '9s', bulkhead: many },
    },
    views: { quick: { sources: ['quick'] }, slow: { sources: ['slow'] } },
  }
}

async function memoryOf(server: Child): Promise<number> {
  const { megabytes } = await server.ask<Held>({ memory: true } satisfies ServerQuestion)
  return megabytes
}
