import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string, line = 3) => `${line === 3 ? 'sources.a' : 'defaults'}.${key} (line ${line}): `
const TWO = 'origins: ["https://a.example", "https://b.example"]'
const withOrigin = (text: string) => oneSource(`origins: [https://a.example, ${JSON.stringify(text)}]`)

t.test('origins are read as a URL has them', async (t) => {
  t.match(sourceOf('required: true'), { origins: null, balance: 'roundRobin' })
  const written =
    '"https://A.example/", "http://127.0.0.2:8080", "https://[2001:DB8::1]:443", "HTTP://münchen.example:80"'
  t.match(sourceOf(`origins: [${written}], balance: failover`), {
    origins: ['https://a.example', 'http://127.0.0.2:8080', 'https://[2001:db8::1]', 'http://xn--mnchen-3ya.example'],
    balance: 'failover',
  })
  t.match(sourceOf('origins: ["${A}"]', { A: 'https://a.internal' }), { origins: ['https://a.internal'] })
})

t.test('what is no origin is refused with a sentence, which does not repeat it', async (t) => {
  const host = 'has a host or port that is not valid; write for example https://a.example:8443'
  const scheme = 'must begin with https:// or http://; write for example https://a.example'
  for (const [text, said] of [
    ['https://secret.example/api', 'has a path; write scheme, host and port only, and the path in url'],
    ['https://secret.example//', 'has a path; write scheme, host and port only, and the path in url'],
    ['https:///secret', 'has a path; write scheme, host and port only, and the path in url'],
    ['https://secret.example?a=b', 'has a query; write scheme, host and port only, and the query in url'],
    ['https://secret.example/?', 'has a query; write scheme, host and port only, and the query in url'],
    ['https://secret.example#a', 'has a fragment, which is never sent; write scheme, host and port only'],
    ['https://a:b@secret.example', 'holds a user or password; leave them out, and write an authorization header'],
    ['https://@secret.example', 'holds a user or password; leave them out, and write an authorization header'],
    ['https://{secret}.example', 'holds a brace, but an origin can hold no variable; name each origin'],
    ['https://*.secret.example', 'holds a wildcard; name each origin'],
    ['http://unix:/run/secret.sock:/a', 'names a socket file; write unixSocket: /run/users.sock in place of origins'],
    ['unix:/run/secret.sock', 'names a socket file; write unixSocket: /run/users.sock in place of origins'],
    ['secret.example', scheme],
    ['//secret.example', scheme],
    ['secret.example:8080', scheme],
    ['ws://secret.example', scheme],
    ['https:secret.example', scheme],
    ['', scheme],
    ['https://', host],
    ['https://secret.example:65536', host],
    ['https://secret.example:0', host],
    ['https://secret.example:x', host],
    ['https://secret .example', host],
    ['https://secret\n.example', host],
    ['https://secret.example\\a', host],
    ['https://secret\ud800.example', host],
    ['https://2001:db8::1', host],
  ] as const) {
    t.same(problemsOf(withOrigin(text)), [`${at('origins[1]')}${said}`], JSON.stringify(text))
  }
})

t.test('an origin twice, in whatever form', async (t) => {
  for (const same of ['https://a.example', 'https://A.EXAMPLE/', 'https://a.example:443'])
    t.same(problemsOf(withOrigin(same)), [
      `${at('origins[1]')}is in the list already; all have the same share, so write it once`,
    ])
  t.same(problemsOf(withOrigin('http://a.example')), [], 'another scheme is another origin')
  t.same(problemsOf(withOrigin('https://a.example:8443')), [])
})

t.test('other forms of the list', async (t) => {
  const list =
    'the value must be a list of origins, or false; write for example ["https://a.example", "https://b.example"]'
  t.same(problemsOf(oneSource('origins: https://a.example')), [`${at('origins')}${list}`])
  t.same(problemsOf(oneSource('origins: { a: https://a.example }')), [`${at('origins')}${list}`])
  t.same(problemsOf(oneSource('origins: []')), [`${at('origins')}the value is empty; write at least one`])
  t.same(problemsOf(oneSource('origins: [7]')), [`${at('origins[0]')}the value must be a string; write it in quotes`])
  const many = (count: number) => Array.from({ length: count }, (_, index) => `"https://a${index}.example"`).join(', ')
  t.equal(sourceOf(`origins: [${many(32)}]`).origins?.length, 32)
  t.same(problemsOf(oneSource(`origins: [${many(33)}]`)), [
    `${at('origins')}the value has more than 32 items; write at most that many`,
  ])
})

t.test('balance', async (t) => {
  t.same(problemsOf(oneSource(`${TWO}, balance: random`)), [`${at('balance')}"random" must be roundRobin or failover`])
  t.same(problemsOf(oneSource('balance: failover')), [
    `${at('balance')}needs origins; write for example origins: [https://a.example, https://b.example], or leave balance out`,
  ])
  const needs =
    'failover needs the breaker, which says which origin is broken, and "a" has none; leave out breaker: false, or write balance: roundRobin'
  t.same(problemsOf(oneSource(`${TWO}, balance: failover, breaker: false`)), [`${at('balance')}${needs}`])
  t.same(problemsOf(oneSource(`${TWO}, breaker: false`, 'balance: failover')), [`${at('balance', 1)}${needs}`])
  t.same(problemsOf(oneSource(`${TWO}, balance: roundRobin, breaker: false`, 'balance: failover')), [])
  t.same(problemsOf(oneSource('breaker: false', 'balance: failover')), [], 'it does not apply without origins')
})

t.test('failover with a single origin is warned of, as it changes nothing', async (t) => {
  const one = 'origins: ["https://a.example"]'
  const line = `${at('balance')}failover has nowhere else to go: "a" has one origin; write another one under origins`
  t.same(warningsOf(oneSource(`${one}, balance: failover`)), [line])
  t.same(warningsOf(oneSource(`${one}, balance: roundRobin`)), [])
  t.same(warningsOf(oneSource(`${TWO}, balance: failover`)), [])
})

t.test('in defaults', async (t) => {
  t.match(sourceOf('required: true', {}, `${TWO}, balance: failover`), {
    origins: ['https://a.example', 'https://b.example'],
    balance: 'failover',
  })
  t.match(sourceOf('origins: ["https://c.example"]', {}, TWO), { origins: ['https://c.example'] })
  t.match(sourceOf('origins: false', {}, TWO), { origins: null })
  t.same(problemsOf(oneSource('origins: false, balance: failover', TWO)).length, 1)
  t.same(problemsOf(oneSource('required: true', 'origins: ["https://a.example/x"]')), [
    `${at('origins[0]', 1)}has a path; write scheme, host and port only, and the path in url`,
  ])
  t.same(warningsOf(oneSource(TWO, 'balance: failover')), [])
  t.same(warningsOf(oneSource('required: true', 'balance: failover')), [
    `${at('balance', 1)}has no effect, because no source has origins; leave it out`,
  ])
})

t.test('one way to go elsewhere only', async (t) => {
  const said =
    'cannot stand beside origins, as only one of them can say where requests go; leave one out (false in place of its value leaves out that of defaults)'
  t.same(problemsOf(oneSource(`${TWO}, unixSocket: /run/a.sock`)), [`${at('unixSocket')}${said}`])
  t.same(problemsOf(oneSource(`${TWO}, proxy: environment`)), [`${at('proxy')}${said}`])
  t.same(problemsOf(oneSource(TWO, 'unixSocket: /run/a.sock')), [`${at('unixSocket', 1)}${said}`])
  t.same(problemsOf(oneSource(`${TWO}, proxy: false`, 'proxy: environment')), [])
  t.same(problemsOf(oneSource('origins: false, unixSocket: /run/a.sock', TWO)), [])
})

t.test('private addresses: those of the origins count, not that of the url', async (t) => {
  const said =
    'its host is a private address, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or another host'
  const written = 'url: "https://10.0.0.1/", denyPrivateAddresses: true'
  t.same(problemsOf(oneSource(`${written}, ${TWO}`)), [])
  t.same(problemsOf(oneSource(`${written}, origins: ["https://a.example", "https://10.0.0.2", "https://[fe80::1]"]`)), [
    `${at('origins[1]')}${said}`,
    `${at('origins[2]')}${said}`,
  ])
})

t.test('secrets over http: said of each origin, and not of the url', async (t) => {
  const said = 'headers travel unencrypted over http to another host; use https'
  const secret = 'headers: { x-key: a }'
  t.same(warningsOf(oneSource(`url: "http://a.example/", ${secret}, ${TWO}`)), [])
  t.same(
    warningsOf(
      oneSource(
        `${secret}, origins: ["http://b.example", "https://a.example", "http://127.0.0.1", "http://c.example"]`,
      ),
    ),
    [`${at('origins[0]')}${said}`, `${at('origins[3]')}${said}`],
  )
})

t.test('tls needs one origin with https', async (t) => {
  const tls = 'tls: { serverName: a.internal }'
  t.same(
    problemsOf(oneSource(`url: "http://a.example/", ${tls}, origins: ["http://a.example", "https://b.example"]`)),
    [],
  )
  t.same(problemsOf(oneSource(`${tls}, origins: ["http://a.example"]`)), [
    `${at('tls')}has no effect on a source with http; write https in origins, or leave it out`,
  ])
})

t.test('names of other tools', async (t) => {
  const origins =
    'is an unknown key; did you mean "origins"? Write for example origins: [https://a.example, https://b.example]'
  const balance = 'is an unknown key; did you mean "balance"? Write for example balance: failover'
  for (const key of ['urls', 'servers', 'upstreams', 'replicas', 'endpoints'])
    t.same(problemsOf(oneSource(`${key}: [1]`)), [`${at(key)}${origins}`])
  for (const key of ['loadBalancer', 'load-balancing', 'lb_policy'])
    t.same(problemsOf(oneSource(`${key}: a`)), [`${at(key)}${balance}`])
})
