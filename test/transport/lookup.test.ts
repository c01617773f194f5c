import type { LookupAddress } from 'node:dns'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/core/deadline.ts'
import { type FindAddresses, isPrivateLiteral, Lookups } from '../../src/transport/lookup.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'

type Answer = readonly [NodeJS.ErrnoException | null, string | LookupAddress[], (number | undefined)?]

function lookUp(lookups: Lookups, hostname: string, all = true, how: 'lookup' | 'publicLookup' = 'lookup') {
  return new Promise<Answer>((resolve) => lookups[how](hostname, { all }, (...answer) => resolve(answer)))
}

const system = new Lookups(systemClock)
const at = (address: string): LookupAddress => ({ address, family: 4 })

t.test('a look-up returns one address or all, as Node requests', async (t) => {
  for (const how of ['lookup', 'publicLookup'] as const) {
    t.strictSame(await lookUp(system, '8.8.8.8', false, how), [null, '8.8.8.8', 4])
    t.strictSame(await lookUp(system, '8.8.8.8', true, how), [null, [at('8.8.8.8')]])
  }
})

t.test('a name with only private addresses is refused', async (t) => {
  for (const all of [false, true]) {
    t.match(await lookUp(system, 'localhost', all, 'publicLookup'), [{ code: 'TRIBUTARY_ADDRESS_PROHIBITED' }])
    t.equal((await lookUp(system, 'localhost', all))[0], null)
  }
})

t.test('a name that is not found keeps its error', async (t) => {
  for (const all of [false, true]) {
    t.match(await lookUp(system, 'no-such-host.invalid', all), [{ code: /^(ENOTFOUND|EAI_AGAIN)$/ }])
  }
})

t.test('addresses are distinguished from names', async (t) => {
  t.strictSame(
    ['127.0.0.1', '::1', '8.8.8.8', 'localhost', 'api.example'].filter((host) => isPrivateLiteral(host)),
    ['127.0.0.1', '::1'],
  )
})

/** Look-ups that tests answer. */
class Bench {
  readonly clock = new FakeClock()
  readonly asked: string[] = []
  readonly #answers: ((error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void)[] = []
  readonly #find: FindAddresses = (hostname, _options, callback) => {
    this.asked.push(hostname)
    this.#answers.push(callback)
  }
  readonly lookups = new Lookups(this.clock, this.#find)

  /** Answers the look-up with this index. */
  answer(place: number, ...addresses: readonly string[]): void {
    this.#answers[place]?.(null, addresses.map(at))
  }

  fail(place: number, code: string): void {
    this.#answers[place]?.(Object.assign(new Error(code), { code }), [])
  }

  /** Starts a look-up. Returns its first address or error code when it has ended. */
  start(hostname = 'a.example', how: 'lookup' | 'publicLookup' = 'lookup'): { result: string | null } {
    const seen: { result: string | null } = { result: null }
    void lookUp(this.lookups, hostname, true, how).then(([error, found]) => {
      seen.result = error?.code ?? (found as LookupAddress[])[0]?.address ?? 'none'
    })
    return seen
  }
}

function test(name: string, body: (t: Test, bench: Bench) => Promise<void>): void {
  t.test(name, async (t) => {
    const bench = new Bench()
    await body(t, bench)
    t.equal(bench.clock.pending, 0, 'no timer is left')
  })
}

test('all callers for a name share one look-up, whose result is used for 5 s', async (t, bench) => {
  const waiting = [bench.start(), bench.start(), bench.start('b.example')]
  t.same(bench.asked, ['a.example', 'b.example'])
  bench.answer(0, '192.0.2.1')
  await settle()
  t.same(
    waiting.map(({ result }) => result),
    ['192.0.2.1', '192.0.2.1', null],
  )
  await bench.clock.advance(4_999)
  const later = bench.start()
  await settle()
  t.equal(later.result, '192.0.2.1')
  t.equal(bench.asked.length, 2)
})

test('after that it waits 100 ms for a new look-up, then uses the last good result', async (t, bench) => {
  bench.start()
  bench.answer(0, '192.0.2.1')
  await bench.clock.advance(5_000)
  const quick = bench.start()
  t.equal(bench.asked.length, 2)
  await bench.clock.advance(99)
  t.equal(quick.result, null)
  await bench.clock.advance(1)
  t.equal(quick.result, '192.0.2.1')
  const next = bench.start()
  await settle()
  t.equal(next.result, '192.0.2.1', 'at once: that look-up has had its time')
  t.equal(bench.asked.length, 2, 'one look-up a name at a time')
  bench.answer(1, '192.0.2.2')
  const fresh = bench.start()
  await settle()
  t.equal(fresh.result, '192.0.2.2')
})

test('a new result in time is used', async (t, bench) => {
  bench.start()
  bench.answer(0, '192.0.2.1')
  await bench.clock.advance(5_000)
  const changed = bench.start()
  bench.answer(1, '192.0.2.2')
  await settle()
  t.equal(changed.result, '192.0.2.2')
})

test('if the name server is unreachable the last good result is kept; if the name no longer exists it is dropped', async (t, bench) => {
  bench.start()
  bench.answer(0, '192.0.2.1')
  for (const [place, code, result] of [
    [1, 'EAI_AGAIN', '192.0.2.1'],
    [2, 'ENOTFOUND', 'ENOTFOUND'],
    [3, 'EAI_AGAIN', 'EAI_AGAIN'],
  ] as const) {
    await bench.clock.advance(5_000)
    const seen = bench.start()
    bench.fail(place, code)
    await settle()
    t.equal(seen.result, result)
  }
})

test('a look-up that hangs does not block other names', async (t, bench) => {
  const hung = Array.from({ length: 30 }, (_, n) => bench.start(`hung${n}.example`))
  const other = bench.start('b.example')
  bench.answer(30, '192.0.2.9')
  await bench.clock.advance(60_000)
  t.equal(other.result, '192.0.2.9')
  t.equal(bench.asked.length, 31)
  t.same(new Set(hung.map(({ result }) => result)), new Set([null]))
})

test('private addresses are filtered from every result of a shared look-up', async (t, bench) => {
  const seen = [bench.start('a.example', 'publicLookup'), bench.start('a.example')]
  bench.answer(0, '127.0.0.66', '8.8.8.8')
  await settle()
  t.same(
    seen.map(({ result }) => result),
    ['8.8.8.8', '127.0.0.66'],
  )
  await bench.clock.advance(5_000)
  const rebound = bench.start('a.example', 'publicLookup')
  bench.answer(1, '127.0.0.66', '::ffff:127.0.0.1')
  await settle()
  t.equal(rebound.result, 'TRIBUTARY_ADDRESS_PROHIBITED')
  t.equal(bench.asked.length, 2)
})
