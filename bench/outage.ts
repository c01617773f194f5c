import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { Child, withChildren } from './child.ts'
import type { UpstreamAnswer } from './children/upstream.ts'
import type { Figure } from './figure.ts'

/** Measures a source that fails completely and recovers, under a steady stream of calls. */

const PER_SECOND = 50
const HEALTHY_SECONDS = 3
const OUTAGE_SECONDS = 8
/** A breaker that has opened for the second time stays open for ten seconds. */
const RECOVERY_SECONDS = 14
/** Extra attempts that the budget allows beyond a fifth of the calls: three a second over its window of ten seconds. */
const FLOOR = 30

interface Answered {
  readonly atMs: number
  /** A failure code; null for data. */
  readonly code: string | null
}

interface Outage {
  readonly calls: number
  readonly requests: number
  /** Calls and requests before the outage: those calls still count for the budget. */
  readonly before: number
  /** From the start of the outage to the first call that failed without an attempt. */
  readonly openedMs: number
  /** From the end of the outage to the first call with data. */
  readonly recoveredMs: number
}

export async function outage(): Promise<readonly Figure[]> {
  const bare = await measure({ breaker: false })
  const guarded = await measure({})
  const [calls, requests] = [bare.before + bare.calls, bare.before + bare.requests]
  const beyond = Math.max(0, Math.ceil(requests - 1.2 * calls))
  return [
    { name: `calls during ${OUTAGE_SECONDS} s of outage`, value: bare.calls, unit: '' },
    { name: 'requests to the source, breaker off', value: bare.requests, unit: '' },
    {
      name: 'in all, with what was before: beyond 1.2 times the calls',
      value: beyond,
      unit: '',
      bar: { atMost: FLOOR },
    },
    { name: 'requests to the source, breaker on', value: guarded.requests, unit: '' },
    { name: 'time until the breaker opened', value: guarded.openedMs, unit: 'ms' },
    { name: 'back again: time to the first data, breaker off', value: bare.recoveredMs, unit: 'ms' },
    { name: 'back again: time to the first data, breaker on', value: guarded.recoveredMs, unit: 'ms' },
  ]
}

async function measure(source: object): Promise<Outage> {
  const upstream = Child.start('upstream')
  const tributary = Child.start('tributary')
  return withChildren([upstream, tributary], async () => {
    const { origin: sourceOrigin } = await upstream.ask<UpstreamAnswer>({})
    const config = { server: { port: 0 }, sources: { source: { url: `${sourceOrigin}/after/5`, ...source } } }
    const { origin } = await tributary.ask<{ origin: string }>({ config })
    const pool = new Pool(origin, { connections: PER_SECOND, allowH2: false })
    const before = (await load(pool, HEALTHY_SECONDS)).length
    await upstream.ask<UpstreamAnswer>({ down: true })
    const brokeAt = performance.now()
    const during = await load(pool, OUTAGE_SECONDS)
    const { requests } = await upstream.ask<UpstreamAnswer>({ down: false })
    const backAt = performance.now()
    const after = await load(pool, RECOVERY_SECONDS, ({ code }) => code === null)
    await pool.close()
    return {
      calls: during.length,
      requests,
      before,
      openedMs: since(brokeAt, during, ({ code }) => code === 'destination_unavailable'),
      recoveredMs: since(backAt, after, ({ code }) => code === null),
    }
  })
}

function since(startMs: number, answers: readonly Answered[], test: (answer: Answered) => boolean): number {
  return (answers.find(test)?.atMs ?? Number.NaN) - startMs
}

/** Makes calls at a steady rate, until the time is over or an answer matches. Returns them in order of completion. */
async function load(
  pool: Pool,
  seconds: number,
  isEnough: (answer: Answered) => boolean = () => false,
): Promise<readonly Answered[]> {
  const answers: Answered[] = []
  const one = async (): Promise<void> => {
    const code = await ask(pool)
    answers.push({ atMs: performance.now(), code })
  }
  const startedAt = performance.now()
  const running: Promise<void>[] = []
  while (running.length < seconds * PER_SECOND && !answers.some(isEnough)) {
    const early = startedAt + (running.length * 1000) / PER_SECOND - performance.now()
    if (early > 0) await sleep(early)
    running.push(one())
  }
  await Promise.all(running)
  return answers
}

async function ask(pool: Pool): Promise<string | null> {
  const { body } = await pool.request({ method: 'GET', path: '/aggregate' })
  const { failedSources } = (await body.json()) as { readonly failedSources: readonly { readonly code: string }[] }
  return failedSources[0]?.code ?? null
}
