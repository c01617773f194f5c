import t from 'tap'
import { build } from '../support/build.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** What reports an error with status 200, over real sockets. */

const bodies =
  (...texts: readonly string[]): Handler =>
  async (x) =>
    void (await x.reply({ body: texts[Math.min(x.nth, texts.length) - 1] ?? '' }))

/** A machine that is busy must not end a call. */
const PATIENT = { deadline: { default: '20s', max: '20s' }, defaults: { timeout: '20s' } }

const ERROR = '{"status":"error","code":"limit"}'
const DATA = '{"status":"ok","n":1}'
const failWhen = "status == 'error'"

t.test('an error with 200 is a failure: not retried, not counted by the breaker, not cached', async (t) => {
  const upstream = await startUpstream(t, { script: { '/a': bodies(ERROR, ERROR, ERROR, DATA) } })
  const breaker = { minCalls: 1, failureRate: 0.1 }
  const source = { url: upstream.url('/a'), failWhen, retry: { attempts: 3 }, breaker, cache: { ttl: '20s' } }
  const service = await build(t, { ...PATIENT, sources: { a: source, b: { url: upstream.url('/ok') } } })
  for (const asked of [1, 2, 3]) {
    const { status, json } = await service.get('/aggregate')
    t.equal(status, 200)
    t.equal(json.data.a, null)
    t.match(json.failedSources, [
      { id: 'a', code: 'upstream_error', upstreamStatus: 200, retryable: false, attempts: 1 },
    ])
    t.equal(upstream.count('/a'), asked)
  }
  t.match(service.log.named('upstream').filter(({ id }) => id === 'a')[0], { outcome: 'upstream_error', level: 40 })
  t.match(service.log.named('attempt').filter(({ id }) => id === 'a')[0], {
    outcome: 'upstream_error',
    detail: 'failWhen is true',
  })
  const good = await service.get('/aggregate')
  t.strictSame(good.json.data.a, { status: 'ok', n: 1 })
  await service.get('/aggregate')
  t.equal(upstream.count('/a'), 4, 'the good answer is cached')
})

t.test('alone it is a 502; with a fallback or a stale answer it is substituted', async (t) => {
  const upstream = await startUpstream(t, { script: { '/a': bodies(DATA, ERROR), '/b': bodies(ERROR) } })
  const cache = { ttl: '1ms', staleIfError: '20s' }
  const service = await build(t, {
    ...PATIENT,
    sources: {
      stale: { url: upstream.url('/a'), failWhen, cache },
      other: { url: upstream.url('/b'), failWhen, fallback: [] },
      alone: { url: upstream.url('/b'), failWhen },
    },
  })
  t.equal((await service.get('/aggregate?sources=alone')).status, 502)
  await service.get('/aggregate?sources=stale')
  const { json } = await service.get('/aggregate?sources=stale,other')
  t.strictSame(json.data, { stale: { status: 'ok', n: 1 }, other: [] })
  t.match(json.failedSources, [
    { id: 'stale', code: 'upstream_error', servedFrom: 'stale' },
    { id: 'other', code: 'upstream_error', servedFrom: 'fallback' },
  ])
})

t.test('with forEach each item fails by itself', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/list': bodies('[1,2,3]'),
      '/item': async (x) => void (await x.reply({ body: x.request.target.endsWith('2') ? ERROR : DATA })),
    },
  })
  const items = { url: upstream.url('/item/{n}'), forEach: { from: 'list', as: 'n' }, failWhen, select: 'n' }
  const service = await build(t, { ...PATIENT, sources: { list: { url: upstream.url('/list') }, items } })
  const { json } = await service.get('/aggregate')
  t.strictSame(json.data.items, [1, null, 1])
  t.strictSame(json.failedSources[0].items, [{ index: 1, code: 'upstream_error', upstreamStatus: 200 }])
})

t.test('large bodies are asked in a worker thread', async (t) => {
  const padding = ' '.repeat(100_000)
  const upstream = await startUpstream(t, { script: { '/a': bodies(ERROR + padding), '/b': bodies(DATA + padding) } })
  const service = await build(t, {
    ...PATIENT,
    sources: {
      a: { url: upstream.url('/a'), failWhen },
      b: { url: upstream.url('/b'), failWhen },
      c: { url: upstream.url('/b'), failWhen: 'length(n) > `0`' },
    },
  })
  const { json } = await service.get('/aggregate')
  t.strictSame(json.data.b, { status: 'ok', n: 1 })
  const codes = json.failedSources.map(({ id, code }: { id: string; code: string }) => `${id} ${code}`)
  t.strictSame(codes, ['a upstream_error', 'c select_failed'])
})
