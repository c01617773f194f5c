import fc from 'fast-check'
import t from 'tap'
import { parseRetryAfter } from '../../src/transport/retry-after.ts'

// a date without a time zone is UTC, independent of the zone of the process
process.env.TZ = 'Asia/Tokyo'

const NOW = Date.UTC(1994, 10, 6, 8, 49, 0)

for (const [header, ms] of [
  ['0', 0],
  ['120', 120_000],
  [' 7 ', 7000],
  ['007', 7000],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  // the three forms of RFC 9110, section 5.6.7
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun Nov  6 08:49:37 1994', 37_000],
  ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
  ['Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59) - NOW],
] as const) {
  t.test(`"${header.slice(0, 40)}" is ${ms} ms`, async (t) => t.equal(parseRetryAfter(header, NOW), ms))
}

for (const header of [
  undefined,
  '',
  '-1',
  '+1',
  '1.5',
  '1e3',
  '0x10',
  '١٢',
  '120, 240',
  'soon',
  '2s',
  '1994-11-06T08:49:37Z',
  'Sun, 06 Nov 1994 08:49:37 PST',
  'Sun, 06 Nov 1994 25:61:61 GMT',
  'Sun, 06 Foo 1994 08:49:37 GMT',
  'Sun, 6 Nov 1994 08:49:37 GMT',
]) {
  t.test(`${JSON.stringify(header)} is null`, async (t) => t.equal(parseRetryAfter(header, NOW), null))
}

t.test('is never negative and always a safe number, for any header and clock', async () => {
  const dates = fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true })
  const headers = fc.oneof(
    fc.string(),
    fc.stringMatching(/^\d{1,30}$/),
    fc.bigInt().map(String),
    dates.map((date) => date.toUTCString()),
    dates.map((date) => date.toString()),
    dates.map((date) => date.toISOString()),
  )
  fc.assert(
    fc.property(headers, fc.integer({ min: 0, max: 2 ** 43 }), (header, now) => {
      const ms = parseRetryAfter(header, now)
      return ms === null || (ms >= 0 && ms <= Number.MAX_SAFE_INTEGER)
    }),
  )
})

t.test('whole seconds and future dates are exact to the second', async () => {
  fc.assert(fc.property(fc.nat(), (seconds) => parseRetryAfter(String(seconds), NOW) === seconds * 1000))
  fc.assert(
    fc.property(fc.nat(), (seconds) => {
      const date = new Date(NOW + seconds * 1000).toUTCString()
      return parseRetryAfter(date, NOW) === seconds * 1000
    }),
  )
})
