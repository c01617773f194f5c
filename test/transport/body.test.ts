import fc from 'fast-check'
import t from 'tap'
import { BodyBuffer } from '../../src/transport/body.ts'

t.test('chunks of any size form the same body; a body above the limit is rejected', async (t) => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40_000 }).map(Buffer.from), { maxLength: 8 })
  fc.assert(
    fc.property(pieces, fc.nat(100_000), (chunks, maxBytes) => {
      const body = new BodyBuffer(maxBytes)
      const taken = chunks.every((chunk) => body.append(chunk))
      const expected = Buffer.concat(chunks)
      t.equal(taken, expected.length <= maxBytes)
      if (taken) t.ok(body.whole.equals(expected))
    }),
    { numRuns: 50 },
  )
})

t.test('several chunks are copied, and none is kept', async (t) => {
  const body = new BodyBuffer(1000)
  const first = Buffer.from('ab')
  body.append(first)
  t.equal(body.whole.buffer, first.buffer, 'one piece is kept as it came')
  body.append(Buffer.from('cd'))
  first.fill('x')
  t.equal(body.whole.toString(), 'abcd')
})

t.test('it never takes more memory than its limit', async (t) => {
  const body = new BodyBuffer(100_000)
  for (let n = 0; n < 10; n += 1) body.append(Buffer.alloc(10_000))
  t.equal(body.whole.length, 100_000)
  t.equal(body.whole.buffer.byteLength, 100_000)
})

t.test('a declared length is what it takes, if it is near what has arrived', async (t) => {
  for (const [declared, size] of [
    [150_000, 150_000],
    [161_000, 40_000],
    [12_000, 40_000],
    [Number.NaN, 40_000],
    [0, 40_000],
  ] as const) {
    const body = new BodyBuffer(200_000)
    body.expect(declared)
    for (let n = 0; n < 2; n += 1) body.append(Buffer.alloc(10_000, n))
    t.equal(body.whole.buffer.byteLength, size, `${declared}`)
    t.same(body.whole, Buffer.concat([Buffer.alloc(10_000, 0), Buffer.alloc(10_000, 1)]))
  }
})
