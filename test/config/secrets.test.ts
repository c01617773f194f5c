import t from 'tap'
import { configOf, oneSource } from './support.ts'

const secretsOf = (text: string, environment: Record<string, string> = {}) => configOf(text, environment).secrets

t.test('what is written in secret places, from 8 characters', async (t) => {
  const url = 'url: "https://a.example/{?a,b}&api_key=in%2Dthe-url&order=published"'
  const keys = `${url}, method: POST, values: { a: short, b: [long-value, 12345678] }, headers: { x-key: "Bearer header-token", authorization: "Basic dXNlcjE6bG9uZzpwYXNzd29yZA==" }, body: { query: "a long query", clientSecret: from-the-body }`
  const found = secretsOf(oneSource(keys, 'headers: { x-shared: shared-header }'))
  t.same(
    new Set(found),
    new Set([
      ...['shared-header', 'long-value', '12345678', 'Bearer header-token', 'header-token', 'from-the-body'],
      ...['Basic dXNlcjE6bG9uZzpwYXNzd29yZA==', 'dXNlcjE6bG9uZzpwYXNzd29yZA', 'user1:long:password', 'long:password'],
      ...['in%2Dthe-url', 'in-the-url'],
    ]),
  )
})

t.test('what comes from the environment, wherever it stands, but no defaults', async (t) => {
  const keys = 'url: "${ORIGIN:-https://default.example}/{?a}", values: { a: "key ${KEY}" }, description: x'
  t.same(new Set(secretsOf(oneSource(keys), { KEY: 'from-outside' })), new Set(['from-outside', 'key from-outside']))
  const set = secretsOf(oneSource(keys), { KEY: 'k', ORIGIN: 'https://private.example' })
  t.same(set, ['https://private.example'])
})

t.test('what lets clients in, and Redis', async (t) => {
  const server = 'server: { auth: { apiKeys: [client-key-1] } }\nredis: { url: "redis://:redis-password@127.0.0.1" }'
  const found = secretsOf(`${oneSource('')}${server}`)
  t.same(new Set(found), new Set(['client-key-1', 'redis://:redis-password@127.0.0.1', 'redis-password']))
})

t.test('what is written in auth, and the forms in which a client secret is sent', async (t) => {
  const [id, secret] = ['bff:1', 's3cret/of+the client']
  const oauth2 = `tokenUrl: "https://id.example/token", clientSecret: "${secret}", params: { audience: the-audience, a: b }`
  const found = secretsOf(oneSource(`auth: { oauth2: { ${oauth2} } }`, `auth: { oauth2: { clientId: "${id}" } }`))
  const sent = 'bff%3A1:s3cret%2Fof%2Bthe+client'
  const coded = [sent, `${id}:${secret}`, secret].flatMap((text) =>
    (['base64', 'base64url'] as const).map((form) => Buffer.from(text).toString(form).replace(/=+$/, '')),
  )
  t.same(
    new Set(found),
    new Set([...['https://id.example/token', secret, 'the-audience', sent, `${id}:${secret}`], ...coded]),
  )
})
