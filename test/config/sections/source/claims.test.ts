import t from 'tap'
import { configOf, problemsOf } from '../../support.ts'

const JWT = 'jwt: { secret: "a secret of 32 bytes, or of more", issuer: i, audience: a }'
const file = (auth: string, source: string) =>
  `server: { auth: ${auth} }\nsources:\n  b: { url: "https://b.example/" }\n  a: { ${source} }\n`
const BOUND = 'url: "https://a.example/{t}", bind: { t: { from: claims, select: tenant } }'

t.test('a value from claims needs no source', async (t) => {
  const source = configOf(file(`{ ${JWT} }`, BOUND)).sources.get('a')
  t.strictSame(source?.bind, [])
  t.strictSame(
    source?.claims.map(({ name, select }) => [name, select.text]),
    [['t', 'tenant']],
  )
})

t.test('claims stand beside values of sources', async (t) => {
  const both = 'url: "https://a.example/{t}{?u}", bind: { t: { from: claims, select: sub }, u: { from: b } }'
  const source = configOf(file(`{ ${JWT} }`, both)).sources.get('a')
  t.match(source, { bind: [{ name: 'u', from: 'b' }], claims: [{ name: 't' }] })
})

const NEEDS_JWT =
  "sources.a.bind.t.from (line 4): claims are those of a client's token, which server.auth.jwt must verify; write server: { auth: { jwt: … } }, or name a source"

t.test('claims need tokens', async (t) => {
  t.strictSame(problemsOf(file('false', BOUND)), [NEEDS_JWT])
  t.strictSame(problemsOf(file('{ apiKeys: [a-key-of-16-and-more] }', BOUND)), [NEEDS_JWT])
  t.match(problemsOf(file('{ jwt: { issuer: x } }', BOUND)), /^server.auth/, 'and no more, if auth is wrong itself')
  t.notMatch(problemsOf(file('{ jwt: { issuer: x } }', BOUND)).join(), 'sources.a')
})

t.test('all claims at once are no scalar', async (t) => {
  t.strictSame(problemsOf(file(`{ ${JWT} }`, 'url: "https://a.example/{t}", bind: { t: { from: claims } }')), [
    'sources.a.bind.t (line 4): takes all claims at once, which is no scalar; write for example select: sub',
  ])
  const broken = 'url: "https://a.example/{t}", bind: { t: { from: claims, select: "a[" } }'
  t.match(problemsOf(file(`{ ${JWT} }`, broken)), [/^sources.a.bind.t.select/])
  t.equal(problemsOf(file(`{ ${JWT} }`, broken)).length, 1)
})

t.test('claims are no list of items', async (t) => {
  const each = 'url: "https://a.example/{t}", forEach: { from: claims, select: groups, as: t }'
  t.strictSame(problemsOf(file(`{ ${JWT} }`, each)), [
    'sources.a.forEach.from (line 4): claims are no source with a list; name a source',
  ])
})

t.test('a variable has one provider, and is used', async (t) => {
  const twice = 'url: "https://a.example/{t}", params: { t: {} }, bind: { t: { from: claims, select: t } }'
  t.match(problemsOf(file(`{ ${JWT} }`, twice)), [/sources.a.params.t .* provided twice, by params and by bind/])
  const unused = 'url: "https://a.example/", bind: { t: { from: claims, select: t } }'
  t.match(problemsOf(file(`{ ${JWT} }`, unused)), [/sources.a.bind.t .* is used nowhere/])
  const raw = 'url: "https://a.example/{+t}", bind: { t: { from: claims, select: t } }'
  t.match(problemsOf(file(`{ ${JWT} }`, raw)), [/\{\+t\} does not encode/])
})

t.test('the key of a client is not forwarded', async (t) => {
  const forwarding = 'url: "https://a.example/", forwardHeaders: [X-Api-Key]'
  t.strictSame(problemsOf(file('{ apiKeys: [a-key-of-16-and-more] }', forwarding)), [
    'sources.a.forwardHeaders (line 4): "x-api-key" holds the key of server.auth.apiKeys, which no source may see; leave it out',
  ])
  t.strictSame(problemsOf(file('false', forwarding)), [])
  t.strictSame(problemsOf(file(`{ ${JWT} }`, forwarding)), [])
})
