import { SlidingCounts } from '../../../src/policies/parts/sliding-counts.ts'
import { type Bench, test } from '../bench.ts'

const counts = ({ clock }: Bench) => new SlidingCounts(['good', 'bad'], { bucketMs: 100, buckets: 3 }, clock)

test('counts each name separately', async (t, bench) => {
  const both = counts(bench)
  t.equal(both.sum('good'), 0)
  both.add('good')
  both.add('good')
  both.add('bad')
  t.strictSame([both.sum('good'), both.sum('bad')], [2, 1])
})

test('a bucket is cleared as a whole when it leaves the window', async (t, bench) => {
  const { clock } = bench
  const sums = counts(bench)
  sums.add('good')
  await clock.advance(99)
  sums.add('good')
  await clock.advance(200)
  t.equal(sums.sum('good'), 2, 'at 299 ms both are within three buckets')
  await clock.advance(1)
  t.equal(sums.sum('good'), 0, 'at 300 ms both are gone, the younger at 201 ms')
})

test('the window is between two and three buckets', async (t, bench) => {
  const sums = counts(bench)
  for (let at = 0; at < 1000; at += 10) {
    const sum = sums.sum('bad')
    t.ok(at < 300 || (sum >= 20 && sum <= 30), `${sum} at ${at} ms`)
    sums.add('bad')
    await bench.clock.advance(10)
  }
})

for (const ms of [299, 300, 301, 400, 1_000_000]) {
  test(`after ${ms} ms without counts it ${ms < 300 ? 'keeps its sums' : 'starts from zero'}`, async (t, bench) => {
    const sums = counts(bench)
    sums.add('good')
    await bench.clock.advance(ms)
    t.equal(sums.sum('good'), ms < 300 ? 1 : 0)
    sums.add('good')
    t.equal(sums.sum('good'), ms < 300 ? 2 : 1)
  })
}

test('after clear it starts from zero, and does not subtract cleared counts again', async (t, bench) => {
  const sums = counts(bench)
  sums.add('good')
  await bench.clock.advance(150)
  sums.add('bad')
  sums.clear()
  t.strictSame([sums.sum('good'), sums.sum('bad')], [0, 0])
  sums.add('good')
  await bench.clock.advance(200)
  t.equal(sums.sum('good'), 1)
  await bench.clock.advance(100)
  t.strictSame([sums.sum('good'), sums.sum('bad')], [0, 0])
})
