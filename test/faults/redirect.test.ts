import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { trackLeaks } from '../support/leaks.ts'
import type { Exchange } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { faultTable } from './table.ts'

const to = (location: string, code = 302) => `/status?code=${code}&location=${encodeURIComponent(location)}`
const follows = { redirects: 2 }
const refused = { code: 'upstream_status', upstreamStatus: 302, retryable: false, source: follows }
const whole = { code: 'ok', data: '{"ok":true}', source: follows }

t.test('redirects: followed on the same origin, as often as configured', async (t) => {
  await faultTable(t, [
    ...[301, 302, 303, 307, 308].map((code) => ({ target: to('/ok', code), ...whole })),
    { target: to('ok?a=1#part'), ...whole },
    { target: '/redirect?count=2', code: 'ok', source: follows },
    { target: '/redirect?count=2&bodyBytes=2000', code: 'ok', source: follows },
    { target: '/redirect?count=2&bodyBytes=200000', code: 'ok', source: follows },
    { target: to('/ok'), ...refused, source: { redirects: 0 } },
    { target: '/redirect?count=3', ...refused },
    { target: '/redirect?count=100000', ...refused, source: { redirects: 10 } },
    { target: '/status?code=302', ...refused },
    { target: to('http://127.0.0.66/'), ...refused },
    { target: to('//127.0.0.66/ok'), ...refused },
    { target: to('http://[::1'), ...refused },
    { target: to('javascript:1'), ...refused },
    { target: to('/ok', 300), ...refused, upstreamStatus: 300 },
    { target: to('/ok', 304), ...refused, upstreamStatus: 304 },
    { target: to('/ok'), code: 'empty', upstreamStatus: 302, source: { ...follows, emptyStatuses: [302] } },
    { target: to('/status?code=404'), ...refused, upstreamStatus: 404 },
    { target: to('/status?code=404'), code: 'empty', source: { ...follows, emptyStatuses: [404] } },
    { target: to('/rst-before-headers'), code: 'connection_terminated', source: follows },
    { target: to('/invalid-json'), code: 'invalid_body', upstreamStatus: 200, source: follows },
    {
      target: to('/silent'),
      code: 'http_response_timeout',
      source: { ...follows, timeout: '150ms' },
      fromMs: 150,
      toMs: 700,
    },
  ])
})

t.test('a redirect does not count as an attempt, reuses the connection, and repeats the headers', async (t) => {
  const leaks = trackLeaks(t)
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: { a: { url: upstream.url('/redirect?count=3'), redirects: 3, headers: { 'x-api-key': 'secret' } } },
  })
  const { json } = await service.get('/aggregate?explain=true')
  t.match(json.meta.sources.a, { attempts: 1, upstreamStatus: 200 })
  t.match(json.data.a, { target: '/redirect?count=0', headers: { 'x-api-key': 'secret' } })
  t.strictSame([upstream.requests.length, upstream.connections], [4, 1])
  t.equal(service.log.named('attempt').length, 1)
  await service.stop()
  await upstream.close()
  await leaks.assertNone()
})

t.test('a redirect to another origin is not followed, and its Location is not shown', async (t) => {
  const other = await startUpstream(t)
  const upstream = await startUpstream(t)
  const credentials = `http://user:password@127.0.0.1:${other.port}/ok`
  const service = await build(t, {
    defaults: { redirects: 10, headers: { 'x-api-key': 'secret' } },
    sources: {
      port: { url: upstream.url(to(other.url('/ok?key=of-location'))) },
      user: { url: upstream.url(to(credentials)) },
      scheme: { url: upstream.url(to(`https://127.0.0.1:${upstream.port}/ok`)) },
      name: { url: upstream.url(to(`http://localhost:${upstream.port}/ok`)) },
      late: { url: upstream.url(to(to(other.url('/ok')))) },
    },
  })
  const { json, body } = await service.get('/aggregate')
  t.equal(json.failedSources.length, 5)
  for (const failed of json.failedSources) t.match(failed, { code: 'upstream_status', upstreamStatus: 302 })
  t.equal(other.connections, 0)
  t.equal(upstream.count('/ok'), 0)
  t.notMatch(
    // the URL of this upstream contains the Location that it sends
    body + JSON.stringify(service.log.lines.map(({ url, ...line }) => line)),
    /of-location|password|localhost|user:/,
    'nothing of Location is told',
  )
})

t.test('a redirect is not followed after the timeout', async (t) => {
  // the body of the redirect never ends, so the timeout passes
  const half = (x: Exchange) => x.reply({ status: 302, headers: { location: '/ok', 'content-length': 100 }, body: 'x' })
  const upstream = await startUpstream(t, { script: { '/half': (x) => void half(x) } })
  const service = await build(t, {
    sources: { a: { url: upstream.url('/half'), redirects: 1, timeout: '40ms', retry: false } },
  })
  const { json } = await service.get('/aggregate')
  t.match(json.failedSources, [{ code: 'http_response_timeout', attempts: 1 }])
  await pause(200)
  t.equal(upstream.count('/ok'), 0)
})
