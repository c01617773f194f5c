import type { Child } from '../child.ts'
import type { LoadAnswer, LoadQuestion } from '../children/load.ts'
import { type Case, headersOf } from './cases.ts'
import type { Server } from './servers.ts'

/** What one turn of load cost. */
export interface Turn {
  /** Processor time of an answer. */
  readonly microseconds: number
  readonly perSecond: number
}

export const CONNECTIONS = 16

/** Closed loop: each connection sends its next request after the answer. */
export async function turn(
  server: Pick<Server, 'url' | 'usage'>,
  load: Child,
  one: Case,
  count: number,
  connections = CONNECTIONS,
): Promise<Turn> {
  const before = await server.usage()
  const startedAt = performance.now()
  await asked(load, { url: server.url, headers: headersOf(one), connections, count })
  const seconds = (performance.now() - startedAt) / 1000
  const after = await server.usage()
  return { microseconds: (after.microseconds - before.microseconds) / count, perSecond: count / seconds }
}

/** Loads a server for a while. Returns how many answers it gives in `roundMs`. */
export async function warmUp(
  server: Pick<Server, 'url' | 'usage'>,
  load: Child,
  one: Case,
  { warmUpMs, roundMs }: { readonly warmUpMs: number; readonly roundMs: number },
): Promise<number> {
  const startedAt = performance.now()
  let count = 200
  while (performance.now() - startedAt < warmUpMs) {
    const { perSecond } = await turn(server, load, one, count)
    count = Math.max(CONNECTIONS, Math.round((perSecond * roundMs) / 1000))
  }
  return count
}

/** Open loop: calls are made when they are due, whatever came of those before. Returns the latencies in milliseconds. */
export async function paced(
  server: Pick<Server, 'url'>,
  load: Child,
  one: Case,
  { perSecond, forMs }: { readonly perSecond: number; readonly forMs: number },
): Promise<readonly number[]> {
  const count = Math.round((forMs * perSecond) / 1000)
  const { latenciesMs } = await asked(load, { url: server.url, headers: headersOf(one), perSecond, count })
  return latenciesMs
}

async function asked(load: Child, question: LoadQuestion): Promise<LoadAnswer> {
  const answer = await load.ask<LoadAnswer>(question)
  if (answer.wrong > 0) throw new Error(`${answer.wrong} of ${question.count} answers were not 200`)
  return answer
}
