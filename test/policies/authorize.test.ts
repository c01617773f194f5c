import { type Call, compose, type SourceCall } from '../../src/core/call.ts'
import type { Cancel, CancelReason } from '../../src/core/cancel.ts'
import { failure } from '../../src/core/failure.ts'
import { failed } from '../../src/core/outcome.ts'
import { authorize, type NoToken, type Token, type TokenSource } from '../../src/policies/authorize.ts'
import { bearer } from '../../src/policies/bearer.ts'
import { carriedOut } from '../../src/policies/carried-out.ts'
import { maxAttempts } from '../../src/policies/max-attempts.ts'
import { Budget } from '../../src/policies/parts/budget.ts'
import { retry } from '../../src/policies/retry.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { newAllowance } from '../support/allowance.ts'
import { settle } from '../support/fake-clock.ts'
import { type Bench, DATA, failing, status, test } from './bench.ts'

const NONE: NoToken = { cut: null, timedOut: false, retryAfterMs: 700 }

/** Tokens of a list; the next one after each refusal. */
class Stub implements TokenSource {
  readonly tokens: (Token | NoToken)[]
  readonly refused: string[] = []
  taken = 0

  constructor(...values: readonly (string | NoToken)[]) {
    this.tokens = values.map((value) => (typeof value === 'string' ? { value } : value))
  }

  get current(): Token | null {
    const [first] = this.tokens
    return first !== undefined && 'value' in first ? first : null
  }

  async take(): Promise<Token | NoToken> {
    this.taken += 1
    return this.tokens[0] ?? NONE
  }

  refuse(token: Token): void {
    this.refused.push(token.value)
    if (this.tokens[0] === token) this.tokens.shift()
  }
}

/** Never gives a token; settles when the caller leaves. */
class Silent extends Stub {
  override take(cancel?: Cancel): Promise<Token | NoToken> {
    return new Promise((resolve) => {
      cancel?.onCancel((cut: CancelReason) => resolve({ cut, timedOut: false, retryAfterMs: null }))
    })
  }
}

const sent = ({ reached }: Bench) =>
  reached.map(({ request, kind }: Call) => `${kind} ${request.headers.slice(-2).join(': ')}`)

function authorized(bench: Bench, tokens: TokenSource, source: SourceCall, budget: Budget | null = null): SourceCall {
  return compose([carriedOut, authorize(tokens, { budget, clock: bench.clock }), bearer(tokens, true)], source)
}

test('each attempt is sent the token, after its other headers', async (t, bench) => {
  const tokens = new Stub('one')
  const call = bench.call()
  t.equal(await authorized(bench, tokens, bench.script(DATA))(call), DATA)
  t.same(sent(bench), ['first authorization: Bearer one'])
  t.same(call.request.headers, [], 'the call itself has none')
})

test('after a 401 there is one further attempt with another token', async (t, bench) => {
  const tokens = new Stub('one', 'two', 'three')
  t.match(await authorized(bench, tokens, bench.script(status(401), DATA))(bench.call()), DATA)
  t.same(sent(bench), ['first authorization: Bearer one', 'retry authorization: Bearer two'])
  t.same(tokens.refused, ['one'])
})

test('a second 401 is the outcome, and its token is dropped too', async (t, bench) => {
  const tokens = new Stub('one', 'two', 'three')
  const outcome = await authorized(bench, tokens, bench.script(status(401)))(bench.call())
  t.match(outcome.failure, { code: 'upstream_status', upstreamStatus: 401, mayBeCarriedOut: false })
  t.equal(bench.reached.length, 2)
  t.same(tokens.refused, ['one', 'two'])
})

test('once a call, whatever is retried around it', async (t, bench) => {
  const tokens = new Stub(...Array.from({ length: 10 }, (_, at) => `token ${at}`))
  const limits = { attempts: 5, baseDelayMs: 0, maxDelayMs: 0, minTimeMs: 0 }
  const again = retry(limits, { budget: null, clock: bench.clock, random: () => 0 })
  const source = bench.script(status(503), status(401), status(503), status(401), DATA)
  const ended = again(authorized(bench, tokens, source))(bench.call())
  await bench.clock.advance(100)
  t.match((await ended).failure, { upstreamStatus: 401 })
  t.equal(bench.reached.length, 4)
})

for (const other of [403, 407, 500]) {
  test(`${other} says nothing of the token`, async (t, bench) => {
    const tokens = new Stub('one', 'two')
    await authorized(bench, tokens, bench.script(status(other)))(bench.call())
    t.same(tokens.refused, [])
    t.equal(bench.reached.length, 1)
  })
}

test('no further attempt where the token stays, or the endpoint gives the same again', async (t, bench) => {
  const kept = new Stub('one')
  kept.refuse = () => {}
  const same = new Stub('one', 'one')
  for (const tokens of [kept, same]) {
    const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
    const outcome = await authorized(bench, tokens, bench.script(status(401)), budget)(bench.call())
    t.match(outcome.failure, { upstreamStatus: 401, mayBeCarriedOut: false })
    t.equal(budget.balance, 10)
  }
  t.equal(bench.reached.length, 2)
})

test('no further attempt without budget, attempts, time or client', async (t, bench) => {
  const empty = new Budget({ ratio: 0, minPerSecond: 0 }, bench.clock)
  const spent = newAllowance({ maxAttempts: 1 })
  const late = { at: bench.clock.now() + 4, cause: 'batch', spanMs: 4 } as const
  const context = { ...bench.call().context, allowance: spent }
  const gone = bench.call()
  const leaving: SourceCall = async (call) => {
    gone.cancel.cancel('client')
    return bench.script(status(401))(call)
  }
  const source = compose([maxAttempts], bench.script(status(401)))
  const ends = [
    authorized(bench, new Stub('one', 'two'), source, empty)(bench.call()),
    authorized(bench, new Stub('one', 'two'), source)(bench.call('weather', { context })),
    authorized(bench, new Stub('one', 'two'), source)(bench.call('weather', { deadline: late })),
    authorized(bench, new Stub('one', 'two'), leaving)(gone),
  ]
  for (const end of ends) t.match((await end).failure, { code: 'upstream_status', upstreamStatus: 401 })
  t.equal(bench.reached.length, 4)
})

test('the further attempt is paid from the budget', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 0.1 }, bench.clock)
  await authorized(bench, new Stub('one', 'two'), bench.script(status(401), DATA), budget)(bench.call())
  t.equal(budget.balance, 0)
})

test('a further attempt that a limit of ours refuses leaves the 401, and costs nothing', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
  const source = bench.script(status(401), failing('connection_limit_reached'))
  const outcome = await authorized(bench, new Stub('one', 'two'), source, budget)(bench.call())
  t.match(outcome.failure, { code: 'upstream_status', upstreamStatus: 401 })
  t.equal(budget.balance, 10)
})

test('without a token nothing is sent', async (t, bench) => {
  for (const [none, kind] of [
    [NONE, 'upstream'],
    [{ ...NONE, timedOut: true }, 'timeout'],
  ] as const) {
    const outcome = await authorized(bench, new Stub(none), bench.script(DATA))(bench.call())
    t.match(outcome, {
      body: null,
      attemptMs: 0,
      failure: {
        code: 'authorization_failed',
        class: kind,
        retryable: true,
        retry: 'never',
        counts: false,
        retryAfterMs: 700,
      },
    })
    t.equal(outcome.failure?.message, 'no access token could be had for weather')
  }
  t.equal(bench.reached.length, 0)
})

test('no other token after a 401: that is why the call failed, and it was not carried out', async (t, bench) => {
  const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
  const call = bench.call()
  const write = { ...call, request: { ...call.request, method: 'POST', isRepeatable: false } as const }
  const outcome = await authorized(bench, new Stub('one', NONE), bench.script(status(401)), budget)(write)
  t.match(outcome.failure, { code: 'authorization_failed', retryable: true, message: /for weather$/ })
  t.notOk(outcome.failure?.mayBeCarriedOut)
  t.equal(budget.balance, 10)
})

test('a write that is refused, and then breaks, may have been carried out', async (t, bench) => {
  const call = bench.call()
  const write = { ...call, request: { ...call.request, method: 'POST', isRepeatable: false } as const }
  const source = bench.script(status(401), failing('connection_terminated'))
  const outcome = await authorized(bench, new Stub('one', 'two'), source)(write)
  t.match(outcome.failure, { code: 'connection_terminated', retryable: false, mayBeCarriedOut: true })
  const other = bench.call()
  const conflict = { ...other, request: write.request }
  const refused = await authorized(bench, new Stub('one', 'two'), bench.script(status(401), status(409)))(conflict)
  t.match(refused.failure, { upstreamStatus: 409, mayBeCarriedOut: false })
})

test('waiting counts as time of the call, and ends at once', async (t, bench) => {
  const tokens = new Silent()
  const source = timeout(300, 'call', bench.clock)(authorized(bench, tokens, bench.script(DATA)))
  const timed = source(bench.call())
  await bench.clock.advance(300)
  t.match((await timed).failure, { code: 'authorization_failed', class: 'timeout', message: /within 300 ms$/ })
  for (const [reason, code] of [
    ['batch', 'deadline_exceeded'],
    ['client', 'cancelled'],
    ['superseded', 'cancelled'],
  ] as const) {
    const call = bench.call()
    const ended = source(call)
    await settle()
    call.cancel.cancel(reason)
    t.match((await ended).failure, { code })
  }
  t.equal(bench.reached.length, 0)
})

test('an attempt that stood in a queue takes the token of its moment', async (t, bench) => {
  const tokens = new Stub('one', 'two')
  const queue =
    (next: SourceCall): SourceCall =>
    async (call) => {
      tokens.refuse(tokens.tokens[0] as Token)
      return next(call)
    }
  const stack = compose(
    [authorize(tokens, { budget: null, clock: bench.clock }), queue, bearer(tokens, true)],
    bench.script(DATA),
  )
  t.match(await stack(bench.call()), DATA)
  t.same(sent(bench), ['first authorization: Bearer two'])
})

test('a simulated call drops no token', async (t, bench) => {
  const tokens = new Stub('one', 'two')
  const refused = await compose([bearer(tokens, false)], bench.script(status(401)))(bench.call())
  t.equal(refused.failure?.upstreamStatus, 401)
  t.same(tokens.refused, [])
})

test('where there is none at that moment, it was no attempt', async (t, bench) => {
  const tokens = new Stub('one', NONE)
  const budget = new Budget({ ratio: 0, minPerSecond: 1 }, bench.clock)
  const limits = { attempts: 3, baseDelayMs: 0, maxDelayMs: 0, minTimeMs: 0 }
  const again = retry(limits, { budget, clock: bench.clock, random: () => 0 })
  const source = compose([again, maxAttempts, bearer(tokens, true)], async (call) => {
    tokens.tokens.shift()
    return bench.script(failed(failure('connection_refused', 'x')))(call)
  })
  const call = bench.call('weather', {
    context: { ...bench.call().context, allowance: newAllowance({ maxAttempts: 2 }) },
  })
  const ended = source(call)
  await bench.clock.advance(10)
  t.match((await ended).failure, { code: 'connection_refused' }, 'what is known of the source says more')
  t.equal(budget.balance, 10)
  t.equal(call.context.allowance.takeAttempt(), true)
})
