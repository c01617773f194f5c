import nock from 'nock'
import t, { type Test } from 'tap'
import { build } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'
import { inject } from '../support/inject.ts'

const ORIGIN = 'https://app.example'
const CONFIG = {
  sources: { a: { url: 'http://a.example/', forwardHeaders: ['authorization', 'x-tenant'] } },
  views: { home: { sources: ['a'] } },
}

const withCors = (t: Test, cors: object | boolean, more: object = {}) =>
  inject(t, { ...CONFIG, ...more, server: { cors } })

const PREFLIGHT = { origin: ORIGIN, 'access-control-request-method': 'GET' }

t.test('without cors, no answer allows another origin', async (t) => {
  for (const { app } of [await inject(t, CONFIG), await withCors(t, false)]) {
    const { statusCode, headers } = await app.inject({ method: 'OPTIONS', url: '/aggregate', headers: PREFLIGHT })
    t.equal(statusCode, 204, 'an ordinary OPTIONS')
    t.equal(headers.allow, 'GET, HEAD, OPTIONS, POST')
    t.same(
      Object.keys(headers).filter((name) => name.startsWith('access-control') || name === 'timing-allow-origin'),
      [],
    )
  }
})

t.test('every answer has the headers, errors too', async (t) => {
  const { app } = await withCors(t, { origins: [ORIGIN] })
  nock('http://a.example').get('/').reply(200, '1')
  const cases: [string, string, number][] = [
    ['GET', '/aggregate', 200],
    ['GET', '/aggregate?nope=1', 400],
    ['GET', '/nope', 404],
    ['DELETE', '/aggregate', 405],
    ['POST', '/aggregate', 400],
    ['GET', '/%E0%A4%A', 400],
    ['GET', '/health/live', 200],
    ['GET', '/sources', 200],
  ]
  for (const [method, url, status] of cases) {
    const headers = { origin: ORIGIN, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) }
    const answer = await app.inject({ method: method as 'GET', url, headers })
    t.equal(answer.statusCode, status, `${method} ${url}`)
    t.match(
      answer.headers,
      {
        'access-control-allow-origin': ORIGIN,
        'access-control-expose-headers':
          'X-Request-Id, Aggregate-Partial, Server-Timing, Retry-After, Preference-Applied, ETag',
        'timing-allow-origin': ORIGIN,
        vary: /Origin/,
      },
      `${method} ${url}`,
    )
    t.notOk('access-control-allow-credentials' in answer.headers)
  }
})

t.test('an origin that is not named gets none of them, but Vary', async (t) => {
  const { app } = await withCors(t, { origins: [ORIGIN, 'https://b.example'], credentials: true })
  const others = ['https://app.example.evil.example', 'http://app.example', 'https://APP.example', 'null', undefined]
  for (const origin of others) {
    const { headers } = await app.inject({ url: '/health/live', headers: origin === undefined ? {} : { origin } })
    t.notOk('access-control-allow-origin' in headers, String(origin))
    t.notOk('access-control-allow-credentials' in headers)
    t.match(headers.vary, /Origin/)
  }
  const { headers } = await app.inject({ url: '/health/live', headers: { origin: 'https://b.example' } })
  t.match(headers, { 'access-control-allow-origin': 'https://b.example', 'access-control-allow-credentials': 'true' })
})

t.test('* allows all origins, and nothing depends on the origin', async (t) => {
  const { app } = await withCors(t, { origins: ['*'] })
  const { headers } = await app.inject({ url: '/health/live', headers: { origin: 'https://any.example' } })
  t.match(headers, { 'access-control-allow-origin': '*', 'timing-allow-origin': '*' })
  t.notOk('vary' in headers)
})

t.test('a preflight: the methods of the path, and the headers that are read', async (t) => {
  const { app } = await withCors(t, { origins: [ORIGIN] })
  const methods: Readonly<Record<string, string>> = {
    '/aggregate': 'GET, HEAD, POST',
    '/aggregate/home': 'GET, HEAD',
    '/aggregate/': 'GET, HEAD, POST',
    '/sources': 'GET, HEAD',
  }
  for (const [url, allowed] of Object.entries(methods)) {
    const { statusCode, headers, body } = await app.inject({ method: 'OPTIONS', url, headers: PREFLIGHT })
    t.equal(statusCode, 204)
    t.equal(body, '')
    t.match(headers, {
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': allowed,
      'access-control-allow-headers':
        'Authorization, X-API-Key, Content-Type, Prefer, If-None-Match, X-Request-Id, traceparent, x-tenant',
      'access-control-max-age': '600',
    })
  }
})

t.test('an OPTIONS that is no preflight, and a preflight of an unknown path', async (t) => {
  const { app } = await withCors(t, { origins: [ORIGIN] })
  const plain = await app.inject({ method: 'OPTIONS', url: '/aggregate', headers: { origin: ORIGIN } })
  t.equal(plain.headers.allow, 'GET, HEAD, OPTIONS, POST')
  t.notOk('access-control-allow-methods' in plain.headers)
  const unknown = await app.inject({ method: 'OPTIONS', url: '/nope', headers: PREFLIGHT })
  t.equal(unknown.statusCode, 404)
  t.equal(unknown.headers['access-control-allow-origin'], ORIGIN)
})

t.test('over a socket: compressed answers keep Vary: Origin, and what is no HTTP is refused as before', async (t) => {
  const service = await build(t, {
    server: { cors: { origins: [ORIGIN] } },
    sources: { a: { url: 'http://127.0.0.1:1/' } },
  })
  const { headers } = await service.get('/docs/json', { headers: { 'accept-encoding': 'gzip', origin: ORIGIN } })
  t.match(headers['content-encoding'], 'gzip')
  t.match(headers.vary, /origin/i)
  t.match(headers.vary, /accept-encoding/i)
  t.equal((await sendRaw(service.port, 'GET\r\n\r\n')).status, 400)
})

t.test('with auth, a preflight does not tell which views there are', async (t) => {
  const server = { cors: { origins: [ORIGIN] }, auth: { apiKeys: ['a-key-of-this-test-01'] } }
  const sources = { ...CONFIG.sources, w: { url: 'http://a.example/{id}', method: 'PUT', params: { id: {} } } }
  const views = { ...CONFIG.views, save: { path: '/things/{id}', method: 'PUT', sources: ['w'] } }
  const { app } = await inject(t, { sources, views, server })
  const ask = (url: string) => app.inject({ method: 'OPTIONS', url, headers: PREFLIGHT })
  const answers = await Promise.all(
    ['/aggregate/nope', '/aggregate/home', '/aggregate', '/things/1', '/sources', '/metrics'].map(ask),
  )
  const [unknown, ...known] = answers.map(({ statusCode, headers }) => ({
    statusCode,
    ...headers,
    'x-request-id': '',
    date: '',
  }))
  for (const one of known) t.strictSame(one, unknown)
  t.match(unknown, { statusCode: 204, 'access-control-allow-methods': 'GET, HEAD, POST, PUT' })
  t.equal((await ask('/health/live')).headers['access-control-allow-methods'], 'GET, HEAD')
})
