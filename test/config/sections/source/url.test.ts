import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('a private address with denyPrivateAddresses', async (t) => {
  const refused = [
    `${at('url')}its host is a private address, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or another host`,
  ]
  const problem = (host: string, defaults = '') =>
    problemsOf(oneSource(`url: "https://${host}/"${defaults === '' ? ', denyPrivateAddresses: true' : ''}`, defaults))
  for (const host of ['127.0.0.1', '10.1.2.3:8443', '0x7f.1', '169.254.169.254', '[::1]', '[fd00::1]:80'])
    t.same(problem(host), refused, host)
  t.same(problem('10.0.0.1', 'denyPrivateAddresses: true'), refused)
  for (const host of ['localhost', 'a.example', '9.9.9.9', '[2606:4700::1111]']) t.same(problem(host), [], host)
  t.same(problemsOf(oneSource('url: "https://127.0.0.1/"')), [])
  t.same(problemsOf(oneSource('url: "https://10.0.0.1/", denyPrivateAddresses: 1', 'denyPrivateAddresses: true')), [
    `${at('denyPrivateAddresses')}1 must be true or false`,
  ])
})

t.test('parameters are refused in expressions that do not encode', async (t) => {
  const problem = (url: string) => problemsOf(oneSource(`url: "https://a.example${url}", params: { x: {} }`))
  t.same(problem('/{+x}'), [`${at('url')}{+x} does not encode, so only values may provide it; write {x}`])
  t.same(problem('/a{#x}'), [`${at('url')}{#x} does not encode, so only values may provide it; write {x}`])
  t.same(problem('/{x}?y={+x}'), [`${at('url')}{+x} does not encode, so only values may provide it; write {x}`])
  t.equal(sourceOf('url: "https://a.example/{+x}", values: { x: a/b }').values.x, 'a/b')
})

t.test('an invalid URL', async (t) => {
  const problem = (url: string) => problemsOf(oneSource(`url: "${url}"`))
  t.match(problem('a.example'), [/^sources\.a\.url .* must begin with https/])
  t.match(problem('https://{h}/'), [/^sources\.a\.url .* can hold no variable/])
  t.match(problem('https://a.example/{api-key}'), [/^sources\.a\.url .* \?api-key=\{key\}/])
  t.match(problem(''), [/^sources\.a\.url .* must begin with https/])
  const params = 'params: { x: { required: false }, y: { typ: 1 } }'
  t.match(problemsOf(oneSource(`url: a.example, ${params}`)), [
    /a\.url .* must begin/,
    /a\.params\.y .*"typ" is no keyword/,
  ])
})

t.test('a value that the url cannot contain is a problem, not a 400 for every client', async (t) => {
  const source = (url: string, value: string) => oneSource(`url: "${url}", values: { k: ${value} }`)
  for (const [url, value] of [
    ['https://a.example/x{?k}', '"line\\n"'],
    ['https://a.example/{k}/x', '".."'],
    ['https://a.example/{k}/x', '""'],
  ] as const) {
    const problems = problemsOf(source(url, value))
    t.equal(problems.length, 1, `${url} ${value}`)
    t.ok(problems[0]?.startsWith(at('values.k')), 'it is told where the value is written')
  }
  t.same(problemsOf(source('https://a.example/{k}/x', 'v1')), [])
})

t.test('secrets over plain http', async (t) => {
  const warning = (what: string) => [
    `sources.a.url (line 3): ${what} travel unencrypted over http to another host; use https`,
  ]
  const url = 'url: "http://a.example{?x}"'
  const x = 'params: { x: {} }'
  t.same(warningsOf(oneSource(`${url}, values: { x: 1 }`)), warning('values'))
  t.same(warningsOf(oneSource(`${url}, ${x}, headers: { x-key: a }`)), warning('headers'))
  t.same(warningsOf(oneSource(`${url}, ${x}`, 'headers: { x-key: a }')), warning('headers'))
  t.same(warningsOf(oneSource(`${url}, ${x}, forwardHeaders: [Cookie]`)), warning("the client's credentials"))
  t.same(
    warningsOf(oneSource('url: "http://a.example?key=${K}"'), { K: 'x' }),
    warning('environment references in url'),
  )
  t.same(warningsOf(oneSource(`${url}, ${x}`)), [])
  t.same(warningsOf(oneSource('url: "https://a.example?key=${K}"'), { K: 'x' }), [])
  for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.8.9.1:8080', '[::1]:80']) {
    t.same(warningsOf(oneSource(`url: "http://${host}/", headers: { a: b }`)), [], host)
  }
  for (const host of ['127.example', 'localhost.example', '10.0.0.1', '[::2]']) {
    t.same(warningsOf(oneSource(`url: "http://${host}/", headers: { a: b }`)), warning('headers'), host)
  }
})

t.test('a body with secrets over plain http', async (t) => {
  const body = 'url: "http://a.example/", method: POST, safe: true, body: { a: [x, "${K}"] }'
  t.same(warningsOf(oneSource(body), { K: 'x' }), [
    'sources.a.url (line 3): environment references in body travel unencrypted over http to another host; use https',
  ])
  t.same(warningsOf(oneSource('url: "http://a.example/", method: POST, safe: true, body: { a: [x] }')), [])
})
