import fc from 'fast-check'
import t from 'tap'
import { type Forwarded, forwardedHeaders } from '../../src/http/forwarded.ts'

const ASKED: Forwarded = { ip: '203.0.113.9', protocol: 'http', host: 'shop.example' }

/** The headers by name. */
function headers(over: Partial<Forwarded>): Readonly<Record<string, string | undefined>> {
  const all = forwardedHeaders({ ...ASKED, ...over })
  return Object.fromEntries(all.flatMap((name, at) => (at % 2 === 0 ? [[name, all[at + 1]]] : [])))
}

const addresses = (...ips: readonly (string | undefined)[]) => headers({ ips })['x-forwarded-for']

t.test('the address of the connection, the scheme and the host', async (t) => {
  t.strictSame(forwardedHeaders(ASKED), [
    ...['x-forwarded-for', '203.0.113.9'],
    ...['x-forwarded-proto', 'http'],
    ...['x-forwarded-host', 'shop.example'],
  ])
})

t.test('the client comes first and the peer last', async (t) => {
  t.equal(addresses('10.0.0.2', '10.0.0.1', '203.0.113.9'), '203.0.113.9, 10.0.0.1, 10.0.0.2')
})

t.test('addresses are written alike: without ports, brackets and zones; mapped ones as IPv4', async (t) => {
  t.equal(addresses('::1', '2001:db8::1'), '2001:db8::1, ::1')
  t.equal(addresses('::ffff:127.0.0.1'), '127.0.0.1')
  t.equal(addresses('::FFFF:10.0.0.1', '[2001:db8::1]:443', '203.0.113.9:1234'), '203.0.113.9, 2001:db8::1, 10.0.0.1')
  t.equal(addresses('fe80::1%eth0'), 'fe80::1')
  t.equal(addresses('[::1]'), '::1')
})

t.test('what stands before an entry that is no address is left out', async (t) => {
  for (const odd of ['unknown', '_hidden', '', ' ', '1.2.3', '1.2.3.4.5', '"x"', 'a\tb', '127.1', '0x7f000001', 'é'])
    t.equal(addresses('10.0.0.2', odd, '203.0.113.9'), '10.0.0.2', odd)
  t.equal(addresses(undefined), undefined, 'the connection has ended')
  t.notOk('x-forwarded-for' in headers({ ip: undefined }))
})

t.test('the scheme is http or https', async (t) => {
  for (const [protocol, sent] of Object.entries({
    https: 'https',
    HTTPS: 'https',
    http: 'http',
    '': 'http',
    'x y': 'http',
  }))
    t.equal(headers({ protocol })['x-forwarded-proto'], sent)
  t.equal(headers({ protocol: undefined })['x-forwarded-proto'], 'http')
})

t.test('only a host name or an address is sent as the host', async (t) => {
  for (const host of [
    'a.example',
    'a.example:8080',
    'localhost',
    '127.0.0.1:80',
    '[::1]',
    '[2001:db8::1]:443',
    'A_b-c.',
  ])
    t.equal(headers({ host })['x-forwarded-host'], host)
  for (const host of [
    '',
    'a,b',
    'a b',
    'a/b',
    'a@b',
    'a?b',
    'a:b',
    'a:123456',
    '[x]',
    '::1',
    'a"b',
    "a'b",
    'é',
    'a;b',
    'a%b',
  ])
    t.notOk('x-forwarded-host' in headers({ host }), host)
})

t.test('nothing that a client writes leaves its place', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('\r\nx: y', ', ', '10.0.0.1\n'),
  )
  fc.assert(
    fc.property(fc.array(text), text, text, (ips, protocol, host) => {
      const sent = headers({ ips, protocol, host })
      const safe = { 'x-forwarded-for': /^[\da-f:.]+(, [\da-f:.]+)*$/i, 'x-forwarded-host': /^[\w.:[\]-]+$/ }
      for (const [name, value = ''] of Object.entries(sent))
        if (!(name === 'x-forwarded-proto' ? /^https?$/ : safe[name as keyof typeof safe]).test(value)) return false
      return true
    }),
  )
})
