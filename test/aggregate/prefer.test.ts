import fc from 'fast-check'
import t from 'tap'
import { appliedPreferences, readPrefer } from '../../src/aggregate/prefer.ts'
import { cpuMs } from '../support/cpu-time.ts'

const NOTHING = { waitSeconds: null, handling: null }

t.test('supported preferences are read', async (t) => {
  for (const [header, waitSeconds, handling] of [
    ['wait=10', 10, null],
    ['handling=strict', null, 'strict'],
    ['handling=lenient', null, 'lenient'],
    ['wait=10, handling=strict', 10, 'strict'],
    ['Handling=STRICT ,WAIT = 1', 1, 'strict'],
    ['wait="5"', 5, null],
    ['wait=5; foo="a"', 5, null],
    ['respond-async, wait=5, return=minimal', 5, null],
    ['foo="a, wait=1", wait=5', 5, null],
    ['foo="wait=1; \'", wait=5', 5, null],
    [',, wait=5,', 5, null],
    ['wait=999999999', 999_999_999, null],
  ] as const) {
    t.strictSame(readPrefer(header), { waitSeconds, handling }, header)
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
    'handling=other',
    'handling',
    'strict',
    'x-wait=1',
  ]) {
    t.strictSame(readPrefer(header), NOTHING, String(header))
  }
})

t.test('those that were honoured are reported as applied', async (t) => {
  t.strictSame(appliedPreferences({ waitSeconds: 1, handling: 'strict' }, true), ['wait=1', 'handling=strict'])
  t.strictSame(appliedPreferences({ waitSeconds: null, handling: 'lenient' }, false), ['handling=lenient'])
  t.strictSame(appliedPreferences({ waitSeconds: null, handling: 'lenient' }, true), [], 'overridden by strict=true')
  t.strictSame(appliedPreferences({ waitSeconds: 2, handling: null }, true), ['wait=2'])
})

t.test('of a repeated preference the first one counts (RFC 7240, section 2)', async (t) => {
  t.match(readPrefer('wait=5, wait=1'), { waitSeconds: 5 })
  t.match(readPrefer('handling=lenient, handling=strict'), { handling: 'lenient' })
  t.match(readPrefer('wait=soon, wait=1'), { waitSeconds: null })
})

t.test('text in quotes is not a preference, even if the quotes are not closed', async (t) => {
  t.strictSame(readPrefer('foo="a, wait=1, handling=strict"'), NOTHING)
  t.strictSame(readPrefer('foo="a, wait=1, handling=strict'), NOTHING, 'a quote that is never closed')
  t.strictSame(readPrefer('foo="a\\", wait=1, handling=strict"'), NOTHING, 'a quoted pair (RFC 9110, section 5.6.4)')
})

t.test('any header is read quickly', async (t) => {
  fc.assert(fc.property(fc.string(), (header) => Object.keys(readPrefer(header)).length === 2))
  const before = cpuMs()
  for (const piece of ['"', ',', '";', 'a"', '=', ';,"']) readPrefer(piece.repeat(16 * 1024))
  t.ok(cpuMs() - before < 500)
})
