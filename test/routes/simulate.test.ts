import t, { type Test } from 'tap'
import { type Built, build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** `simulate` and `server.simulate`: a frontend developer sees every partial state without breaking a source. */

async function service(t: Test, server: object = { simulate: true }) {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    server,
    sources: {
      news: { url: upstream.url('/ok/news'), breaker: { minCalls: 1, failureRate: 0.1 } },
      weather: { url: upstream.url('/ok/weather') },
      ads: { url: upstream.url('/ok/ads'), fallback: [] },
      kept: { url: upstream.url('/ok/kept'), cache: { ttl: '1m', staleIfError: '1h' } },
      id: { url: upstream.url('/ok/id'), hidden: true },
      bound: {
        url: `${upstream.url('/ok/bound')}{?v}`,
        bind: { v: { from: 'id', select: 'to_string(ok)' } },
      },
      list: {
        url: `${upstream.url('/ok/item')}{?v}`,
        forEach: { from: 'id', select: '[`1`, `2`]', as: 'v' },
      },
    },
    views: { home: { sources: { paper: { source: 'news' }, weather: {} } } },
  })
  return { upstream, built }
}

const ask = async (built: Built, query: string, path = '/aggregate') => (await built.get(`${path}?${query}`)).json

t.test('any failure code, a status, and empty, without asking the source', async (t) => {
  const { built, upstream } = await service(t)
  const codes = {
    http_response_timeout: { code: 'http_response_timeout', upstreamStatus: null },
    'upstream_status=429': { code: 'upstream_status', upstreamStatus: 429, retryable: true },
    upstream_status: { code: 'upstream_status', upstreamStatus: 500 },
    dependency_failed: { code: 'dependency_failed' },
    destination_unavailable: { code: 'destination_unavailable' },
  }
  for (const [text, failure] of Object.entries(codes)) {
    const { data, failedSources, partial, meta } = await ask(built, `sources=news,weather&simulate=news:${text}`)
    t.match(failedSources, [{ id: 'news', ...failure, attempts: 0 }], text)
    t.same(data, { news: null, weather: { ok: true } })
    t.equal(partial, true)
    t.same(meta.simulated, { news: text })
  }
  const empty = await ask(built, 'sources=news,weather&simulate=news:empty')
  t.match(empty, { data: { news: null }, failedSources: [], partial: false })
  t.notOk(upstream.requests.some(({ path }) => path.includes('/news')))
  const state = (await built.get('/sources')).json.sources[0]
  t.match(state, { breaker: 'closed', latencyMs: null }, 'it counts nowhere')
  const failed = await built.get('/aggregate?sources=news&simulate=news:http_response_timeout')
  t.equal(failed.status, 504)
})

t.test('inside fallback and staleIfError; a fresh hit is skipped, and nothing is stored', async (t) => {
  const { built, upstream } = await service(t)
  const ads = await ask(built, 'sources=ads&simulate=ads:connection_refused')
  t.match(ads, { data: { ads: [] }, failedSources: [{ servedFrom: 'fallback', code: 'connection_refused' }] })
  await ask(built, 'sources=kept')
  const stale = await ask(built, 'sources=kept&simulate=kept:connection_refused')
  t.match(stale, { data: { kept: { ok: true } }, failedSources: [{ servedFrom: 'stale' }] })
  const before = upstream.requests.length
  await ask(built, 'sources=kept&simulate=kept:delay=1ms')
  t.equal(upstream.requests.length, before + 1, 'the source is asked although a fresh value is there')
  t.equal((await ask(built, 'sources=kept&simulate=kept:empty')).data.kept, null)
  t.same((await ask(built, 'sources=kept')).data, { kept: { ok: true } }, 'the empty answer was not stored')
})

t.test('a delay; in a view the key is meant; bound and list sources', async (t) => {
  const { built, upstream } = await service(t)
  const delayed = await ask(built, 'simulate=paper:delay=300ms&explain=true', '/aggregate/home')
  t.ok(delayed.meta.sources.paper.durationMs >= 290, `${delayed.meta.sources.paper.durationMs} ms`)
  t.ok(delayed.meta.sources.weather.durationMs < 290)
  t.same(delayed.data, { paper: { ok: true }, weather: { ok: true } })
  const late = await ask(built, 'sources=news,weather&simulate=news:delay=5s&deadlineMs=200')
  t.match(late.failedSources, [{ code: 'deadline_exceeded' }])
  const both = await ask(built, 'sources=bound,list&simulate=bound:empty&simulate=list:invalid_body')
  t.match(both, { data: { bound: null, list: null }, failedSources: [{ id: 'list', code: 'invalid_body' }] })
  t.notOk(upstream.requests.some(({ path }) => /item|bound/.test(path)))
  const slowly = await ask(built, 'sources=list&simulate=list:delay=100ms')
  t.same(slowly.data.list, [{ ok: true }, { ok: true }])
  const batch = await built.get('/aggregate?simulate=a:empty', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"requests":[{"id":"a","source":"news"},{"id":"b","source":"news"}]}',
  })
  t.match(batch.json, { data: { a: null, b: { ok: true } }, meta: { simulated: { a: 'empty' } } })
})

t.test('the answer is not stored, and streams say it, too', async (t) => {
  const { built } = await service(t)
  const { headers } = await built.get('/aggregate?sources=news&simulate=news:empty')
  t.equal(headers['cache-control'], 'no-store')
  const accept = { accept: 'application/x-ndjson' }
  const { body } = await built.get('/aggregate?sources=news&simulate=news:empty', { headers: accept })
  t.match(JSON.parse(body.trimEnd().split('\n')[1] ?? ''), { meta: { simulated: { news: 'empty' } } })
})

t.test('what is wrong with it', async (t) => {
  const { built } = await service(t)
  const detail = async (query: string) => (await ask(built, `sources=news&${query}`)).detail
  t.match(
    await detail('simulate=news:nope'),
    /cannot make "news" end so; write one of delay=800ms, empty, upstream_status=503, or a failure code: connection_refused/,
  )
  t.match(await detail('simulate=news:cancelled'), /cannot make/)
  t.match(await detail('simulate=news:delay=1h'), /cannot make/)
  t.match(await detail('simulate=news:upstream_status=200'), /cannot make/)
  t.match(await detail('simulate=empty'), /names no source; write for example simulate=news:http_response_timeout/)
  t.match(await detail('simulate=weather:empty'), /There is no source "weather"; known sources: news/)
  t.match(await detail('simulate=news:empty&simulate=news:empty'), /more than one value for news/)
  const off = await service(t, {})
  const refused = await off.built.get('/aggregate?simulate=news:empty')
  t.equal(refused.status, 400)
  t.match(refused.json.detail, /"simulate" is switched off here, in the configuration \(server\.simulate\)/)
  const { paths } = (await off.built.get('/docs/json')).json
  t.notMatch(JSON.stringify(paths), /Simulate/)
  t.match(JSON.stringify((await built.get('/docs/json')).json.paths), /Simulate/)
})
