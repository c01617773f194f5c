import { Latencies } from '../../../src/policies/parts/latencies.ts'
import { test } from '../bench.ts'

const close = (actual: number | null, expected: number) =>
  actual !== null && Math.abs(actual - expected) <= expected / 100

test('is empty at first', async (t, bench) => {
  const latencies = new Latencies(60_000, bench.clock)
  t.equal(latencies.count, 0)
  t.equal(latencies.quantile(0.5), null)
})

test('returns percentiles with an error of at most one hundredth', async (t, bench) => {
  const latencies = new Latencies(60_000, bench.clock)
  for (let ms = 1; ms <= 1000; ms += 1) latencies.record(ms)
  t.equal(latencies.count, 1000)
  for (const [share, ms] of [
    [0.5, 500],
    [0.95, 950],
    [0.98, 980],
    [0.99, 990],
    [1, 1000],
  ] as const) {
    t.ok(close(latencies.quantile(share), ms), `${share}: ${latencies.quantile(share)} ms`)
  }
})

for (const ms of [0.05, 0.25, 3.5, 3_599_000]) {
  test(`distinguishes ${ms} ms from other durations`, async (t, bench) => {
    const latencies = new Latencies(60_000, bench.clock)
    latencies.record(ms)
    t.ok(close(latencies.quantile(0.5), ms), `${latencies.quantile(0.5)} ms`)
  })
}

test('records a duration outside its range as the limit of the range, and does not throw', async (t, bench) => {
  const latencies = new Latencies(60_000, bench.clock)
  latencies.record(0)
  latencies.record(1e9)
  t.equal(latencies.quantile(0.5), 0.001)
  t.ok(close(latencies.quantile(1), 3_600_000))
})

test('the window is between five sixths of windowMs and windowMs', async (t, bench) => {
  const late = new Latencies(60_000, bench.clock)
  late.record(5)
  await bench.clock.advance(8999)
  late.record(5)
  await bench.clock.advance(50_000)
  t.equal(late.count, 2)
  await bench.clock.advance(1)
  t.equal(late.count, 0, 'gone after 59,000 and 50,001 ms: the clock began at 1,000')
  t.equal(late.quantile(0.5), null)
})

test('old durations are dropped', async (t, bench) => {
  const latencies = new Latencies(60_000, bench.clock)
  for (let i = 0; i < 100; i += 1) latencies.record(10)
  await bench.clock.advance(30_000)
  for (let i = 0; i < 100; i += 1) latencies.record(1000)
  t.ok(close(latencies.quantile(0.4), 10))
  t.ok(close(latencies.quantile(0.6), 1000))
  await bench.clock.advance(30_000)
  t.equal(latencies.count, 100)
  t.ok(close(latencies.quantile(0.01), 1000), 'the oldest of them')
})

test('a percentile misses at most a twentieth of the durations', async (t, bench) => {
  const latencies = new Latencies(60_000, bench.clock)
  for (let i = 0; i < 100; i += 1) latencies.record(10)
  t.ok(close(latencies.quantile(1), 10))
  for (let i = 0; i < 6; i += 1) latencies.record(500)
  t.ok(close(latencies.quantile(1), 500))
})

test('is empty after a long time without durations', async (t, bench) => {
  const latencies = new Latencies(60_000, bench.clock)
  latencies.record(10)
  await bench.clock.advance(3_600_000)
  t.equal(latencies.count, 0)
  latencies.record(20)
  t.equal(latencies.count, 1)
  t.ok(close(latencies.quantile(0.5), 20))
})
