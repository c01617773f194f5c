import t from 'tap'
import { digestOf, sameOptions } from '../../../../src/source/options.ts'
import { proxyFor } from '../../../../src/transport/proxy.ts'
import { configOf, oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key = 'proxy') => `sources.a.${key} (line 3): `
const hostFor = (keys: string, environment: Record<string, string> = {}, origin = 'https://a.example') =>
  proxyFor(sourceOf(keys, environment).proxy, origin)?.host ?? null

t.test('a URL, from the file, from the environment, or from defaults', async (t) => {
  t.equal(sourceOf('required: true').proxy, null)
  t.equal(sourceOf('proxy: false').proxy, null)
  t.equal(hostFor('proxy: http://p.example:3128'), 'p.example')
  t.equal(hostFor('proxy: "http://ada:${PW}@p.example:3128"', { PW: 'pw' }, 'http://a.example'), 'p.example')
  t.equal(sourceOf('required: true', {}, 'proxy: http://p.example').proxy?.http?.host, 'p.example')
  t.equal(sourceOf('proxy: http://q.example', {}, 'proxy: http://p.example').proxy?.http?.host, 'q.example')
  t.equal(sourceOf('proxy: false', {}, 'proxy: http://p.example').proxy, null)
  t.equal(sourceOf('proxy: "${PROXY:-false}"').proxy, null, 'false may come from the environment')
})

t.test('environment: each variable for its scheme, lower case first, NO_PROXY with both', async (t) => {
  const keys = 'proxy: environment'
  const both = { HTTP_PROXY: 'http://plain:1', HTTPS_PROXY: 'http://secure:1' }
  t.equal(sourceOf(keys).proxy, null, 'none is set')
  t.equal(sourceOf(keys, { HTTP_PROXY: '', HTTPS_PROXY: ' ' }).proxy, null)
  t.equal(hostFor(keys, both), 'secure')
  t.equal(hostFor(keys, both, 'http://a.example'), 'plain')
  t.equal(hostFor(keys, { HTTP_PROXY: 'http://plain:1' }), null, 'https has no proxy then, as in curl')
  t.equal(hostFor(keys, { ...both, https_proxy: 'http://lower:1' }), 'lower')
  t.equal(hostFor(keys, { ...both, https_proxy: '' }), null, 'lower case wins where it is empty, too')
  t.equal(hostFor(keys, { ...both, NO_PROXY: 'a.example' }), null)
  t.equal(hostFor(keys, { ...both, NO_PROXY: 'a.example', no_proxy: 'b.example' }), 'secure')
  t.equal(hostFor(keys, { https_proxy: 'proxy.internal:3128' }), 'proxy.internal', 'a scheme may be missing there')
  t.equal(hostFor(keys, { https_proxy: 'ada:pw@proxy.internal:3128' }), 'proxy.internal')
  t.equal(hostFor('required: true', both), null, 'the environment counts only where it is asked for')
  t.equal(hostFor('proxy: http://p.example', { NO_PROXY: '*' }), 'p.example', 'NO_PROXY is of environment')
})

t.test('what is wrong is one sentence, which shows nothing of the URL', async (t) => {
  const must = 'must begin with http:// or https://, as in http://proxy.internal:3128'
  t.same(problemsOf(oneSource('proxy: hunter2.internal')), [`${at()}the URL ${must}`])
  t.same(problemsOf(oneSource('proxy: ""')), [`${at()}the URL ${must}`])
  t.match(problemsOf(oneSource('proxy: socks5://hunter2')), [
    /: the URL names a SOCKS proxy, which is not supported; write/,
  ])
  t.same(problemsOf(oneSource('proxy: "${P}"'), { P: 'hunter2' }), [`${at()}the URL ${must}`])
  t.same(
    problemsOf(oneSource('proxy: environment'), { https_proxy: 'http://hunter2/a', HTTP_PROXY: 'socks4://hunter2' }),
    [
      `${at()}the URL in the environment variable HTTP_PROXY names a SOCKS proxy, which is not supported; write an HTTP proxy, for example http://proxy.internal:3128`,
      `${at()}the URL in the environment variable https_proxy must end with the port; write "/", "?" and "#" as %2F, %3F and %23 in a password`,
    ],
  )
  for (const value of ['true', '"true"', '{ address: hunter2 }', '3128']) {
    t.same(problemsOf(oneSource(`proxy: ${value}`)), [
      `${at()}the value must be the URL of a proxy, as in http://proxy.internal:3128, environment, or false`,
    ])
  }
  t.match(problemsOf(oneSource('httpProxy: http://hunter2')), [/did you mean "proxy"\? Write for example proxy: http:/])
  t.match(problemsOf(oneSource('noProxy: hunter2')), [/NO_PROXY says so where proxy: environment is written/])
  const two = 'sources: { a: { url: "http://127.0.0.1" }, b: { url: "http://127.0.0.1" } }'
  t.equal(problemsOf(`defaults: { proxy: hunter2 }\n${two}`).length, 1, 'in defaults, it is reported once')
})

t.test('what contradicts it is refused, whatever the environment says', async (t) => {
  const socket =
    'cannot stand beside unixSocket, as only one of them can say where requests go; leave one out (false in place of its value leaves out that of defaults)'
  const hidden =
    'looks the host up itself, so that denyPrivateAddresses cannot see where requests go; write denyPrivateAddresses: false, or leave it out'
  for (const proxy of ['environment', 'http://p.example']) {
    t.same(problemsOf(oneSource(`proxy: ${proxy}, unixSocket: /a`)), [at() + socket])
    t.same(problemsOf(oneSource(`proxy: ${proxy}, denyPrivateAddresses: true`)), [at() + hidden])
    t.same(problemsOf(oneSource('unixSocket: /a', `proxy: ${proxy}`)), [`defaults.proxy (line 1): ${socket}`])
    t.same(problemsOf(oneSource('denyPrivateAddresses: true', `proxy: ${proxy}`)), [
      `defaults.proxy (line 1): ${hidden}`,
    ])
    t.same(problemsOf(oneSource('unixSocket: /a, proxy: false', `proxy: ${proxy}`)), [])
    t.same(problemsOf(oneSource('proxy: false', `proxy: ${proxy}, denyPrivateAddresses: true`)), [])
  }
})

t.test('what travels unencrypted is warned of', async (t) => {
  const said = 'the credentials for the proxy travel unencrypted to another host; use https:// where it speaks TLS'
  t.same(warningsOf(oneSource('proxy: http://ada:pw@p.example')), [at() + said])
  t.same(warningsOf(oneSource('proxy: environment'), { https_proxy: 'http://ada:pw@p.example' }), [at() + said])
  const tokens = 'auth: { oauth2: { tokenUrl: "http://localhost/token", clientId: bff, clientSecret: secret } }'
  const forTokens = warningsOf(oneSource(`proxy: environment, ${tokens}`), { http_proxy: 'http://ada:pw@p.example' })
  t.match(forTokens.join(), said, 'also where only the requests for tokens go through it')
  for (const proxy of [
    'https://ada:pw@p.example',
    'http://ada:pw@127.0.0.1',
    'http://ada:pw@[::1]',
    'http://p.example',
  ])
    t.same(warningsOf(oneSource(`proxy: ${proxy}`)), [], proxy)
  const clear = 'headers travel unencrypted over http to another host; use https'
  t.same(warningsOf(oneSource('url: "http://localhost/", headers: { x-key: a }, proxy: http://p.example')), [
    at('url') + clear,
  ])
  t.same(warningsOf(oneSource('url: "http://localhost/", headers: { x-key: a }, proxy: http://localhost')), [])
  t.same(warningsOf(oneSource('url: "http://b.example/", headers: { x-key: a }, proxy: http://localhost')), [
    at('url') + clear,
  ])
})

t.test('a host header is warned of, where the proxy would replace it', async (t) => {
  const said = 'has no effect through a proxy, which takes it from the url; leave it out'
  const keys = 'headers: { Host: b.example }, proxy: http://localhost'
  t.same(warningsOf(oneSource(`url: "http://127.0.0.1", ${keys}`)), [`${at('headers.Host')}${said}`])
  t.same(warningsOf(oneSource(keys)), [], 'a tunnel leaves it as it is')
  t.same(warningsOf(oneSource(`url: "http://127.0.0.1", headers: { host: b.example }`)), [])
})

t.test('an entry of NO_PROXY that cannot be read is warned of', async (t) => {
  t.same(warningsOf(oneSource('proxy: environment'), { NO_PROXY: 'hunter2/8,b', HTTP_PROXY: 'http://p' }), [
    `${at()}reads the environment variable NO_PROXY, in which an entry is no host, address or range; it is left out`,
  ])
})

t.test('another proxy makes another source', async (t) => {
  const [one, same, other] = ['a', 'a', 'b'].map((pw) =>
    sourceOf('proxy: environment', { https_proxy: `http://u:${pw}@p` }),
  )
  if (!one || !same || !other) throw new Error('no source')
  t.ok(sameOptions(one, same))
  t.notOk(sameOptions(one, other))
  t.not(digestOf(one), digestOf(other))
})

t.test('the proxy and our credentials for it are secrets, in each form', async (t) => {
  const basic = Buffer.from('user-of-it:p@ssword-1').toString('base64')
  const expected = [
    ...['http://user-of-it:p%40ssword-1@proxy.internal:3128', 'user-of-it:p%40ssword-1@proxy.internal:3128'],
    ...['proxy.internal', 'proxy.internal:3128', 'user-of-it', 'p%40ssword-1', 'p@ssword-1', 'user-of-it:p@ssword-1'],
    ...[basic, `Basic ${basic}`],
  ]
  const written = configOf(oneSource(`proxy: "${expected[0]}"`)).secrets
  const fromEnvironment = configOf(oneSource('proxy: environment'), { http_proxy: expected[1] ?? '' }).secrets
  for (const secret of expected) {
    t.ok(written.includes(secret), secret)
    t.ok(fromEnvironment.includes(secret), secret)
  }
  t.notOk(configOf(oneSource('proxy: http://127.0.0.1:3128')).secrets.includes('127.0.0.1'), 'too many texts hold this')
})
