import t from 'tap'
import { networkOf, rateLimitKeyOf } from '../../src/http/rate-limit-key.ts'

t.test('addresses that count together', async (t) => {
  const together: readonly (readonly string[])[] = [
    ['192.0.2.1', '::ffff:192.0.2.1', '::ffff:c000:201', '192.0.2.1:443', ' 192.0.2.1', '[::ffff:192.0.2.1]:80'],
    [
      '2001:db8:1:2::1',
      '2001:DB8:1:2:ffff::',
      '[2001:db8:1:2::9]:4711',
      '2001:0db8:0001:0002:0:0:0:1',
      '2001:db8:1:2::1%eth0',
    ],
    ['::1', '::2', '0:0:0:0::5'],
  ]
  for (const addresses of together) t.equal(new Set(addresses.map(networkOf)).size, 1, addresses.join(' '))
  const apart = [
    '192.0.2.1',
    '192.0.2.2',
    '2001:db8:1:2::1',
    '2001:db8:1:3::1',
    '::1',
    '1::',
    'unknown',
    '',
    '192.0.2.1:x',
  ]
  t.equal(new Set(apart.map(networkOf)).size, apart.length)
})

t.test('a credential counts, and not the address; the key tells nothing', async (t) => {
  const keyOf = (key: string | null, ip: string) =>
    rateLimitKeyOf({ client: key === null ? null : { key, claims: null }, ip })
  t.equal(keyOf('a', '192.0.2.1'), keyOf('a', '192.0.2.2'))
  t.not(keyOf('a', '192.0.2.1'), keyOf('b', '192.0.2.1'))
  t.not(keyOf('192.0.2.1', '192.0.2.1'), keyOf(null, '192.0.2.1'), 'a subject cannot be an address')
  t.match(rateLimitKeyOf({ client: null, ip: undefined }), /^[\w-]{43}$/, 'the client has just left')
  t.match(keyOf('x'.repeat(10_000), ''), /^[\w-]{43}$/)
})
