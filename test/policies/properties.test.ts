import fc from 'fast-check'
import t from 'tap'
import { type Call, compose, type Policy } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import type { Clock, Deadline } from '../../src/core/deadline.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { Coalesce } from '../../src/policies/coalesce.ts'
import { BreakerState, type Permit, type Verdict } from '../../src/policies/parts/breaker-state.ts'
import { Budget } from '../../src/policies/parts/budget.ts'
import { TokenBucket } from '../../src/policies/parts/token-bucket.ts'
import { RateLimit } from '../../src/policies/rate-limit.ts'
import { backoffMs, retry } from '../../src/policies/retry.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { Bench, DATA, failing, status } from './bench.ts'

/** A clock that tests set directly, without turns of the event loop. Its timers never fire. */
class HandClock implements Clock {
  ms = 1000
  now = () => this.ms
  setTimeout = () => null
  clearTimeout = () => {}
}

/** Durations: mostly short, some long, few of them whole. */
const gaps = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 300, noNaN: true }) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 2000, max: 30_000 }) },
)
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const positive = fc.integer({ min: 1, max: 100_000 })

t.test('a backoff is never outside its limits', async () => {
  fc.assert(
    fc.property(fc.nat(2000), positive, positive, chances, (retries, baseDelayMs, maxDelayMs, chance) => {
      const ms = backoffMs(retries, { baseDelayMs, maxDelayMs }, () => chance)
      return ms >= 0 && ms <= maxDelayMs && ms <= baseDelayMs * 2 ** retries
    }),
  )
})

const failures = fc.oneof(
  fc.constant(failing('connection_refused')),
  fc
    .tuple(fc.constantFrom(429, 502, 503, 504), fc.integer({ min: 0, max: 3000 }))
    .map(([code, ms]) => status(code, ms)),
)

t.test('no retry is earlier than Retry-After, later than four times its backoff, or beyond its deadline', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(failures, { minLength: 1, maxLength: 6 }),
      fc.array(chances, { minLength: 6, maxLength: 6 }),
      fc.integer({ min: 0, max: 10_000 }),
      async (outcomes, drawn, leftMs) => {
        const bench = new Bench()
        const limits = { attempts: 5, baseDelayMs: 100, maxDelayMs: 300, minTimeMs: 20 }
        let place = 0
        const random = () => drawn[place++ % drawn.length] ?? 0
        const deadline: Deadline = { at: 1000 + leftMs, cause: 'batch', spanMs: leftMs }
        const policy = retry(limits, { budget: null, clock: bench.clock, random })
        const ended = policy(bench.script(...outcomes))(bench.call('weather', { deadline }))
        await bench.clock.advance(20_000)
        await ended
        return bench.reachedAt.slice(1).every((at, i) => {
          const failure = outcomes[Math.min(i, outcomes.length - 1)]?.failure
          const gap = at - (bench.reachedAt[i] ?? 0) + 1e-6
          const asked = failure?.retryAfterMs ?? 0
          // timers take at least 1 ms
          const most = Math.max(asked, 4 * Math.min(300, 100 * 2 ** i), 1)
          return gap >= asked && gap <= most + 1e-3 && at + limits.minTimeMs <= deadline.at + 1
        })
      },
    ),
    { numRuns: 60 },
  )
})

const budgets = fc.record({
  ratio: fc.constantFrom(0, 0.1, 0.2, 0.5, 1, 1.7),
  minPerSecond: fc.constantFrom(0, 0.1, 1, 3),
})
const arrivals = fc.array(fc.record({ gapMs: gaps, calls: fc.nat(6), tries: fc.nat(12) }), {
  maxLength: 80,
  size: 'max',
})

t.test('a budget is never exceeded in any ten seconds that end with an extra attempt', async () => {
  fc.assert(
    fc.property(budgets, arrivals, (limits, steps) => {
      const clock = new HandClock()
      const budget = new Budget(limits, clock)
      const calls: number[] = []
      const extra: number[] = []
      for (const { gapMs, calls: made, tries } of steps) {
        clock.ms += gapMs
        for (let i = 0; i < made; i += 1) {
          budget.offer()
          calls.push(clock.ms)
        }
        for (let i = 0; i < tries; i += 1) {
          const { balance } = budget
          if (balance < 0 || !Number.isInteger(balance)) return false
          if (budget.take() !== balance >= 1) return false
          if (balance < 1) continue
          extra.push(clock.ms)
          const within = (at: number) => at > clock.ms - 10_000
          const earned = limits.ratio * calls.filter(within).length + limits.minPerSecond * 10
          if (extra.filter((at) => at >= clock.ms - 10_000).length > earned + 1e-6) return false
        }
      }
      return budget.balance >= 0
    }),
    { numRuns: 300 },
  )
})

t.test('a budget is not stricter than the last eleven seconds require', async () => {
  fc.assert(
    fc.property(budgets, arrivals, (limits, steps) => {
      const clock = new HandClock()
      const budget = new Budget(limits, clock)
      const calls: number[] = []
      const extra: number[] = []
      for (const { gapMs, calls: made, tries } of steps) {
        clock.ms += gapMs
        for (let i = 0; i < made; i += 1) {
          budget.offer()
          calls.push(clock.ms)
        }
        for (let i = 0; i < tries; i += 1) {
          const earned = limits.ratio * calls.filter((at) => at > clock.ms - 9000).length + limits.minPerSecond * 10
          const sure = earned - extra.filter((at) => at > clock.ms - 11_000).length
          const paid = budget.take()
          if (!paid && sure >= 1) return false
          if (paid) extra.push(clock.ms)
        }
      }
      return true
    }),
    { numRuns: 300 },
  )
})

interface Layer {
  readonly spentMs: number
  readonly ms: number
  readonly kind: 'call' | 'attempt'
}

const layers: fc.Arbitrary<Layer[]> = fc.array(
  fc.record({
    spentMs: fc.integer({ min: 0, max: 500 }),
    ms: fc.integer({ min: 1, max: 3000 }),
    kind: fc.constantFrom('call', 'attempt'),
  }),
  { maxLength: 8 },
)

t.test(
  'timeouts only make a deadline earlier; it is never later than any of them, and has the cause of the earliest',
  async () => {
    await fc.assert(
      fc.asyncProperty(layers, async (nested) => {
        const clock = new HandClock()
        const bench = new Bench()
        const call = bench.call()
        const seen: Deadline[] = [call.deadline]
        const set: Deadline[] = [call.deadline]
        const policies = nested.map(({ spentMs, ms, kind }): Policy => {
          const narrow = kind === 'call' ? timeout(ms, 'call', clock) : timeout(ms, 'attempt', clock)
          return (next) => {
            const narrowed = narrow((inner) => {
              seen.push(inner.deadline)
              return next(inner)
            })
            return (outer) => {
              clock.ms += spentMs
              set.push({ at: clock.ms + ms, cause: kind, spanMs: ms })
              return narrowed(outer)
            }
          }
        })
        await compose(policies, async () => DATA)(call)
        const earliest = Math.min(...set.map(({ at }) => at))
        const last = seen.at(-1)
        return (
          seen.every(({ at }, i) => i === 0 || at <= (seen[i - 1]?.at ?? 0)) &&
          last?.at === earliest &&
          last.cause === set.find(({ at }) => at === earliest)?.cause &&
          call.cancel.listeners === 0
        )
      }),
    )
  },
)

type BreakerStep =
  | { readonly do: 'admit'; readonly times: number }
  | { readonly do: 'conclude'; readonly which: number; readonly verdict: Verdict }
  | { readonly do: 'pass'; readonly ms: number }

const breakerSteps: fc.Arbitrary<BreakerStep[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('admit' as const), times: fc.integer({ min: 1, max: 5 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('conclude' as const),
        which: fc.nat(50),
        verdict: fc.constantFrom<Verdict>('good', 'bad', 'bad', 'slow', 'nothing'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 6000 }) }) },
  ),
  { maxLength: 200, size: 'max' },
)

t.test('a breaker admits at most three probes while half-open, none while open, and never gets stuck', async () => {
  let halfOpened = 0
  fc.assert(
    fc.property(breakerSteps, chances, (steps, chance) => {
      const clock = new HandClock()
      const limits = {
        windowMs: 10_000,
        minCalls: 2,
        failureRate: 0.5,
        openForMs: 500,
        slowAfterMs: 1,
        slowRate: 0.5,
      }
      let spell = 0
      let opensAgainAt = 0
      let allowed = true
      const state = new BreakerState(limits, {
        clock,
        random: () => chance,
        onChange: ({ to, openForMs }) => {
          spell += 1
          if (to === 'half-open') halfOpened += 1
          if (to !== 'open') return
          opensAgainAt = clock.ms + (openForMs ?? 0)
          allowed &&= openForMs !== null && openForMs >= 450 && openForMs <= 60_000
        },
      })
      const running: { permit: Permit; spell: number }[] = []
      let probes = { spell: -1, through: 0 }
      const admit = () => {
        const open = state.status === 'open'
        const permit = state.admit()
        if (open) return permit === null && clock.ms < opensAgainAt
        if (state.status === 'closed') return permit !== null && running.push({ permit, spell }) > 0
        if (probes.spell !== spell) probes = { spell, through: 0 }
        if (permit === null) return probes.through === 3
        probes.through += 1
        running.push({ permit, spell })
        return probes.through <= 3
      }
      const conclude = (which: number, verdict: Verdict) => {
        const [ended] = running.splice(which % Math.max(1, running.length), 1)
        if (ended === undefined) return
        if (verdict === 'nothing' && ended.spell === probes.spell) probes.through -= 1
        state.conclude(ended.permit, verdict)
      }
      for (const step of steps) {
        if (step.do === 'pass') clock.ms += step.ms
        else if (step.do === 'conclude') conclude(step.which, step.verdict)
        else for (let i = 0; i < step.times; i += 1) if (!admit()) return false
      }
      while (running.length > 0) conclude(0, 'nothing')
      clock.ms += 60_000
      return allowed && state.admit() !== null
    }),
    { numRuns: 500 },
  )
  t.ok(halfOpened > 100, `it was half-open ${halfOpened} times`)
})

const bucketLimits = fc.record({ max: fc.integer({ min: 1, max: 20 }), perMs: fc.integer({ min: 1, max: 2000 }) })

/**
 * Tolerance: waits are rounded up to whole milliseconds, so an attempt may be this much later than the rate requires.
 */
const ROUNDED_MS = 1

/** Whether every time span has at most as many grants as a full bucket plus the refill in it. */
function isWithin(grants: readonly number[], { max, perMs }: { max: number; perMs: number }): boolean {
  const sorted = grants.toSorted((a, b) => a - b)
  return sorted.every((from, first) =>
    sorted.slice(first).every((to, i) => i + 1 <= max + ((to - from + ROUNDED_MS) * max) / perMs + 1e-6),
  )
}

t.test('over any time span a token bucket never gives more than its maximum plus the refill', async () => {
  fc.assert(
    fc.property(bucketLimits, fc.array(gaps, { maxLength: 60, size: 'max' }), (limits, steps) => {
      const clock = new HandClock()
      const bucket = new TokenBucket(limits, clock)
      const grants: number[] = []
      let told = true
      for (const gapMs of steps) {
        clock.ms += gapMs
        const waitMs = bucket.waitMs(1)
        const taken = bucket.take()
        if (taken) grants.push(clock.ms)
        told &&= taken === (waitMs === 0)
      }
      return told && isWithin(grants, limits)
    }),
    { numRuns: 500 },
  )
})

t.test(
  'a rate limit never exceeds its rate, even if waiters leave, and every waiter that stays is served',
  async () => {
    const step = fc.record({ gapMs: fc.nat(50), leaves: fc.option(fc.nat(20), { freq: 2 }) })
    const crowded = fc.array(step, { maxLength: 40, size: 'max' })
    const limits = fc.record({ max: fc.integer({ min: 1, max: 4 }), perMs: fc.integer({ min: 100, max: 2000 }) })
    await fc.assert(
      fc.asyncProperty(limits, crowded, async (limits, all) => {
        const bench = new Bench()
        const limit = new RateLimit(limits, bench.clock)
        const grants: number[] = []
        const stack = limit.policy(async () => {
          grants.push(bench.clock.now())
          return DATA
        })
        const calls: Call[] = []
        const ended: Promise<Outcome>[] = []
        for (const { gapMs, leaves } of all) {
          await bench.clock.advance(gapMs)
          if (leaves === null) {
            const deadline = { at: bench.clock.now() + 20_000, cause: 'batch', spanMs: 20_000 } as const
            const call = bench.call('a', { deadline })
            calls.push(call)
            ended.push(stack(call))
          } else calls[leaves % Math.max(1, calls.length)]?.cancel.cancel('client')
        }
        await bench.clock.advance(20_000)
        const stayed = (await Promise.all(ended)).filter(({ failure }) => failure?.code !== 'cancelled')
        const served = stayed.every(({ failure }) => failure === null || failure.code === 'connection_limit_reached')
        return served && limit.queued === 0 && bench.clock.pending === 0 && isWithin(grants, limits)
      }),
      { numRuns: 100 },
    )
  },
)

type Move = { readonly who: number; readonly reason: 'client' | 'batch' }
const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({ who: fc.nat(9), reason: fc.constantFrom<Move['reason']>('client', 'batch') }),
  { maxLength: 20 },
)

t.test('a shared call is cancelled when its last caller leaves, and never before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 10 }), moves, fc.boolean(), async (callers, left, keeps) => {
      const bench = new Bench()
      const stack = new Coalesce(keeps).policy(bench.source)
      const cancels = Array.from({ length: callers }, () => new Cancel())
      const ended = cancels.map((cancel) => stack(bench.call('weather', { cancel })))
      for (const { who, reason } of left) {
        cancels[who % callers]?.cancel(reason)
        const gone = cancels.filter(({ reason }) => (keeps ? reason === 'client' : reason !== null))
        if ((bench.reached[0]?.cancel.reason !== null) !== (gone.length === callers)) return false
      }
      bench.end(0)
      await Promise.all(ended)
      return bench.reached.length === 1 && bench.listeners === 0
    }),
  )
})
