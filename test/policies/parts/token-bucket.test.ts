import { TokenBucket } from '../../../src/policies/parts/token-bucket.ts'
import { type Bench, test } from '../bench.ts'

/** Four tokens, refilled one per 128 ms: binary fractions are exact. */
const four = ({ clock }: Bench) => new TokenBucket({ max: 4, perMs: 512 }, clock)
const takes = (bucket: TokenBucket, times: number) => Array.from({ length: times }, () => bucket.take())

test('gives all its tokens at once, then none', async (t, bench) => {
  t.strictSame(takes(four(bench), 6), [true, true, true, true, false, false])
})

test('waitMs returns the time until a number of tokens, and reserves none', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 2)
  t.strictSame([bucket.waitMs(1), bucket.waitMs(2), bucket.waitMs(3), bucket.waitMs(5)], [0, 0, 128, 384])
  t.strictSame(takes(bucket, 3), [true, true, false])
})

test('tokens are refilled steadily, one by one', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 4)
  await bench.clock.advance(127)
  t.equal(bucket.waitMs(1), 1)
  t.equal(bucket.take(), false)
  await bench.clock.advance(1)
  t.strictSame(takes(bucket, 2), [true, false])
})

test('frequent calls do not lose fractions of a token', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 4)
  for (let ms = 0; ms < 128; ms += 1) {
    t.equal(bucket.waitMs(1), 128 - ms)
    await bench.clock.advance(1)
  }
  t.equal(bucket.waitMs(1), 0)
})

test('never holds more than its maximum, after any time', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 2)
  await bench.clock.advance(1_000_000)
  t.strictSame(takes(bucket, 5), [true, true, true, true, false])
})

test('wait times are whole milliseconds, and never too short', async (t, bench) => {
  const bucket = new TokenBucket({ max: 3, perMs: 100 }, bench.clock)
  t.strictSame([bucket.waitMs(4), bucket.waitMs(5), bucket.waitMs(6)], [34, 67, 100])
})
