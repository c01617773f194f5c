import type { Deadline } from '../../src/core/deadline.ts'
import { FAILURE_CODES, type FailureCode, failure } from '../../src/core/failure.ts'
import { failed, type Outcome } from '../../src/core/outcome.ts'
import { Budget } from '../../src/policies/parts/budget.ts'
import { backoffMs, type RetryDependencies, type RetryLimits, retry } from '../../src/policies/retry.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { type Bench, DATA, failing, status, test } from './bench.ts'

const LIMITS: RetryLimits = { attempts: 5, baseDelayMs: 100, maxDelayMs: 250, minTimeMs: 50 }
const FAR: { deadline: Deadline } = { deadline: { at: 1e9, cause: 'batch', spanMs: 1e9 } }
const REFUSED = failing('connection_refused')

/** No jitter by default: each backoff is three quarters of its limit. */
function retrying({ clock }: Bench, over: Partial<RetryLimits> = {}, more: Partial<RetryDependencies> = {}) {
  return retry({ ...LIMITS, ...over }, { budget: null, clock, random: () => 0.75, ...more })
}

/** The time between attempts. */
const gaps = ({ reachedAt }: Bench) => reachedAt.slice(1).map((at, i) => at - (reachedAt[i] ?? 0))

const RETRIED: readonly FailureCode[] = [
  'connection_refused',
  'connection_terminated',
  'connection_timeout',
  'http_response_timeout',
  'http_response_incomplete',
]
for (const code of Object.keys(FAILURE_CODES) as FailureCode[]) {
  const again = RETRIED.includes(code)
  test(`${code} is ${again ? '' : 'not '}retried`, async (t, bench) => {
    const first = failing(code)
    const ended = retrying(bench)(bench.script(first, DATA))(bench.call())
    await bench.clock.advance(1000)
    t.equal(bench.reached.length, again ? 2 : 1)
    t.equal(await ended, again ? DATA : first)
  })
}

test('a temporary look-up failure is retried', async (t, bench) => {
  const first = failed(failure('dns_error', 'for the moment', { retry: 'soon' }))
  const ended = retrying(bench)(bench.script(first, DATA))(bench.call())
  await bench.clock.advance(1000)
  t.equal(await ended, DATA)
})

for (const [code, retryAfterMs, again] of [
  [429, null, false],
  [429, 1000, true],
  [500, null, false],
  [500, 1000, false],
  [501, null, false],
  [502, null, true],
  [503, null, true],
  [503, 1000, true],
  [504, null, true],
  [505, null, false],
  [404, null, false],
  [404, 1000, false],
  [408, null, false],
  [301, null, false],
] as const) {
  const word = retryAfterMs === null ? 'without' : 'with'
  test(`status ${code} ${word} Retry-After is ${again ? '' : 'not '}retried`, async (t, bench) => {
    const first = status(code, retryAfterMs)
    const ended = retrying(bench)(bench.script(first, DATA))(bench.call())
    await bench.clock.advance(1500)
    t.equal(bench.reached.length, again ? 2 : 1)
    t.equal(await ended, again ? DATA : first)
  })
}

test('a success passes unchanged, and so does a substituted value', async (t, bench) => {
  const call = bench.call()
  t.equal(await retrying(bench)(bench.script(DATA))(call), DATA)
  t.equal(bench.reached[0], call)
  t.equal(bench.reached.length, 1)
})

test('the backoff is between 0 and a limit that doubles each time, up to the maximum', async (t) => {
  const limits = { baseDelayMs: 25, maxDelayMs: 250 }
  for (const [retries, most] of [25, 50, 100, 200, 250, 250].entries()) {
    t.equal(
      backoffMs(retries, limits, () => 0),
      0,
    )
    const longest = backoffMs(retries, limits, () => 0.999)
    t.ok(longest > most * 0.99 && longest < most, `${longest} ms`)
    t.equal(
      backoffMs(retries, limits, () => 0.5),
      most / 2,
    )
  }
})

test('the attempts are separated by the backoff', async (t, bench) => {
  const ended = retrying(bench)(bench.script(REFUSED))(bench.call('weather', FAR))
  await bench.clock.advance(10_000)
  await ended
  t.strictSame(gaps(bench), [75, 150, 187.5, 187.5])
})

test('each backoff uses a new random number', async (t, bench) => {
  const chances = [0.5, 0.25, 0.125, 0.5]
  const random = () => chances.shift() ?? 1
  const ended = retrying(bench, {}, { random })(bench.script(REFUSED))(bench.call('weather', FAR))
  await bench.clock.advance(10_000)
  await ended
  t.strictSame(gaps(bench), [50, 50, 31.25, 125])
})

for (const first of [status(503), status(429, 1)]) {
  test(`after ${first.upstreamStatus} the backoff and its maximum are four times as long`, async (t, bench) => {
    const ended = retrying(bench)(bench.script(first))(bench.call('weather', FAR))
    await bench.clock.advance(10_000)
    await ended
    t.strictSame(gaps(bench), [300, 600, 750, 750])
  })
}

for (const first of [status(502), status(504)]) {
  test(`after ${first.upstreamStatus} the backoff is the normal one`, async (t, bench) => {
    const ended = retrying(bench, { attempts: 2 })(bench.script(first))(bench.call('weather', FAR))
    await bench.clock.advance(10_000)
    await ended
    t.strictSame(gaps(bench), [75])
  })
}

for (const [code, retryAfterMs, waitMs] of [
  [429, 700, 700],
  [503, 700, 700],
  [503, 5000, 5000],
  [502, 700, 700],
  [503, 200, 300],
  [503, 0, 300],
] as const) {
  test(`with ${code} and Retry-After ${retryAfterMs} ms, it waits ${waitMs} ms`, async (t, bench) => {
    const ended = retrying(bench)(bench.script(status(code, retryAfterMs), DATA))(bench.call('weather', FAR))
    await bench.clock.advance(waitMs - 1)
    t.equal(bench.reached.length, 1)
    await bench.clock.advance(1)
    t.equal(bench.reached.length, 2)
    t.equal(await ended, DATA)
  })
}

test('it never waits less than Retry-After, for any random number', async (t, bench) => {
  for (const chance of [0, 0.5, 0.999]) {
    const random = () => chance
    const place = bench.reached.length
    const ended = retrying(bench, {}, { random })(bench.script(status(503, 390), DATA))(bench.call('weather', FAR))
    await bench.clock.advance(1000)
    await ended
    const gap = (bench.reachedAt[place + 1] ?? 0) - (bench.reachedAt[place] ?? 0)
    t.ok(gap >= 390 && gap < 400, `${gap} ms`)
  }
})

for (const [retryAfterMs, fits] of [
  [1950, true],
  [1951, false],
] as const) {
  test(`with 2,000 ms left and 50 ms per attempt, a wait of ${retryAfterMs} ms ${fits ? 'fits' : 'does not fit, and is reported'}`, async (t, bench) => {
    const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
    const first = status(503, retryAfterMs)
    const ended = retrying(bench, {}, { budget })(bench.script(first, DATA))(bench.call())
    if (fits) await bench.clock.advance(retryAfterMs)
    else t.equal(bench.clock.pending, 0, 'it does not wait for nothing')
    const outcome = await ended
    t.equal(outcome, fits ? DATA : first)
    t.equal(outcome.failure?.retryAfterMs, fits ? undefined : retryAfterMs)
    t.equal(budget.balance, fits ? 9 : 10, 'what is not made costs nothing')
  })
}

test('no retry is made if there is time for the wait but not for the attempt', async (t, bench) => {
  const within = (ms: number) => ({ deadline: { at: 1000 + ms, cause: 'call', spanMs: ms } }) as const
  const ended = retrying(bench)(bench.script(REFUSED, DATA))(bench.call('a', within(124)))
  t.equal(await ended, REFUSED, '75 and 50 are more than 124')
  const other = retrying(bench)(bench.script(REFUSED, DATA))(bench.call('b', within(125)))
  await bench.clock.advance(75)
  t.equal(await other, DATA)
})

for (const reason of ['client', 'batch', 'call', 'superseded'] as const) {
  test(`cancelled in a backoff (${reason}), it ends at once with the outcome of the last attempt`, async (t, bench) => {
    const call = bench.call()
    const second = failing('connection_terminated')
    const ended = retrying(bench)(bench.script(REFUSED, second, DATA))(call)
    await bench.clock.advance(75)
    t.equal(bench.reached.length, 2)
    t.equal(bench.clock.pending, 1)
    call.cancel.cancel(reason)
    t.equal(bench.clock.pending, 0)
    t.equal(await ended, second)
    t.equal(bench.reached.length, 2)
  })
}

test('a call that is cancelled during an attempt is not retried, for any outcome, and takes nothing from the budget', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
  const call = bench.call()
  const ended = retrying(bench, {}, { budget })(bench.deaf)(call)
  call.cancel.cancel('client')
  bench.end(0, REFUSED)
  t.equal(await ended, REFUSED)
  t.equal(bench.reached.length, 1)
  t.equal(budget.balance, 10)
})

test('later attempts have kind "retry", and are otherwise equal', async (t, bench) => {
  const call = bench.call()
  const ended = retrying(bench, { attempts: 3 })(bench.script(REFUSED))(call)
  await bench.clock.advance(1000)
  await ended
  t.strictSame(
    bench.reached.map(({ kind }) => kind),
    ['first', 'retry', 'retry'],
  )
  for (const { kind: _, ...same } of bench.reached) {
    t.equal(same.request, call.request)
    t.equal(same.deadline, call.deadline)
    t.equal(same.record, call.record)
  }
  t.equal(call.record.effort.attempts, 3)
})

for (const attempts of [1, 2, 3, 5]) {
  test(`with ${attempts} attempts, the last failure is reported`, async (t, bench) => {
    const outcomes = Array.from({ length: 9 }, () => failing('connection_refused'))
    const ended = retrying(bench, { attempts })(bench.script(...outcomes))(bench.call('weather', FAR))
    await bench.clock.advance(10_000)
    t.equal(await ended, outcomes[attempts - 1])
    t.equal(bench.reached.length, attempts)
  })
}

test('a later permanent failure ends the retries', async (t, bench) => {
  const last = status(404)
  const ended = retrying(bench)(bench.script(REFUSED, last, DATA))(bench.call())
  await bench.clock.advance(1000)
  t.equal(await ended, last)
  t.equal(bench.reached.length, 2)
})

test('an empty budget ends the retries at once with the last failure', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 0.1 }, bench.clock)
  const last = failing('connection_terminated')
  const ended = retrying(bench, {}, { budget })(bench.script(REFUSED, last, DATA))(bench.call())
  await bench.clock.advance(75)
  t.equal(bench.clock.pending, 0)
  t.equal(await ended, last)
  t.equal(bench.reached.length, 2, 'it paid for one')
})

test('each retry takes one from the budget, and nothing is taken if there is no retry', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
  const stack = (...outcomes: Outcome[]) =>
    retrying(bench, { attempts: 3 }, { budget })(bench.script(...outcomes))(bench.call())
  await stack(DATA)
  await stack(status(404))
  t.equal(budget.balance, 10)
  const ended = stack(REFUSED)
  await bench.clock.advance(1000)
  await ended
  t.equal(budget.balance, 8)
})

for (const code of ['destination_unavailable', 'connection_limit_reached'] as const) {
  test(`after a refused retry (${code}) the previous failure is reported`, async (t, bench) => {
    const second = failing('connection_terminated')
    const ended = retrying(bench)(bench.script(REFUSED, second, failing(code), DATA))(bench.call())
    await bench.clock.advance(1000)
    t.equal(await ended, second)
    t.equal(bench.reached.length, 3)
  })
}

test("the call's own timeout is never retried", async (t, bench) => {
  const stack = timeout(500, 'call', bench.clock)(retrying(bench)(bench.source))
  const ended = stack(bench.call('weather', FAR))
  await bench.clock.advance(500)
  t.match(await ended, { failure: { code: 'http_response_timeout', retry: 'soon' } })
  await bench.clock.advance(1000)
  t.equal(bench.reached.length, 1)
})

test('an exception below is rethrown, from a retry too', async (t, bench) => {
  let made = 0
  const broken = async () => {
    made += 1
    if (made > 1) throw new Error('a bug')
    return REFUSED
  }
  const ended = retrying(bench)(broken)(bench.call())
  const rejected = t.rejects(ended, { message: 'a bug' })
  await bench.clock.advance(75)
  await rejected
})
