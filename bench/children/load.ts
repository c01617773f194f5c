import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { serve } from './serve.ts'

/** The client: closed loop (each connection sends its next request after the answer) or open loop (a fixed rate). */

export type LoadQuestion =
  | (Asking & { readonly connections: number; readonly count: number })
  | (Asking & { readonly perSecond: number; readonly count: number })

interface Asking {
  readonly url: string
  /** GET if absent. */
  readonly method?: 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  /** The status of a right answer; 200 if absent. */
  readonly status?: number
}

export interface LoadAnswer {
  /** Open loop only: from the scheduled start of a call to its last byte, so that a late start counts. */
  readonly latenciesMs: readonly number[]
  /** Open loop only: the largest delay of a start, because this process was busy. */
  readonly latestMs: number
  /** The number of answers with another status. */
  readonly wrong: number
}

serve(async (question: LoadQuestion): Promise<LoadAnswer> => {
  const { url, method = 'GET', headers = {}, status = 200 } = question
  const { origin, pathname } = new URL(url)
  const connections = 'connections' in question ? question.connections : question.perSecond
  const pool = new Pool(origin, { connections, allowH2: false })
  const ask = async (): Promise<boolean> => {
    const { statusCode, body } = await pool.request({ method, path: pathname, headers })
    await body.dump({ limit: Number.MAX_SAFE_INTEGER })
    return statusCode === status
  }
  const answer = 'connections' in question ? await closedLoop(ask, question) : await openLoop(ask, question)
  await pool.close()
  return answer
})

async function closedLoop(
  ask: () => Promise<boolean>,
  { connections, count }: { readonly connections: number; readonly count: number },
): Promise<LoadAnswer> {
  let left = count
  let wrong = 0
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      if (!(await ask())) wrong += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  return { latenciesMs: [], latestMs: 0, wrong }
}

async function openLoop(
  ask: () => Promise<boolean>,
  { perSecond, count }: { readonly perSecond: number; readonly count: number },
): Promise<LoadAnswer> {
  const latenciesMs: number[] = []
  let latestMs = 0
  let wrong = 0
  const one = async (dueAt: number): Promise<void> => {
    if (!(await ask())) wrong += 1
    latenciesMs.push(performance.now() - dueAt)
  }
  const startedAt = performance.now()
  const running: Promise<void>[] = []
  while (running.length < count) {
    const dueAt = startedAt + (running.length * 1000) / perSecond
    const early = dueAt - performance.now()
    if (early > 0) await sleep(early)
    latestMs = Math.max(latestMs, performance.now() - dueAt)
    running.push(one(dueAt))
  }
  await Promise.all(running)
  return { latenciesMs, latestMs, wrong }
}
