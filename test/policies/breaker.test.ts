import { compose, type Policy } from '../../src/core/call.ts'
import { FAILURE_CODES, type FailureCode, failure } from '../../src/core/failure.ts'
import { cutShort, failed, live, type Outcome } from '../../src/core/outcome.ts'
import { breaker, breakerGate } from '../../src/policies/breaker.ts'
import { BreakerState, type Verdict } from '../../src/policies/parts/breaker-state.ts'
import { type Bench, DATA, failing, status, test } from './bench.ts'

const LIMITS = { windowMs: 10_000, minCalls: 2, failureRate: 0.5, openForMs: 5000, slowAfterMs: null, slowRate: 1 }

/** A real state that records its verdicts. */
function setUp({ clock }: Bench, slowAfterMs: number | null = null) {
  const state = new BreakerState({ ...LIMITS, slowAfterMs }, { clock, random: () => 0.5, onChange: () => {} })
  const said: Verdict[] = []
  const conclude = state.conclude.bind(state)
  state.conclude = (permit, verdict) => {
    said.push(verdict)
    conclude(permit, verdict)
  }
  return { state, said, policy: breaker(state, slowAfterMs) }
}

const BAD: readonly FailureCode[] = [
  'connection_refused',
  'connection_terminated',
  'connection_timeout',
  'dns_error',
  'tls_certificate_error',
  'tls_protocol_error',
  'tls_alert_received',
  'http_response_timeout',
  'http_response_incomplete',
  'http_response_body_size',
  'http_response_header_section_size',
  'http_response_content_coding',
  'http_protocol_error',
]
for (const code of Object.keys(FAILURE_CODES) as FailureCode[]) {
  if (code === 'upstream_status') continue
  const verdict = BAD.includes(code) ? 'bad' : 'nothing'
  test(`${code} counts as ${verdict}`, async (t, bench) => {
    const { said, policy } = setUp(bench)
    const outcome = failing(code)
    t.equal(await policy(bench.script(outcome))(bench.call()), outcome, 'and passes as it is')
    t.strictSame(said, [verdict])
  })
}

for (const [code, verdict] of [
  [400, 'good'],
  [401, 'good'],
  [404, 'good'],
  [429, 'good'],
  [301, 'good'],
  [500, 'bad'],
  [501, 'bad'],
  [502, 'bad'],
  [503, 'bad'],
  [504, 'bad'],
] as const) {
  test(`status ${code} counts as ${verdict}`, async (t, bench) => {
    const { said, policy } = setUp(bench)
    await policy(bench.script(status(code, 1000)))(bench.call())
    t.strictSame(said, [verdict])
  })
}

const late: Outcome = failed(failure('deadline_exceeded', 'late', { counts: true }))
for (const [name, outcome, verdict] of [
  ['data', DATA, 'good'],
  ['an empty answer', live(null, 204), 'good'],
  ["a deadline after the source's own timeout had passed", late, 'bad'],
] as const) {
  test(`${name} counts as ${verdict}`, async (t, bench) => {
    const { said, policy } = setUp(bench)
    await policy(bench.script(outcome))(bench.call())
    t.strictSame(said, [verdict])
  })
}

for (const reason of ['client', 'batch', 'superseded'] as const) {
  test(`a cancelled attempt (${reason}) is not counted`, async (t, bench) => {
    const { said, policy } = setUp(bench)
    const call = bench.call()
    const ended = policy(bench.source)(call)
    call.cancel.cancel(reason)
    t.strictSame(await ended, cutShort(call, reason))
    t.strictSame(said, ['nothing'])
  })
}

for (const reason of ['call', 'attempt'] as const) {
  test(`a timeout of the ${reason} counts as bad`, async (t, bench) => {
    const { said, policy } = setUp(bench)
    const call = bench.call()
    const ended = policy(bench.source)(call)
    call.cancel.cancel(reason)
    await ended
    t.strictSame(said, ['bad'])
  })
}

for (const [attemptMs, slowAfterMs, verdict] of [
  [101, 100, 'slow'],
  [100, 100, 'good'],
  [10_000, null, 'good'],
] as const) {
  test(`a success after ${attemptMs} ms counts as ${verdict} if the limit is ${slowAfterMs} ms`, async (t, bench) => {
    const { said, policy } = setUp(bench, slowAfterMs)
    await policy(bench.script(live(null, 204, attemptMs)))(bench.call())
    t.strictSame(said, [verdict])
  })
}

test('a slow failure counts as bad, and a slow 404 as slow', async (t, bench) => {
  const { said, policy } = setUp(bench, 100)
  const slow = (outcome: Outcome): Outcome => ({ ...outcome, attemptMs: 200 })
  await policy(bench.script(slow(status(404))))(bench.call())
  await policy(bench.script(slow(failing('connection_refused'))))(bench.call())
  t.strictSame(said, ['slow', 'bad'])
})

test('an open breaker makes no attempt, fails at once, and reports when it will try again', async (t, bench) => {
  const { state, policy } = setUp(bench)
  const stack = policy(bench.script(status(500), status(500), DATA))
  for (let i = 0; i < 2; i += 1) await stack(bench.call())
  t.equal(state.status, 'open')
  await bench.clock.advance(1000.5)
  const refused = await stack(bench.call())
  t.equal(bench.reached.length, 2)
  t.match(refused, { body: null, upstreamStatus: null, attemptMs: 0 })
  t.match(refused.failure, { code: 'destination_unavailable', class: 'limit', retry: 'never', retryable: true })
  t.equal(refused.failure?.retryAfterMs, 4000, 'rounded up')
  t.match(refused.failure?.message, /^weather /)
})

test('a half-open breaker admits three probes, refuses a fourth without Retry-After, and closes when they succeed', async (t, bench) => {
  const { state, policy } = setUp(bench)
  for (let i = 0; i < 2; i += 1) await policy(bench.script(status(500)))(bench.call())
  await bench.clock.advance(5000)
  const stack = policy(bench.source)
  const probes = [stack(bench.call()), stack(bench.call()), stack(bench.call())]
  const fourth = await stack(bench.call())
  t.match(fourth, { failure: { code: 'destination_unavailable' } })
  t.equal(fourth.failure?.retryAfterMs, null)
  t.equal(bench.reached.length, 5)
  for (const place of [2, 3]) bench.end(place)
  t.strictSame(await Promise.all(probes.slice(0, 2)), [DATA, DATA])
  t.equal(state.status, 'closed')
  bench.end(4, status(500))
  await probes[2]
  t.equal(state.status, 'closed')
})

test('a probe whose client disconnects is replaced by another', async (t, bench) => {
  const { policy } = setUp(bench)
  for (let i = 0; i < 2; i += 1) await policy(bench.script(status(500)))(bench.call())
  await bench.clock.advance(5000)
  const stack = policy(bench.source)
  const calls = [bench.call(), bench.call(), bench.call()]
  const probes = calls.map((call) => stack(call))
  calls[0]?.cancel.cancel('client')
  await probes[0]
  const fourth = stack(bench.call())
  t.equal(bench.reached.length, 6)
  for (const place of [3, 4, 5]) bench.end(place)
  await Promise.all([...probes, fourth])
})

test('an exception below is not counted, returns the permit, and is rethrown', async (t, bench) => {
  const { said, policy } = setUp(bench)
  await t.rejects(policy(() => Promise.reject(new Error('a bug')))(bench.call()), { message: 'a bug' })
  t.strictSame(said, ['nothing'])
})

test('an attempt that waited in a queue is not made if the breaker opened meanwhile', async (t, bench) => {
  const { state, policy } = setUp(bench)
  const gate = breakerGate(state)
  let enter = () => {}
  const queue: Policy = (next) => async (call) => {
    await new Promise<void>((resolve) => {
      enter = resolve
    })
    return next(call)
  }
  const stack = compose([policy, queue, gate], bench.script(DATA))
  const waiting = stack(bench.call())
  const bad = policy(bench.script(failing('connection_refused'), failing('connection_refused')))
  for (let i = 0; i < 2; i += 1) await bad(bench.call())
  t.equal(state.status, 'open')
  const before = bench.reached.length
  enter()
  t.match(await waiting, { failure: { code: 'destination_unavailable' } })
  t.equal(bench.reached.length, before)
})

test('an attempt with an older permit is made if the breaker is closed again', async (t, bench) => {
  const { state, policy } = setUp(bench)
  const late = { ...bench.call(), permit: -1 }
  t.equal(await breakerGate(state)(bench.script(DATA))(late), DATA)
  const probe = await policy(bench.script(DATA))(bench.call())
  t.equal(probe, DATA)
})
