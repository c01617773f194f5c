import t from 'tap'
import { certificateFile } from '../../../support/upstream/tls.ts'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const url = 'tokenUrl: "https://id.example/token"'
const client = 'clientId: bff, clientSecret: s3cret-text'
const FULL = `auth: { oauth2: { ${url}, ${client} } }`
const RESOLVED = {
  tokenUrl: 'https://id.example/token',
  clientId: 'bff',
  clientSecret: 's3cret-text',
  scope: null,
  authentication: 'basic',
  params: {},
}

t.test('it becomes options, and merges with that of defaults key by key', async (t) => {
  t.equal(sourceOf('').auth, null)
  t.equal(sourceOf('auth: false', {}, FULL).auth, null)
  t.strictSame(sourceOf(FULL).auth, RESOLVED)
  t.strictSame(sourceOf('', {}, FULL).auth, RESOLVED)
  t.strictSame(sourceOf('auth: { oauth2: { scope: read } }', {}, FULL).auth, { ...RESOLVED, scope: 'read' })
  t.strictSame(sourceOf('auth: {}', {}, FULL).auth, RESOLVED)
  const shared = `auth: { oauth2: { ${url}, ${client}, scope: read, authentication: post, params: { audience: a, tenant: t } } }`
  t.strictSame(sourceOf('auth: { oauth2: { scope: write, params: { audience: [b, c] } } }', {}, shared).auth, {
    ...RESOLVED,
    scope: 'write',
    authentication: 'post',
    params: { audience: ['b', 'c'], tenant: 't' },
  })
  t.match(
    sourceOf(`auth: { oauth2: { ${url}, clientId: "\${ID}", clientSecret: "\${SECRET}" } }`, {
      ID: '17',
      SECRET: 'true',
    }).auth,
    {
      clientId: '17',
      clientSecret: 'true',
    },
  )
})

const at = 'sources.a.auth.oauth2'
const oauth2 = (keys: string) => `auth: { oauth2: { ${keys} } }`

t.test('what is wrong is one sentence each', async (t) => {
  const cases: readonly (readonly [keys: string, ...problems: string[]])[] = [
    [
      'auth: {}',
      'sources.a.auth: has no oauth2 for "a"; write for example oauth2: { tokenUrl: …, clientId: …, clientSecret: … }, or auth: false',
    ],
    [
      oauth2(''),
      `${at}.tokenUrl: is missing for "a"; write for example tokenUrl: https://id.example/token`,
      `${at}.clientId: is missing for "a"; write for example clientId: bff`,
      `${at}.clientSecret: is missing for "a"; write for example clientSecret: \${CLIENT_SECRET}`,
    ],
    ...[
      ['id.example/token', 'must be a URL that begins with https:// or http://'],
      ['ftp://id.example/token', 'must be a URL that begins with https:// or http://'],
      ['https://user:pass@id.example/token', 'can hold no user or password; write them as clientId and clientSecret'],
      ['https://id.example/token#x', 'can hold no fragment (RFC 6749, section 3.2); leave out what begins with #'],
      ['https://id.example/token#', 'can hold no fragment (RFC 6749, section 3.2); leave out what begins with #'],
      ['https://id.example/{tenant}/token', 'can hold no variable; write the whole address'],
    ].map(
      ([tokenUrl, problem]) => [oauth2(`tokenUrl: "${tokenUrl}", ${client}`), `${at}.tokenUrl: ${problem}`] as const,
    ),
    [
      `denyPrivateAddresses: true, ${oauth2(`tokenUrl: "https://[::1]/token", ${client}`)}`,
      `${at}.tokenUrl: its host is a private address, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or another host`,
    ],
    [
      oauth2(`${url}, ${client}, params: { grant_type: x, client_id: x, client_secret: x, scope: x }`),
      `${at}.params.grant_type: is always client_credentials; leave it out`,
      `${at}.params.client_id: is what clientId says; write it there`,
      `${at}.params.client_secret: is what clientSecret says; write it there`,
      `${at}.params.scope: is what scope says; write it there`,
    ],
    [
      oauth2(`${url}, clientId: "  ", clientSecret: "s3cret\\n"`),
      `${at}.clientId: the value must be a text that is not blank, without line breaks and control characters; look at its end`,
      `${at}.clientSecret: the value must be a text that is not blank, without line breaks and control characters; look at its end`,
    ],
    [
      oauth2(`${url}, ${client}, scope: "read  write"`),
      `${at}.scope: the value must be scopes separated by one space each, such as read write (RFC 6749, section 3.3)`,
    ],
    [
      oauth2(`${url}, ${client}, scope: [read, write]`),
      `${at}.scope: the value must be scopes separated by one space each, such as read write (RFC 6749, section 3.3)`,
    ],
    [
      oauth2(`${url}, ${client}, params: { a: { b: c } }`),
      `${at}.params.a: the value must be a text, or a list of texts`,
    ],
  ]
  for (const [keys, ...problems] of cases) {
    const found = problemsOf(oneSource(keys))
    t.strictSame(
      found,
      problems.map((problem) => problem.replace(': ', ' (line 3): ')),
      keys,
    )
    t.notMatch(found.join(), /s3cret|user:pass|tenant}/)
  }
})

t.test('near misses are told', async (t) => {
  const did = (path: string, key: string) =>
    problemsOf(oneSource(path)).filter((problem) => problem.includes(key))[0] ?? 'none'
  t.match(
    did(oauth2(`${url}, ${client}, authentication: client_secret_post`), 'authentication'),
    /must be basic or post/,
  )
  t.match(
    did(oauth2(`${url}, ${client}, tokenEndpointAuthMethod: x`), 'tokenEndpoint'),
    /did you mean "authentication"\? Write authentication: basic for client_secret_basic/,
  )
  t.match(did(oauth2(`${url}, ${client}, token_endpoint: x`), 'token_endpoint'), /did you mean "tokenUrl"/)
  t.match(did(oauth2(`${url}, ${client}, scopes: [a]`), 'scopes'), /did you mean "scope"/)
  t.match(did(oauth2(`${url}, ${client}, audience: a`), 'audience'), /write for example params: { audience: api }/i)
  t.match(did(oauth2(`${url}, ${client}, grantType: password`), 'grantType'), /always client_credentials/)
  t.match(did(oauth2(`${url}, ${client}, issuer: x`), 'issuer'), /token endpoint itself/)
  t.match(did('auth: { bearer: x }', 'bearer'), /write for example headers/)
  t.match(did(`auth: { ${url} }`, 'tokenUrl'), /belongs in oauth2/)
  t.match(did(`oauth2: { ${url} }`, 'oauth2'), /did you mean "auth"/)
})

t.test('a request has one Authorization header', async (t) => {
  const why = (id = 'a') => `of "${id}" is the token of auth.oauth2; leave it out, or write auth: false`
  const of = (keys: string, defaults = '') => problemsOf(oneSource(`${keys}`, defaults))
  t.same(of(`${FULL}, headers: { Authorization: x }`), [`sources.a.headers.Authorization (line 3): ${why()}`])
  t.same(of(`${FULL}, forwardHeaders: [authorization]`), [
    `sources.a.forwardHeaders (line 3): "authorization" ${why()}`,
  ])
  t.same(of(`${FULL}, deadlineHeader: Authorization`), [`sources.a.deadlineHeader (line 3): ${why()}`])
  t.same(of('headers: { authorization: x }', FULL), [`sources.a.headers.authorization (line 3): ${why()}`])
  t.same(of(FULL, 'forwardHeaders: [authorization]'), [`defaults.forwardHeaders (line 1): "authorization" ${why()}`])
  t.same(of('headers: { authorization: x }, auth: false', FULL), [])
})

t.test('statuses about our token are not passed on, and 401 is not empty', async (t) => {
  const passed = (status: number) =>
    `sources.a.passStatus (line 3): ${status} of "a" would be about the token of auth.oauth2, not about the client; leave it out`
  t.same(problemsOf(oneSource(`${FULL}, passStatus: [401, 403, 404]`)), [passed(401), passed(403)])
  t.same(problemsOf(oneSource(`${FULL}, emptyStatuses: [401, 403, 404]`)), [
    'sources.a.emptyStatuses (line 3): 401 of "a" says that the token of auth.oauth2 was refused; leave it out',
  ])
})

t.test('secrets over http to another host are warned of', async (t) => {
  const warned = (keys: string) => warningsOf(oneSource(keys))
  const plain = (host: string) => oauth2(`tokenUrl: "http://${host}/token", ${client}`)
  t.match(warned(plain('id.example')), [
    'sources.a.auth.oauth2.tokenUrl (line 3): the client secret and the tokens travel unencrypted over http to another host; use https',
  ])
  t.same(warned(plain('localhost:8080')), [])
  t.same(warned(plain('127.0.0.1:8080')), [])
  t.same(warned(`url: "http://a.example/", ${FULL}`), [
    'sources.a.url (line 3): access tokens travel unencrypted over http to another host; use https',
  ])
})

t.test('tls of a source with http is for its token endpoint', async (t) => {
  const tls = `tls: { ca: ${certificateFile('ca')} }`
  t.same(problemsOf(oneSource(`url: "http://localhost/", ${FULL}, ${tls}`)), [])
  t.match(problemsOf(oneSource(`url: "http://localhost/", ${tls}`)), [/has no effect on a source with http/])
})
