import t, { type Test } from 'tap'
import { configOf } from '../config/support.ts'
import { type Built, build } from '../support/build.ts'
import { get } from '../support/client.ts'
import { startHttpProxy, type TestProxy } from '../support/http-proxy.ts'
import { certificateFile } from '../support/upstream/tls.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** `proxy` of a source: what its proxy, and the source behind it, get to see. */

const TLS = { ca: certificateFile('ca') }
const DEFAULTS = { timeout: '3s', connectTimeout: '3s', retry: false, breaker: false }

/** A source behind a proxy that knows it as users.example (http) and localhost (https). */
async function behindProxy(t: Test, tls: boolean, credentials?: string): Promise<readonly [Upstream, TestProxy]> {
  const upstream = await startUpstream(t, tls ? { tls: 'good' } : {})
  const names = { 'localhost:443': upstream.port, 'users.example': upstream.port }
  return [upstream, await startHttpProxy(t, { names, ...(credentials && { credentials }) })]
}

const linesOf = ({ seen }: TestProxy) => seen.map(({ line }) => line)

t.test('https goes through a tunnel, of which the proxy sees the host and its own credentials only', async (t) => {
  const [upstream, proxy] = await behindProxy(t, true, 'ada:p@ss wörd')
  const service = await build(t, {
    defaults: { ...DEFAULTS, proxy: `http://ada:p%40ss%20w%C3%B6rd@127.0.0.1:${proxy.port}`, tls: TLS },
    sources: {
      named: { url: 'https://localhost/echo', headers: { 'x-key': 'of-the-source' } },
      misnamed: { url: 'https://nowhere.invalid/echo' },
      address: { url: `https://127.0.0.1:${upstream.port}/echo` },
    },
  })
  for (let times = 0; times < 2; times += 1) {
    const { json } = await service.get('/aggregate')
    t.match(json.failedSources, [{ id: 'misnamed', code: 'connection_refused' }])
    t.match(json.data.named.headers, { host: 'localhost', 'x-key': 'of-the-source' })
    t.notOk('proxy-authorization' in json.data.named.headers, 'the source does not see our credentials')
    t.equal(json.data.address.headers.host, `127.0.0.1:${upstream.port}`)
  }
  const lines = linesOf(proxy)
  t.equal(lines.filter((line) => line === 'CONNECT localhost:443 HTTP/1.1').length, 1, 'the tunnel is used again')
  t.equal(lines.filter((line) => line === `CONNECT 127.0.0.1:${upstream.port} HTTP/1.1`).length, 1)
  t.same(new Set(proxy.seen.flatMap(({ headers }) => Object.keys(headers))), new Set(['host', 'proxy-authorization']))
  t.equal(proxy.seen[0]?.headers.host, lines[0]?.split(' ')[1])
})

t.test('http has the whole URL, and the credentials for the proxy only on the way to it', async (t) => {
  const [upstream, proxy] = await behindProxy(t, false, 'ada:pw')
  const service = await build(t, {
    defaults: { ...DEFAULTS, proxy: `http://ada:pw@127.0.0.1:${proxy.port}` },
    sources: {
      read: { url: 'http://users.example/echo{?q}', params: { q: { type: 'string', default: 'a b' } } },
      write: { url: 'http://users.example/echo', method: 'POST', body: { a: 1 } },
      moved: { url: 'http://users.example/redirect?count=2', redirects: 2 },
    },
    views: { all: { method: 'POST', sources: ['read', 'write', 'moved'] } },
  })
  const { json } = await service.get('/aggregate/all', { method: 'POST' })
  t.same(json.failedSources, [])
  t.match(json.data.read, { target: '/echo?q=a%20b', headers: { host: 'users.example' } })
  t.match(json.data.write, { method: 'POST', body: '{"a":1}' })
  t.ok(upstream.requests.every(({ headers }) => !('proxy-authorization' in headers)))
  const lines = linesOf(proxy)
  t.ok(lines.includes('GET http://users.example/echo?q=a%20b HTTP/1.1'))
  t.ok(lines.includes('POST http://users.example/echo HTTP/1.1'))
  t.equal(lines.filter((line) => line.startsWith('GET http://users.example/redirect?')).length, 3, 'redirects, too')
  t.ok(proxy.seen.every(({ headers }) => headers['proxy-authorization'] === `Basic ${btoa('ada:pw')}`))
})

for (const scheme of ['http', 'https'] as const) {
  t.test(
    `${scheme}: a proxy that refuses our credentials is no fault of the source, and nothing of it is shown`,
    async (t) => {
      const [upstream, proxy] = await behindProxy(t, scheme === 'https', 'ada:pw')
      const url = scheme === 'https' ? 'https://localhost/ok' : 'http://users.example/ok'
      const source = {
        ...{ url, tls: scheme === 'https' && TLS, exposeHeaders: ['x-of-the-proxy'], passStatus: [401] },
        ...{ errorDetails: '@', emptyStatuses: [407], breaker: { minCalls: 1 }, retry: { attempts: 3 } },
      }
      const config = (password: string) => ({
        defaults: { ...DEFAULTS, proxy: `http://ada:${password}@127.0.0.1:${proxy.port}` },
        sources: {
          users: source,
          write: { ...source, method: 'POST' },
          other: { url: upstream.url('/ok'), tls: scheme === 'https' && TLS, proxy: false },
        },
        views: {
          own: { sources: { a: { source: 'users', required: true } } },
          write: { method: 'POST', sources: ['write'] },
        },
      })
      const service = await build(t, config('hunter2-hunter2'), {}, 'trace')
      const answers = []
      for (let times = 0; times < 3; times += 1) {
        const answer = await service.get('/aggregate?explain=true')
        answers.push(answer.body, JSON.stringify(answer.headers))
        t.match(answer.json.failedSources, [
          {
            ...{ id: 'users', code: 'authorization_failed', upstreamStatus: null, retryable: true, attempts: 1 },
            message: 'the proxy has refused the credentials for users',
          },
        ])
        t.equal('details' in answer.json.failedSources[0], false)
      }
      const failed = await service.get('/aggregate/own')
      t.equal(failed.status, 502)
      const written = await service.get('/aggregate/write', { method: 'POST' })
      t.match(written.json.failedSources, [{ retryable: true, message: /for write$/ }], 'it was not carried out')
      const sources = await get(`${service.address}/sources`)
      t.match(
        sources.json.sources.find(({ id }: { id: string }) => id === 'users'),
        { breaker: 'closed' },
      )
      const shown = [
        ...answers,
        failed.body,
        JSON.stringify(failed.headers),
        sources.body,
        JSON.stringify(service.log.lines),
      ]
      t.notMatch(shown.join(), new RegExp(`hunter2|${btoa('ada:hunter2-hunter2')}|of the proxy|${proxy.port}|x-of-the`))
      t.equal(upstream.count('/ok'), 3, 'of the source without a proxy')

      await service.reload(configOf(JSON.stringify(config('pw'))))
      t.match((await service.get('/aggregate')).json.failedSources, [], 'a reload brings the right password')
    },
  )
}

t.test('a tunnel that is refused is tried again, and counts for the breaker', async (t) => {
  const proxy = await startHttpProxy(t, { answer: (client) => client.end('HTTP/1.1 403 No\r\n\r\n') })
  const source = { url: 'https://users.example/', retry: { attempts: 2 }, breaker: { minCalls: 2, failureRate: 0.5 } }
  const service = await build(t, { defaults: { ...DEFAULTS, proxy: proxy.origin }, sources: { a: source } })
  t.match((await service.get('/aggregate')).json.failedSources, [{ code: 'connection_refused', attempts: 2 }])
  t.match((await service.get('/aggregate')).json.failedSources, [{ code: 'destination_unavailable' }])
  t.equal(proxy.seen.length, 2)
})

t.test('http: other statuses are those of the source, whoever they come from', async (t) => {
  const proxy = await startHttpProxy(t)
  const service = await build(t, {
    defaults: { ...DEFAULTS, proxy: proxy.origin },
    sources: { a: { url: 'http://nowhere.invalid/' } },
  })
  t.match((await service.get('/aggregate')).json.failedSources, [{ code: 'upstream_status', upstreamStatus: 502 }])
})

t.test('environment: each scheme its proxy, and NO_PROXY none', async (t) => {
  const [plain, forPlain] = await behindProxy(t, false)
  const [secure, forSecure] = await behindProxy(t, true)
  const environment = {
    HTTP_PROXY: `127.0.0.1:${forPlain.port}`,
    https_proxy: forSecure.origin,
    NO_PROXY: `other.example, 127.0.0.1:${plain.port}`,
  }
  const service: Built = await build(
    t,
    {
      defaults: { ...DEFAULTS, proxy: 'environment' },
      sources: {
        plain: { url: 'http://users.example/ok' },
        secure: { url: 'https://localhost/ok', tls: TLS },
        direct: { url: plain.url('/ok?x=direct') },
        off: { url: secure.url('/ok'), tls: TLS, proxy: false },
      },
    },
    environment,
  )
  t.match((await service.get('/aggregate')).json.failedSources, [])
  t.same(linesOf(forPlain), ['GET http://users.example/ok HTTP/1.1'])
  t.same(linesOf(forSecure), ['CONNECT localhost:443 HTTP/1.1'])
})
