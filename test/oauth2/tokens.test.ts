import t, { type Test } from 'tap'
import { Cancel } from '../../src/core/cancel.ts'
import { type Granted, Refused } from '../../src/oauth2/answer.ts'
import { Tokens } from '../../src/oauth2/tokens.ts'
import type { NoToken, Token } from '../../src/policies/authorize.ts'
import { heard } from '../support/events.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'

/** When tokens are asked for, renewed, dropped and left alone: with a stub endpoint, and time that the test moves. */

const HOUR = 3_600_000

class Bench {
  readonly clock = new FakeClock()
  readonly #heard = heard('token')
  readonly told = this.#heard.told
  readonly ends: ((answer: Granted | Error) => void)[] = []
  readonly cancels: Cancel[] = []
  random = 0
  readonly tokens = new Tokens('weather', {
    ask: (cancel) => {
      this.cancels.push(cancel)
      return new Promise((resolve, reject) => {
        this.ends.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)))
      })
    },
    clock: this.clock,
    random: () => this.random,
    events: this.#heard.events,
  })

  get asked(): number {
    return this.ends.length
  }

  async end(answer: Granted | Error): Promise<void> {
    this.ends.at(-1)?.(answer)
    await settle()
  }

  take(cancel = new Cancel()): Promise<Token | NoToken> {
    return this.tokens.take(cancel)
  }

  /** Takes a token that is there. */
  async value(): Promise<string> {
    const token = await Promise.race([this.take(), settle()])
    return token !== undefined && 'value' in token ? token.value : 'none'
  }

  /** Has a token, from now on. */
  async have(value: string, lifeMs: number | null = HOUR): Promise<Token> {
    const taken = this.take()
    await this.end({ value, lifeMs })
    return (await taken) as Token
  }
}

function test(name: string, body: (t: Test, bench: Bench) => Promise<void>): void {
  t.test(name, async (t) => {
    const bench = new Bench()
    await body(t, bench)
    t.equal(bench.clock.pending, 0, 'no timer is set')
  })
}

test('nothing is asked before the first call, and all callers share one request', async (t, bench) => {
  await bench.clock.advance(HOUR)
  t.equal(bench.asked, 0)
  const all = Array.from({ length: 20 }, () => bench.take())
  await bench.end({ value: 'one', lifeMs: HOUR })
  t.same(new Set((await Promise.all(all)).map((token) => 'value' in token && token.value)), new Set(['one']))
  t.equal(bench.asked, 1)
  t.same(bench.told, [])
})

test('a token is renewed in the background after 80 % of its life, by a call', async (t, bench) => {
  await bench.have('one', 100_000)
  await bench.clock.advance(79_999)
  t.equal(await bench.value(), 'one')
  t.equal(bench.asked, 1)
  await bench.clock.advance(1)
  t.equal(bench.asked, 1, 'without a call nothing happens')
  t.same([await bench.value(), await bench.value()], ['one', 'one'])
  t.equal(bench.asked, 2)
  await bench.end({ value: 'two', lifeMs: 100_000 })
  t.equal(await bench.value(), 'two')
})

test('up to a tenth of its life earlier', async (t, bench) => {
  bench.random = 0.999
  await bench.have('one', 100_000)
  await bench.clock.advance(70_000)
  await bench.value()
  t.equal(bench.asked, 1)
  await bench.clock.advance(200)
  await bench.value()
  t.equal(bench.asked, 2)
})

test('an expired token is not used, nor one that is about to expire', async (t, bench) => {
  await bench.have('one', HOUR)
  await bench.clock.advance(HOUR - 10_000)
  const taken = bench.take()
  t.equal(bench.tokens.current, null)
  await bench.end({ value: 'two', lifeMs: null })
  t.match(await taken, { value: 'two' })
})

for (const [lifeMs, usable] of [
  [null, 290_000],
  [10_000, 9000],
  [0.001, 1000],
  [Number.POSITIVE_INFINITY, 24 * HOUR - 10_000],
] as const)
  test(`a life of ${lifeMs} ms: usable for ${usable} ms`, async (t, bench) => {
    await bench.have('one', lifeMs)
    await bench.clock.advance(usable - 1)
    t.equal(await bench.value(), 'one')
    await bench.clock.advance(1)
    t.equal(bench.tokens.current, null)
  })

test('the life begins with the request, but a token is used for a second at least', async (t, bench) => {
  const taken = bench.take()
  await bench.clock.advance(8000)
  await bench.end({ value: 'one', lifeMs: 5000 })
  t.match(await taken, { value: 'one' })
  await bench.clock.advance(999)
  t.match(bench.tokens.current, { value: 'one' })
  await bench.clock.advance(1)
  t.equal(bench.tokens.current, null)
})

test('a caller that leaves settles at once, and leaves no listener; the request goes on', async (t, bench) => {
  const cancels = [new Cancel(), new Cancel()] as const
  const [left, stayed] = cancels.map((cancel) => bench.take(cancel))
  cancels[0].cancel('client')
  t.match(await left, { cut: 'client' })
  t.equal(bench.cancels[0]?.reason, null)
  await bench.end({ value: 'one', lifeMs: HOUR })
  t.match(await stayed, { value: 'one' })
  t.same(
    cancels.map(({ listeners }) => listeners),
    [0, 0],
  )
  t.match(await bench.take(cancels[0]), { cut: 'client' })
})

test('an endpoint that fails is left alone for 1, 2, 4 seconds, half a minute at most', async (t, bench) => {
  const pauses: number[] = []
  for (let times = 0; times < 8; times += 1) {
    const taken = bench.take()
    await bench.end(new Refused('it is down'))
    const { retryAfterMs } = (await taken) as NoToken
    pauses.push(retryAfterMs ?? 0)
    await bench.clock.advance((retryAfterMs ?? 0) - 1)
    t.match(await bench.take(), { cut: null, retryAfterMs: 1 })
    t.equal(bench.asked, times + 1)
    await bench.clock.advance(1)
  }
  t.same(pauses, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  t.strictSame(bench.told, [{ source: 'weather', reason: 'it is down', hasToken: false }])
  await bench.have('one', 1000)
  t.match(bench.told.slice(1), [{ reason: null }])
  await bench.clock.advance(1000)
  const taken = bench.take()
  await bench.end(new Refused('it is down'))
  t.match(await taken, { retryAfterMs: 1000 }, 'a success begins anew')
})

test('Retry-After is honoured, up to five minutes', async (t, bench) => {
  for (const [retryAfterMs, pauseMs] of [
    [20_000, 20_000],
    [86_400_000, 300_000],
  ] as const) {
    const taken = bench.take()
    await bench.end(new Refused('busy', false, retryAfterMs))
    t.match(await taken, { retryAfterMs: pauseMs })
    await bench.clock.advance(pauseMs)
  }
})

test('a failed renewal keeps the token until it expires, and is told of again then', async (t, bench) => {
  await bench.have('one', 100_000)
  await bench.clock.advance(80_000)
  await bench.value()
  await bench.end(new Refused('it is down', true))
  t.equal(await bench.value(), 'one')
  t.equal(bench.asked, 2, 'the pause holds for renewals too')
  await bench.clock.advance(1000)
  t.equal(await bench.value(), 'one')
  t.equal(bench.asked, 3)
  await bench.end(new Refused('it is down', true))
  await bench.clock.advance(10_000)
  const taken = bench.take()
  await bench.end(new Refused('it is down', true))
  t.match(await taken, { cut: null, timedOut: true })
  t.match(bench.told, [{ hasToken: true }, { hasToken: false }])
  t.equal(bench.told.length, 2)
})

test('a refused token is dropped if it is the current one', async (t, bench) => {
  const one = await bench.have('one')
  bench.tokens.refuse(one)
  t.equal(bench.tokens.current, null)
  const two = await bench.have('two')
  await bench.clock.advance(2000)
  for (let times = 0; times < 20; times += 1) bench.tokens.refuse(one)
  t.equal(bench.tokens.current, two)
  t.equal(bench.asked, 2)
})

test('drops are kept apart: a source that refuses every token costs a handful of requests', async (t, bench) => {
  const at: number[] = []
  for (let ms = 0; ms < 120_000; ms += 100) {
    const taken = bench.take()
    await settle()
    if (bench.asked > at.length) {
      at.push(ms)
      await bench.end({ value: `token ${ms}`, lifeMs: HOUR })
    }
    const token = await taken
    if ('value' in token) bench.tokens.refuse(token)
    await bench.clock.advance(100)
  }
  t.same(at.slice(0, 4), [0, 100, 1100, 3100], 'the first again at once')
  t.ok(at.length <= 9, `${at.length} requests in two minutes`)
})

test('a source that takes its tokens back now and then is followed each time', async (t, bench) => {
  for (let times = 0; times < 10; times += 1) {
    const token = await bench.have(`token ${times}`)
    await bench.clock.advance(60_000)
    bench.tokens.refuse(token)
    t.equal(bench.tokens.current, null)
  }
})

test('the latest tokens are remembered, for a while', async (t, bench) => {
  for (let times = 0; times < 30; times += 1) {
    await bench.have(`token ${times}`, 1000)
    await bench.clock.advance(1000)
  }
  await bench.have('token 29', 1000)
  t.equal(bench.tokens.values.length, 20)
  t.same([bench.tokens.values.at(0), bench.tokens.values.at(-1)], ['token 10', 'token 29'])
})

test('when it is closed, waiting ends and nothing more is asked', async (t, bench) => {
  const taken = bench.take()
  bench.tokens.close()
  t.equal(bench.cancels[0]?.reason, 'client')
  await bench.end(new Refused('closed'))
  t.match(await taken, { cut: null })
  t.match(await bench.take(), { cut: null })
  await bench.clock.advance(HOUR)
  t.match(await bench.take(), { cut: null, retryAfterMs: null })
  t.equal(bench.asked, 1)
  t.same(bench.told, [])
})

t.test('a bug is told of, and is a failure', async (t) => {
  const { events, told } = heard('bug')
  const error = new TypeError('x is not a function')
  const ask = () => Promise.reject(error)
  const tokens = new Tokens('weather', { ask, clock: new FakeClock(), random: () => 0, events })
  t.match(await tokens.take(new Cancel()), { cut: null, retryAfterMs: 1000 })
  t.strictSame(told, [{ source: 'weather', error }])
})
