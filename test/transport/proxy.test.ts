import t from 'tap'
import { isExempt, parseNoProxy } from '../../src/transport/no-proxy.ts'
import { parseProxy, proxyFor } from '../../src/transport/proxy.ts'

t.test('the URL of a proxy', async (t) => {
  const cases: readonly (readonly [string, object])[] = [
    ['http://proxy.internal:3128', { host: 'proxy.internal', port: 3128, tls: false, authorization: null }],
    ['HTTP://Proxy.Internal/', { host: 'proxy.internal', port: 80, tls: false }],
    ['https://proxy.internal', { port: 443, tls: true }],
    ['http://[::1]:3128', { host: '::1', port: 3128 }],
    ['http://ada:secret@a', { authorization: `Basic ${btoa('ada:secret')}` }],
    ['http://ada@a', { authorization: `Basic ${btoa('ada:')}` }],
    ['http://:token@a', { authorization: `Basic ${btoa(':token')}` }],
    ['http://ada:p%40ss%3A%25@a', { authorization: `Basic ${btoa('ada:p@ss:%')}` }],
    ['http://%C3%A4:%F0%9F%98%80@a', { authorization: `Basic ${Buffer.from('ä:😀').toString('base64')}` }],
  ]
  for (const [url, expected] of cases) t.match(parseProxy(url), { ...expected, written: url }, url)
})

t.test('what is wrong with it is the end of a sentence that shows nothing of it', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['socks5://hunter2:1080', /^names a SOCKS proxy, .*write an HTTP proxy/],
    ['SOCKS://hunter2', /SOCKS/],
    ['hunter2:3128', /^must begin with http:\/\/ or https:\/\//],
    ['hunter2', /^must begin with/],
    ['ftp://hunter2', /^must begin with/],
    ['http://', /^is not valid; write for example/],
    ['http://hunter2:99999', /^is not valid/],
    ['http://ada:hunter2#@proxy', /percent-encoded \(# is %23\)$/],
    ['http://hunter2:0', /port from 1 to 65535/],
    ['http://hunter2/path', /must end with the port/],
    ['http://hunter2?a', /must end with the port/],
    ['http://hunter2#a', /must end with the port/],
    ['http://hunter2:%0d%0a@a', /control character/],
    ['http://hunter2%00@a', /control character/],
    ['http://a%3ahunter2@a', /":" in its user/],
    ['http://hunter2%@a', /holds a "%"/],
    ['http://hunter2%ff@a', /holds a "%"/],
  ]
  for (const [url, expected] of cases) {
    const { problem } = parseProxy(url) as { problem: string }
    t.match(problem, expected, url)
    t.notMatch(problem, /hunter2/)
  }
})

t.test('NO_PROXY', async (t) => {
  const cases: readonly (readonly [noProxy: string, origins: string, direct: boolean])[] = [
    ['', 'http://a.example', false],
    ['a.example', 'http://a.example https://A.example:8443 http://b.a.example http://a.example.', true],
    ['a.example', 'http://ba.example http://a.example.com http://example', false],
    ['.a.example', 'http://a.example http://b.a.example', true],
    ['*.a.example', 'http://b.a.example http://c.b.a.example', true],
    ['*.a.example', 'http://a.example', false],
    ['A.Example.', 'http://a.example', true],
    ['*', 'http://a.example http://127.0.0.1 https://[::1]:1', true],
    ['none.invalid , *', 'http://a.example', true],
    ['*:80', 'http://a.example', true],
    ['*:80', 'https://a.example', false],
    ['a.example:443', 'https://a.example', true],
    ['a.example:443', 'http://a.example https://a.example:8443', false],
    ['b.example,a.example', 'http://a.example', true],
    ['b.example\ta.example', 'http://a.example', true],
    ['127.0.0.1', 'http://127.0.0.1 http://127.0.0.1:9 http://0x7f000001', true],
    ['127.0.0.1', 'http://127.0.0.2 http://localhost http://a.127.0.0.1.example', false],
    ['10.0.0.0/8,192.168.0.0/16', 'http://10.1.2.3 http://192.168.9.9 http://[::ffff:10.0.0.1]', true],
    ['10.0.0.0/8', 'http://11.0.0.1 http://ten.example http://[::1]', false],
    ['::1', 'http://[::1] https://[0:0::1]:8443', true],
    ['[::1]', 'http://[::1]', true],
    ['[::1]:80', 'http://[::1]', true],
    ['[::1]:80', 'https://[::1]', false],
    ['2001:db8::/32', 'http://[2001:db8:1::1]', true],
    ['2001:db8::/32', 'http://[2001:db9::1] http://10.0.0.1', false],
    ['bücher.example', 'http://bücher.example', true],
    ['localhost', 'http://localhost http://a.localhost', true],
    ['localhost', 'http://127.0.0.1', false],
  ]
  for (const [noProxy, origins, direct] of cases) {
    const { exemptions, unreadable } = parseNoProxy(noProxy)
    t.equal(unreadable, 0, noProxy)
    const options = { http: PROXY, https: PROXY, exemptions }
    for (const origin of origins.split(' '))
      t.equal(proxyFor(options, origin), direct ? null : PROXY, `${noProxy}: ${origin}`)
  }
})

const PROXY = { host: 'p', port: 1, tls: false, authorization: null, written: 'http://p:1' }

t.test('an entry that cannot be read is left out, and the others count', async (t) => {
  for (const entry of [
    '10.0.0.0/33',
    '::/129',
    'a.example/8',
    'http://a.example',
    'a b/c'.replace(' ', ':'),
    'a:0',
    'a:65536',
    'a:x',
    '[::1',
    '[a]',
    'a..b',
    '*a',
    ':80',
    '.',
  ]) {
    const { exemptions, unreadable } = parseNoProxy(`${entry},b.example`)
    t.equal(unreadable, 1, entry)
    t.equal(isExempt(exemptions, 'b.example', 80), true)
    t.equal(exemptions.length, 1)
  }
})

t.test('each scheme has its proxy', async (t) => {
  const other = { ...PROXY, host: 'other' }
  t.equal(proxyFor(null, 'http://a.example'), null)
  t.equal(proxyFor({ http: PROXY, https: other, exemptions: [] }, 'http://a.example'), PROXY)
  t.equal(proxyFor({ http: PROXY, https: other, exemptions: [] }, 'https://a.example'), other)
  t.equal(proxyFor({ http: PROXY, https: null, exemptions: [] }, 'https://a.example'), null)
})
