import t from 'tap'
import { configOf, MINIMAL, problemsOf, warningsOf } from '../support.ts'

/** A file whose line 1 is `server.auth`. */
const file = (auth: string) => `server: { auth: ${auth} }\n${MINIMAL}`
const authOf = (auth: string, environment = {}) => configOf(file(auth), environment).server.auth
const problems = (auth: string, environment = {}) => problemsOf(file(auth), environment)
const warnings = (auth: string, environment = {}) => warningsOf(file(auth), environment)

const KEY = 'a-key-of-16-and-more'
const SECRET = 'a secret of 32 bytes, or of more'
const WHO = 'issuer: "https://id.example/", audience: app'

t.test('without auth, or with false, everybody gets in', async (t) => {
  t.equal(configOf(MINIMAL).server.auth, null)
  t.equal(authOf('false'), null)
})

t.test('keys and tokens are resolved', async (t) => {
  t.strictSame(authOf(`{ apiKeys: ["\${A}", ${KEY}] }`, { A: `${KEY}-2` }), { apiKeys: [`${KEY}-2`, KEY], jwt: null })
  t.strictSame(authOf(`{ jwt: { secret: "${SECRET}", ${WHO} } }`), {
    apiKeys: [],
    jwt: { keys: { secret: SECRET }, issuer: 'https://id.example/', audience: ['app'] },
  })
  const set = authOf('{ jwt: { jwks: "https://id.example/jwks.json", issuer: x, audience: [app, web] } }')
  t.strictSame(set?.jwt, { keys: { jwks: 'https://id.example/jwks.json' }, issuer: 'x', audience: ['app', 'web'] })
  t.strictSame(warnings(`{ apiKeys: [${KEY}], jwt: { secret: "${SECRET}", ${WHO} } }`), [])
})

/** What is written, and what is said about it. */
const WRONG: readonly (readonly [auth: string, ...problems: string[]])[] = [
  ['{}', ': has neither apiKeys nor jwt; write for example apiKeys: ["${CLIENT_KEY}"]'],
  ['true', ': the value must be a map, or false; write for example { apiKeys: ["${CLIENT_KEY}"] }'],
  ['{ apiKeys: [] }', '.apiKeys: the value is empty; write at least one'],
  ['{ apiKeys: [""] }', '.apiKeys[0]: the value must be printable ASCII without spaces'],
  ['{ apiKeys: ["a b"] }', '.apiKeys[0]: the value must be printable ASCII without spaces'],
  ['{ apiKeys: ["schlüssel"] }', '.apiKeys[0]: the value must be printable ASCII without spaces'],
  ['{ apiKey: x }', '.apiKey: is an unknown key; did you mean "apiKeys"? Write for example apiKeys: ["${CLIENT_KEY}"]'],
  [`{ jwt: { secret: "${SECRET}", ${WHO}, aud: x } }`, '.jwt.aud: is an unknown key; did you mean "audience"?'],
  [
    `{ jwt: { secret: "${SECRET}", ${WHO}, algorithms: [RS256] } }`,
    '.jwt.algorithms: is an unknown key; algorithms follow from the keys; leave it out',
  ],
  [`{ jwt: { ${WHO} } }`, '.jwt: has neither jwks nor secret; write for example jwks: https://id.example/jwks.json'],
  [
    `{ jwt: { secret: "${SECRET}", jwks: "https://id.example/", ${WHO} } }`,
    '.jwt: has both jwks and secret; leave one out',
  ],
  [
    `{ jwt: { secret: "${SECRET.slice(1)}", ${WHO} } }`,
    '.jwt.secret: is shorter than 32 bytes and may be guessed; write a longer random text',
  ],
  [`{ jwt: { jwks: "ftp://id.example/", ${WHO} } }`, '.jwt.jwks: must be a URL that begins with https:// or http://'],
  [`{ jwt: { jwks: id.example, ${WHO} } }`, '.jwt.jwks: must be a URL that begins with https:// or http://'],
  [
    `{ jwt: { jwks: "https://me:pw@id.example/", ${WHO} } }`,
    '.jwt.jwks: can hold no user or password; a key set is public',
  ],
  [
    `{ jwt: { secret: "${SECRET}" } }`,
    '.jwt.issuer: is missing; write for example "https://id.example/"',
    '.jwt.audience: is missing; write for example app',
  ],
  [
    `{ jwt: { secret: "${SECRET}", issuer: " ", audience: app } }`,
    '.jwt.issuer: the value must be a text that is not blank',
  ],
  [
    `{ jwt: { secret: "${SECRET}", issuer: x, audience: [] } }`,
    '.jwt.audience: the value is empty; write at least one',
  ],
  [
    `{ jwt: { secret: "${SECRET}", issuer: x, audience: 7 } }`,
    '.jwt.audience: the value must be a text, or a list of texts; write for example app',
  ],
]
for (const [auth, ...expected] of WRONG) {
  t.test(`refused: ${auth}`, async (t) => {
    t.strictSame(
      problems(auth),
      expected.map((text) => `server.auth${text.replace(': ', ' (line 1): ')}`),
    )
  })
}

t.test('nothing that is written is shown', async (t) => {
  const texts = ['zzsecret zz', 'zzkey zz', 'zzurl:/zz', 'zzissuer']
  const [secret, key, jwks, issuer] = texts
  const all = `{ apiKeys: ["${key}"], jwt: { secret: "${secret}", jwks: "${jwks}", issuer: ["${issuer}"], audience: { a: zz } } }`
  const said = [...problems(all), ...warnings(all), ...problems('"zz"'), ...problems('{ jwt: zz }')]
  t.ok(said.length >= 5)
  for (const text of said) t.notMatch(text, /zz/)
})

t.test('what can be guessed, replaced or left out is warned of', async (t) => {
  t.strictSame(warnings(`{ apiKeys: [short, ${KEY}, ${KEY}] }`), [
    'server.auth.apiKeys[0] (line 1): is shorter than 16 characters and may be guessed; write a long random key',
    'server.auth.apiKeys[2] (line 1): is the same as another key; leave one out',
  ])
  t.strictSame(warnings(`{ jwt: { jwks: "http://id.example/", ${WHO} } }`), [
    'server.auth.jwt.jwks (line 1): the keys travel over http, where they can be replaced on the way; use https',
  ])
  for (const host of ['localhost', '127.0.0.1:8080', '[::1]'])
    t.strictSame(warnings(`{ jwt: { jwks: "http://${host}/", ${WHO} } }`), [], host)
})
