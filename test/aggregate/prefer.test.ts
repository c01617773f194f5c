import fc from 'fast-check'
import t from 'tap'
import { readPrefer } from '../../src/aggregate/prefer.ts'

const NOTHING = { waitSeconds: null, strict: false, applied: [] }

t.test('supported preferences are read and reported as applied', async (t) => {
  for (const [header, waitSeconds, strict] of [
    ['wait=10', 10, false],
    ['handling=strict', null, true],
    ['wait=10, handling=strict', 10, true],
    ['Handling=STRICT ,WAIT = 1', 1, true],
    ['wait="5"', 5, false],
    ['wait=5; foo="a"', 5, false],
    ['respond-async, wait=5, return=minimal', 5, false],
    ['foo="a, wait=1", wait=5', 5, false],
    ['foo="wait=1; \'", wait=5', 5, false],
    [',, wait=5,', 5, false],
    ['wait=999999999', 999_999_999, false],
  ] as const) {
    const { applied, ...read } = readPrefer(header)
    t.strictSame(read, { waitSeconds, strict }, header)
    const expected = [...(waitSeconds === null ? [] : [`wait=${waitSeconds}`]), ...(strict ? ['handling=strict'] : [])]
    t.strictSame(applied, expected, header)
  }
})

t.test('other preferences are ignored, as the RFC requires', async (t) => {
  for (const header of [
    undefined,
    '',
    'wait',
    'wait=',
    'wait=0',
    'wait=-1',
    'wait=1.5',
    'wait=soon',
    'wait=10000000000000000000',
    'handling=lenient',
    'handling',
    'strict',
    'x-wait=1',
  ]) {
    t.strictSame(readPrefer(header), NOTHING, String(header))
  }
})

t.test('of a repeated preference the first one counts (RFC 7240, section 2)', async (t) => {
  t.match(readPrefer('wait=5, wait=1'), { waitSeconds: 5 })
  t.match(readPrefer('handling=lenient, handling=strict'), { strict: false })
  t.match(readPrefer('wait=soon, wait=1'), { waitSeconds: null })
})

t.test('text in quotes is not a preference, even if the quotes are not closed', async (t) => {
  t.strictSame(readPrefer('foo="a, wait=1, handling=strict"'), NOTHING)
  t.strictSame(readPrefer('foo="a, wait=1, handling=strict'), NOTHING, 'a quote that is never closed')
  t.strictSame(readPrefer('foo="a\\", wait=1, handling=strict"'), NOTHING, 'a quoted pair (RFC 9110, section 5.6.4)')
})

t.test('any header is read quickly', async (t) => {
  fc.assert(fc.property(fc.string(), (header) => readPrefer(header).applied.length <= 2))
  const before = performance.now()
  for (const piece of ['"', ',', '";', 'a"', '=', ';,"']) readPrefer(piece.repeat(16 * 1024))
  t.ok(performance.now() - before < 500)
})
