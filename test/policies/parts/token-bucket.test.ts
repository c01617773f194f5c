import { TokenBucket } from '../../../src/policies/parts/token-bucket.ts'
import { type Bench, test } from '../bench.ts'

/** Four tokens, one back each 128 ms: binary fractions are exact. */
const four = ({ clock }: Bench) => new TokenBucket({ max: 4, perMs: 512 }, clock)
const takes = (bucket: TokenBucket, times: number) =>
  Array.from({ length: times }, () => {
    const { waitMs } = bucket
    bucket.take()
    return waitMs
  })

test('gives what it holds at once, and then reserves the next ones at the rate, in the order asked', async (t, bench) => {
  t.strictSame(takes(four(bench), 7), [0, 0, 0, 0, 128, 256, 384])
})

test('tells the wait without reserving it', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 4)
  t.strictSame([bucket.waitMs, bucket.waitMs], [128, 128])
})

test('tokens come back steadily, one by one', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 4)
  await bench.clock.advance(127)
  t.equal(bucket.waitMs, 1)
  await bench.clock.advance(1)
  t.strictSame(takes(bucket, 2), [0, 128])
})

test('part of a token is not lost by asking often', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 4)
  for (let ms = 0; ms < 128; ms += 1) {
    t.equal(bucket.waitMs, 128 - ms)
    await bench.clock.advance(1)
  }
  t.equal(bucket.waitMs, 0)
})

test('never holds more than it can, however long nobody asks', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 2)
  await bench.clock.advance(1_000_000)
  t.strictSame(takes(bucket, 5), [0, 0, 0, 0, 128])
})

test('reservations are paid off before there is a token for anybody else', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 6)
  await bench.clock.advance(256)
  t.equal(bucket.waitMs, 128, 'both that came back were spoken for')
})

test('what is given back is there for the next, and never above what it can hold', async (t, bench) => {
  const bucket = four(bench)
  takes(bucket, 5)
  bucket.giveBack()
  t.equal(bucket.waitMs, 128)
  bucket.giveBack()
  t.equal(bucket.waitMs, 0)
  for (let i = 0; i < 10; i += 1) bucket.giveBack()
  t.strictSame(takes(bucket, 5), [0, 0, 0, 0, 128])
})

test('waits are whole milliseconds, and never too short', async (t, bench) => {
  const bucket = new TokenBucket({ max: 3, perMs: 100 }, bench.clock)
  t.strictSame(takes(bucket, 6), [0, 0, 0, 34, 67, 100])
})
