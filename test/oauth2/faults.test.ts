import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Built } from '../support/build.ts'
import { startHttpProxy } from '../support/http-proxy.ts'
import { buildPatient } from '../support/patient.ts'
import { CLIENT_SECRET, issues, json, says, startTokenServer, type TokenServer } from '../support/token-server.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { refusedPort } from '../support/upstream/holes.ts'
import { certificateFile } from '../support/upstream/tls.ts'

/** Token endpoints that go wrong, over real sockets. */

interface Row {
  readonly endpoint: Handler
  /** Of the log line. */
  readonly reason: string
  readonly status?: number
}

const HTML = '<!doctype html><title>Sign in</title>'
const TOKEN = { access_token: 'a-token-of-the-endpoint', token_type: 'Bearer' }
const BOMB = gzipSync(JSON.stringify({ ...TOKEN, pad: 'x'.repeat(2_000_000) }))
const said = (error: unknown, status = 400): Handler =>
  says({ error, error_description: `${CLIENT_SECRET} no` }, { status })
const NO_JSON = 'the token endpoint did not answer with a JSON object'
const UNUSABLE = 'the token endpoint answered with an access_token or a token_type that cannot be used'
const NO_HEADER = 'the token endpoint answered with a token that no header can hold'
const OTHER_TYPE = 'the token endpoint answered with a token_type other than Bearer'

const ROWS: Readonly<Record<string, Row>> = {
  'a page': { endpoint: says(HTML, { headers: { 'content-type': 'text/html' } }), reason: NO_JSON },
  nothing: { endpoint: async (x) => void (await x.reply({ status: 204 })), reason: NO_JSON },
  'an empty body': { endpoint: says(''), reason: NO_JSON },
  'a list': { endpoint: says([TOKEN]), reason: NO_JSON },
  null: { endpoint: says(null), reason: NO_JSON },
  'deep JSON': { endpoint: says('['.repeat(60_000)), reason: NO_JSON },
  'no token': {
    endpoint: says({ token_type: 'Bearer' }),
    reason: 'the token endpoint answered without an access_token',
  },
  'an error with status 200': {
    endpoint: said('invalid_client', 200),
    reason: 'the token endpoint answered without an access_token: invalid_client',
  },
  'a token that is no text': { endpoint: says({ ...TOKEN, access_token: 17 }), reason: UNUSABLE },
  'an empty token': { endpoint: says({ ...TOKEN, access_token: '' }), reason: UNUSABLE },
  'no type': { endpoint: says({ access_token: 'a-token' }), reason: UNUSABLE },
  'another type': { endpoint: says({ ...TOKEN, token_type: 'mac' }), reason: UNUSABLE },
  'a type that we do not prove': { endpoint: says({ ...TOKEN, token_type: 'DPoP' }), reason: OTHER_TYPE },
  'a line break in the token': { endpoint: says({ ...TOKEN, access_token: 'a\r\nx-injected: 1' }), reason: NO_HEADER },
  'a NUL in the token': { endpoint: says({ ...TOKEN, access_token: 'a\0b' }), reason: NO_HEADER },
  'other letters in the token': { endpoint: says({ ...TOKEN, access_token: 'tökén' }), reason: NO_HEADER },
  'a long token': {
    endpoint: says({ ...TOKEN, access_token: 'x'.repeat(17_000) }),
    reason: 'the token endpoint answered with a token of more than 16 KiB',
  },
  invalid_client: {
    endpoint: said('invalid_client', 401),
    reason: 'the token endpoint answered with status 401: invalid_client',
  },
  'invalid_client and a challenge': {
    endpoint: says(
      { error: 'invalid_client' },
      { status: 401, headers: { 'www-authenticate': `Basic realm="${CLIENT_SECRET}"` } },
    ),
    reason: 'the token endpoint answered with status 401: invalid_client',
  },
  'an error that is not known': {
    endpoint: said(CLIENT_SECRET),
    reason: 'the token endpoint answered with status 400',
  },
  'a token that is nested deeply': {
    endpoint: says(`{"access_token":${'['.repeat(9000)}${']'.repeat(9000)},"token_type":"Bearer"}`),
    reason: UNUSABLE,
  },
  'an error that cannot be made a text': {
    endpoint: says({ error: { toString: null } }, { status: 400 }),
    reason: 'the token endpoint answered with status 400',
  },
  'a list of errors': {
    endpoint: said(['invalid_client']),
    reason: 'the token endpoint answered with status 400',
  },
  'an error that is no text': {
    endpoint: said({ code: 'invalid_client' }),
    reason: 'the token endpoint answered with status 400',
  },
  'a page with status 500': {
    endpoint: says(HTML, { status: 500 }),
    reason: 'the token endpoint answered with status 500',
  },
  'a redirect': {
    endpoint: async (x) => void (await x.reply({ status: 307, headers: { location: '/elsewhere' } })),
    reason: 'the token endpoint answered with status 307',
  },
  'a huge body': {
    endpoint: says({ ...TOKEN, pad: 'x'.repeat(70_000) }),
    reason: 'the token endpoint answered with more than 65536 bytes',
  },
  'a bomb': {
    endpoint: async (x) => {
      await x.reply({ headers: { 'content-encoding': 'gzip' }, body: BOMB })
    },
    reason: 'the token endpoint answered with more than 65536 bytes',
  },
  'endless bytes': {
    endpoint: async (x) => {
      if (await x.write('HTTP/1.1 200 OK\r\n\r\n')) while (await x.write('x'.repeat(10_000)));
    },
    reason: 'the token endpoint answered with more than 65536 bytes',
  },
  'a closed connection': {
    endpoint: (x) => x.rst(),
    reason: 'the token endpoint closed the connection before it answered',
  },
  'half a body': {
    endpoint: async (x) => {
      await x.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"access_token":"a-tok')
      x.fin()
    },
    reason: 'the token endpoint closed the connection before its answer was complete',
  },
  'large headers': {
    endpoint: says(TOKEN, { headers: { 'x-pad': 'x'.repeat(17_000) } }),
    reason: 'the token endpoint answered with headers of more than 16 KiB',
  },
  'no HTTP': {
    endpoint: async (x) => {
      await x.write('SSH-2.0-OpenSSH_9.2\r\n')
      x.fin()
    },
    reason: 'the token endpoint did not answer with valid HTTP/1.1',
  },
}

/** Everything that a service has said: its log, at level trace, and its routes. */
async function shownBy(service: Built, ...bodies: readonly string[]): Promise<string> {
  const routes = ['/sources', '/docs/json', '/metrics', '/aggregate?explain=true']
  const answers = await Promise.all(routes.map((path) => fetchText(service, path)))
  return [JSON.stringify(service.log.lines), ...answers, ...bodies].join('\n')
}

async function fetchText(service: Built, path: string): Promise<string> {
  const { body, headers } = await service.get(path)
  return body + JSON.stringify(headers)
}

function secretsIn(text: string, server: TokenServer): readonly string[] {
  const basic = Buffer.from(`the-client-id:${CLIENT_SECRET}`).toString('base64')
  const sent = server.requests.flatMap(({ headers }) => String(headers.authorization).replace(/^\w+ /, ''))
  const secrets = [
    CLIENT_SECRET,
    encodeURIComponent(CLIENT_SECRET),
    basic,
    ...sent,
    ...server.issued,
    '/token',
    'the-client-id',
  ]
  return [...secrets, 'a-token-of-the-endpoint'].filter((secret) => secret !== '' && text.includes(secret))
}

for (const [name, { endpoint, reason }] of Object.entries(ROWS)) {
  t.test(`${name}: no token can be had`, async (t) => {
    const server = await startTokenServer(t)
    server.endpoint = endpoint
    const a = { url: server.url('/api'), auth: server.auth(), errorDetails: '@' }
    const service = await buildPatient(t, { sources: { a } }, 'trace')
    const startedAt = performance.now()
    const answer = await service.get('/aggregate')
    t.equal(answer.status, 502)
    t.match(answer.json.failedSources, [
      {
        code: 'authorization_failed',
        message: 'no access token could be had for a',
        upstreamStatus: null,
        retryable: true,
        attempts: 0,
      },
    ])
    const { retryAfterMs } = answer.json.failedSources[0]
    t.ok(retryAfterMs > 0 && retryAfterMs <= 1000, `${retryAfterMs} ms`)
    await Promise.all(Array.from({ length: 10 }, () => service.get('/aggregate')))
    // the pause is a second: a slow machine may need longer
    t.ok(server.asked === 1 || performance.now() - startedAt > 1000, 'it is left alone for a while')
    t.equal(server.seen.length, 0, 'and the source is not called')
    t.match(service.log.named('token'), [{ level: 40, source: 'a', state: 'failed', reason, hasToken: false }])
    t.equal(service.log.named('token').length, 1)
    t.same(secretsIn(await shownBy(service, answer.body), server), [])
  })
}

t.test('an endpoint that cannot be reached, or whose certificate is not trusted', async (t) => {
  const server = await startTokenServer(t, { tls: 'good' })
  const closed = await refusedPort(t)
  const url = server.url('/api')
  const ca = { ca: certificateFile('ca') }
  const service = await buildPatient(t, {
    defaults: { tls: ca },
    sources: {
      closed: { url, auth: server.auth({ tokenUrl: `http://127.0.0.1:${closed.port}/token` }) },
      private: {
        url: 'http://example.invalid/',
        denyPrivateAddresses: true,
        auth: server.auth({ tokenUrl: `https://localhost:${server.port}/token` }),
      },
      untrusted: { url, auth: server.auth(), tls: false },
      trusted: { url, auth: server.auth() },
      // the socket file is the source's alone
      socket: { url: 'http://users/', unixSocket: '/none.sock', auth: server.auth(), retry: false },
    },
  })
  const { json } = await service.get('/aggregate')
  t.same(json.data, { closed: null, private: null, untrusted: null, trusted: { ok: true }, socket: null })
  t.match(
    json.failedSources.map(({ id, code }: Record<string, string>) => [id, code]),
    [
      ['closed', 'authorization_failed'],
      ['private', 'authorization_failed'],
      ['untrusted', 'authorization_failed'],
      ['socket', 'connection_refused'],
    ],
  )
  t.same(
    new Map(service.log.named('token').map(({ source, reason }) => [source, reason])),
    new Map([
      ['closed', 'the token endpoint could not be reached'],
      ['private', 'the token endpoint has no public address, and calls to private addresses are not allowed'],
      ['untrusted', 'the certificate of the token endpoint is not trusted'],
    ]),
  )
})

t.test('an answer that is coded, or odd and right', async (t) => {
  const server = await startTokenServer(t)
  const odd: Record<string, Handler> = {
    gzip: async (x) => {
      const body = gzipSync(JSON.stringify({ access_token: server.issue(), token_type: 'bearer' }))
      await x.reply({ headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' }, body })
    },
    chunked: async (x) => {
      const body = JSON.stringify({ access_token: server.issue(), token_type: 'bearer' })
      const chunks = [...body].map((letter) => `1\r\n${letter}\r\n`).join('')
      await x.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`)
    },
    mark: async (x) =>
      void (await x.reply(json(`\ufeff${JSON.stringify({ access_token: server.issue(), token_type: 'BEARER' })}`))),
    created: async (x) =>
      void (await x.reply(json({ access_token: server.issue(), token_type: 'Bearer' }, { status: 201 }))),
    'no media type': async (x) =>
      void (await x.reply({ body: JSON.stringify({ access_token: server.issue(), token_type: 'Bearer' }) })),
    'other members': issues(() => server, { id_token: 'no.jwt.x', refresh_token: 17, scope: ['a'] }),
  }
  for (const [name, expires_in] of Object.entries({
    text: '3600',
    zero: 0,
    negative: -1,
    null: null,
    word: 'soon',
    fraction: 3600.5,
    huge: 1e300,
  }))
    odd[`expires_in: ${name}`] = issues(() => server, { expires_in })
  odd['expires_in: beyond numbers'] = async (x) =>
    void (await x.reply(json(`{"access_token":"${server.issue()}","token_type":"Bearer","expires_in":1e999}`)))
  for (const [name, endpoint] of Object.entries(odd)) {
    server.endpoint = endpoint
    server.reset()
    const service = await buildPatient(t, { sources: { a: { url: server.url('/api'), auth: server.auth() } } })
    for (let times = 0; times < 3; times += 1)
      t.same((await service.get('/aggregate')).json.data, { a: { ok: true } }, name)
    t.equal(server.asked, 1, name)
    await service.stop()
  }
})

t.test('a source that says what it was sent reveals no token', async (t) => {
  const copy: Handler = async (x) => void (await x.reply(json({ error: server.issued.join() }, { status: 409 })))
  const server = await startTokenServer(t, { script: { '/copy': copy } })
  const echo: Handler = async (x) => {
    const token = String(x.request.headers.authorization)
    const body = JSON.stringify({ error: token, id: [{ [token.slice(7)]: encodeURIComponent(token) }] })
    await x.reply({ status: 409, headers: { 'x-echo': token, 'content-type': 'application/json' }, body })
  }
  const secret: Handler = async (x) => {
    const sent = server.requests.find(({ path }) => path === '/token')?.headers.authorization
    await x.reply(json({ error: { sent: String(sent).slice(6) }, secret: CLIENT_SECRET }, { status: 409 }))
  }
  server.api = async (x) => (x.query.has('secret') ? secret(x) : echo(x))
  const options = { auth: server.auth(), errorDetails: 'error', exposeHeaders: ['x-echo'], passStatus: [409] }
  const service = await buildPatient(
    t,
    {
      sources: {
        a: { url: server.url('/api'), ...options },
        b: { url: server.url('/api?secret'), ...options },
        // another source of the same API, which is sent no token of its own
        c: { url: server.url('/copy'), errorDetails: 'error' },
      },
      views: { home: { sources: ['a'] } },
    },
    'trace',
  )
  const answer = await service.get('/aggregate')
  t.strictSame(answer.json.failedSources.map(({ details }: { details?: unknown }) => details).filter(Boolean), [])
  const view = await service.get('/aggregate/home')
  t.equal(view.status, 409)
  t.same(
    secretsIn(await shownBy(service, answer.body, view.body, JSON.stringify([answer.headers, view.headers])), server),
    [],
  )
  t.match(service.log.named('header'), [{ name: 'x-echo' }])
  const bodies = service.log.named('attempt').flatMap(({ source, body }) => (source === 'c' ? [] : [body]))
  t.match(bodies, ['(left out: it holds a secret)', '(left out: it holds a secret)'])
})

t.test('a token that was dropped or renewed is still not shown', async (t) => {
  const server = await startTokenServer(t)
  const service = await buildPatient(t, {
    sources: {
      a: {
        url: server.url('/api'),
        auth: server.auth(),
        errorDetails: '@',
        retry: { budget: { ratio: 0, minPerSecond: 0 } },
      },
    },
  })
  await service.get('/aggregate')
  server.valid.clear()
  const refused = await service.get('/aggregate')
  t.match(refused.json.failedSources, [{ upstreamStatus: 401 }])
  t.notOk('details' in refused.json.failedSources[0], 'it was dropped before its answer was read')
  t.notOk(refused.headers['www-authenticate'])
})

t.test('tls.serverName is for the host of the source alone', async (t) => {
  const server = await startTokenServer(t, { tls: 'good' })
  const own = { retry: false }
  const named = { ...own, url: server.url('/api'), tls: { ca: certificateFile('ca'), serverName: 'other.example' } }
  const service = await buildPatient(t, {
    sources: {
      same: { ...named, auth: server.auth() },
      other: { ...named, auth: server.auth({ tokenUrl: `https://localhost:${server.port}/token` }) },
    },
  })
  const { json } = await service.get('/aggregate')
  t.match(json.failedSources, [{ code: 'authorization_failed' }, { code: 'tls_certificate_error' }])
  t.equal(server.asked, 1)
})

t.test('token requests go through the proxy of the source, and its refusal is told of', async (t) => {
  const server = await startTokenServer(t)
  const [open, closed] = [await startHttpProxy(t), await startHttpProxy(t, { credentials: 'user:password' })]
  const service = await buildPatient(t, {
    sources: {
      open: { url: server.url('/api'), auth: server.auth(), proxy: open.origin },
      closed: { url: server.url('/api'), auth: server.auth(), proxy: closed.origin },
    },
  })
  const { json } = await service.get('/aggregate')
  t.same(json.data, { open: { ok: true }, closed: null })
  t.match(json.failedSources, [{ id: 'closed', code: 'authorization_failed', retryable: true }])
  t.equal(open.seen.length, 2, 'the token request and the call')
  t.match(service.log.named('token'), [
    { source: 'closed', reason: 'the proxy has refused the credentials for the token endpoint' },
  ])
})
