import { gzipSync } from 'node:zlib'
import t from 'tap'
import { build } from '../support/build.ts'
import type { Handler, Reply } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** What clients see of a failed answer, over real sockets. */

const replying =
  (...replies: readonly Reply[]): Handler =>
  async (x) =>
    void (await x.reply(replies[Math.min(x.nth, replies.length) - 1] as Reply))

const ERROR = { error: { code: 'no_account', message: 'it is closed', trace: 'db7' } }
const refused = (body: unknown = ERROR, status = 404): Reply => ({ status, body: JSON.stringify(body) })
const errorDetails = '{reason: error.code}'
const reason = { reason: 'no_account' }

t.test('an expression over the JSON of a failed answer', async (t) => {
  const coded = { status: 422, headers: { 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify(ERROR)) }
  const upstream = await startUpstream(t, {
    script: {
      '/a': replying(refused()),
      '/coded': replying(coded),
      '/ok': replying({ body: JSON.stringify({ ...ERROR, failed: true }) }),
    },
  })
  const url = (path: string) => upstream.url(path)
  const service = await build(t, {
    sources: {
      plain: { url: url('/a') },
      a: { url: url('/a'), errorDetails },
      coded: { url: url('/coded'), errorDetails },
      nothing: { url: url('/a'), errorDetails: 'error.other' },
      said: { url: url('/ok'), errorDetails, failWhen: 'failed' },
      good: { url: url('/ok'), errorDetails },
      substituted: { url: url('/a'), errorDetails, fallback: [] },
      empty: { url: url('/a'), errorDetails, emptyStatuses: [404] },
      xml: { url: url('/a'), errorDetails, format: 'xml' },
    },
  })
  const { json, body } = await service.get('/aggregate')
  const found = json.failedSources.map(({ id, code, details }: Record<string, unknown>) => [id, code, details])
  t.strictSame(found, [
    ['plain', 'upstream_status', undefined],
    ['a', 'upstream_status', reason],
    ['coded', 'upstream_status', reason],
    ['nothing', 'upstream_status', undefined],
    ['said', 'upstream_error', reason],
    ['substituted', 'upstream_status', reason],
    ['xml', 'upstream_status', reason],
  ])
  t.notMatch(body.replace(/"good":\{.*?\}\}/, ''), /db7/)
  // alone it is a problem document
  const problem = await service.get('/aggregate?sources=a')
  t.equal(problem.status, 502)
  t.strictSame(problem.json.failedSources[0].details, reason)
  // and in a stream
  const stream = await service.get('/aggregate?sources=a', { headers: { accept: 'application/x-ndjson' } })
  const [record, done] = stream.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.strictSame([record.failure.details, done.failedSources[0].details], [reason, reason])
})

t.test('what gives no details fails as it would without, and the log says why at debug', async (t) => {
  const large = { error: { code: 'x'.repeat(4096 - 13) } }
  const upstream = await startUpstream(t, {
    script: {
      '/page': replying({ status: 404, body: '<html>' }),
      '/none': replying({ status: 404 }),
      '/fits': replying(refused({ error: { code: 'x'.repeat(4096 - '{"reason":""}'.length) } })),
      '/large': replying(refused({ error: { code: `${large.error.code}x` } })),
      '/huge': replying({ status: 404, body: JSON.stringify(ERROR) + ' '.repeat(64 * 1024) }),
      '/bomb': replying({ status: 404, headers: { 'content-encoding': 'gzip' }, body: gzipSync(' '.repeat(70_000)) }),
      '/broken': replying({ status: 404, headers: { 'content-encoding': 'gzip' }, body: 'no gzip' }),
      '/unknown': replying({ status: 404, headers: { 'content-encoding': 'zip' }, body: '{}' }),
      '/deep': replying({ status: 404, body: `${'['.repeat(30_000)}${']'.repeat(30_000)}` }),
      '/a': replying(refused()),
    },
  })
  const of = (path: string, expression = errorDetails) => ({ url: upstream.url(path), errorDetails: expression })
  const service = await build(t, {
    deadline: { default: '20s', max: '20s' },
    defaults: { timeout: '20s' },
    sources: {
      page: of('/page'),
      none: of('/none'),
      fits: of('/fits'),
      large: of('/large'),
      huge: of('/huge'),
      bomb: of('/bomb'),
      broken: of('/broken'),
      unknown: of('/unknown'),
      deep: of('/deep', '@'),
      errs: of('/a', 'length(error)'),
      fails: of('/a', 'sum(error)'),
    },
  })
  const { json } = await service.get('/aggregate')
  const entries: { id: string; code: string; upstreamStatus: number; details?: unknown }[] = json.failedSources ?? []
  t.equal(entries.length, 11)
  for (const { code, upstreamStatus } of entries) t.same([code, upstreamStatus], ['upstream_status', 404])
  t.strictSame(
    entries.filter(({ details }) => details !== undefined).map(({ id }) => id),
    ['fits', 'errs'],
  )
  const lines = service.log.named('details').map(({ id, reason, level }) => [id, reason, level])
  t.match(Object.fromEntries(lines.map(([id, why]) => [id, why])), {
    page: /no JSON: a syntax error at byte 0/,
    large: 'they are larger than 4 KiB',
    deep: /^the expression failed: Maximum call stack/,
    fails: /^the expression failed: Invalid type: sum/,
  })
  t.ok(lines.every(([, , level]) => level === 20))
})

t.test('secrets of the configuration are never among them', async (t) => {
  const SECRET = 's3cret-of-ours'
  const upstream = await startUpstream(t, {
    script: {
      '/a': async (x) => void (await x.reply(refused({ error: { code: `no ${x.request.headers['x-key']}` } }, 401))),
      '/b': async (x) => void (await x.reply(refused({ error: { code: `no ${SECRET}` } }, 401))),
      '/c': async (x) => void (await x.reply({ body: `{"error":{"code":"${SECRET}"}}` })),
      '/d': async (x) => void (await x.reply(refused({ error: { code: x.request.target } }, 401))),
    },
  })
  const service = await build(
    t,
    {
      sources: {
        own: { url: upstream.url('/a'), headers: { 'x-key': '${KEY}' }, errorDetails },
        other: { url: upstream.url('/b'), errorDetails },
        said: { url: upstream.url('/c'), errorDetails, failWhen: 'error' },
        query: { url: `${upstream.url('/d')}{?key}`, values: { key: 'a/key with+more' }, errorDetails },
      },
    },
    { KEY: SECRET },
  )
  const { status, body } = await service.get('/aggregate')
  t.equal(status, 502)
  t.notMatch(body, new RegExp(`${SECRET}|details|more`))
  t.same(
    service.log.named('details').map(({ reason }) => reason),
    Array(4).fill('they hold a secret of the configuration'),
  )
  t.notMatch(JSON.stringify(service.log.lines), SECRET)
})

t.test('they are those of the attempt that decided, and are read within its timeout', async (t) => {
  const slow: Handler = async (x) => {
    await x.reply({ status: 500, headers: { 'content-length': 100 }, body: '{"error":' })
    await x.untilGone()
  }
  const late: Handler = async (x) => {
    const text = JSON.stringify(ERROR)
    await x.reply({ status: 404, headers: { 'content-length': text.length }, body: text.slice(0, 5) })
    if (await x.sleep(180)) await x.write(text.slice(5))
  }
  const upstream = await startUpstream(t, {
    script: { '/two': replying(refused({ error: { code: 'first' } }, 503), refused()), '/slow': slow, '/late': late },
  })
  const service = await build(t, {
    deadline: { default: '20s', max: '20s' },
    sources: {
      two: { url: upstream.url('/two'), errorDetails, timeout: '20s', retry: { attempts: 2, baseDelay: '1ms' } },
      slow: { url: upstream.url('/slow'), errorDetails, timeout: '300ms', retry: false },
      attempts: { url: upstream.url('/slow'), errorDetails, timeout: '20s', attemptTimeout: '200ms', retry: false },
      late: { url: upstream.url('/late'), errorDetails, timeout: '20s' },
    },
  })
  const { json } = await service.get('/aggregate')
  const [two, stalled, attempts, delayed] = json.failedSources
  t.match(two, { attempts: 2, upstreamStatus: 404, details: reason })
  for (const one of [stalled, attempts]) {
    t.match(one, { code: 'upstream_status', upstreamStatus: 500, attempts: 1 })
    t.equal(one.details, undefined)
  }
  t.ok(stalled.durationMs >= 290 && stalled.durationMs < 8000, `${stalled.durationMs} ms`)
  t.ok(attempts.durationMs >= 190 && attempts.durationMs < 8000, `${attempts.durationMs} ms`)
  t.match(delayed, { code: 'upstream_status', details: reason })
})

t.test('with forEach each item has its own', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/list': replying({ body: '[1,2,3]' }),
      '/item': async (x) => {
        const id = x.request.target.slice(-1)
        await x.reply(id === '1' ? { body: '{}' } : refused({ error: { code: id } }))
      },
    },
  })
  const items = { url: upstream.url('/item/{n}'), forEach: { from: 'list', as: 'n' }, errorDetails }
  const service = await build(t, { sources: { list: { url: upstream.url('/list') }, items } })
  const { json } = await service.get('/aggregate')
  const [entry] = json.failedSources
  t.strictSame(entry.items, [
    { index: 1, code: 'upstream_status', upstreamStatus: 404, details: { reason: '2' } },
    { index: 2, code: 'upstream_status', upstreamStatus: 404, details: { reason: '3' } },
  ])
  t.notOk('details' in entry)
})

t.test('connections of failed answers are used again', async (t) => {
  const upstream = await startUpstream(t, { script: { '/a': replying(refused()) } })
  const service = await build(t, { sources: { a: { url: upstream.url('/a'), errorDetails } } })
  for (let asked = 0; asked < 5; asked += 1) await service.get('/aggregate')
  t.equal(new Set(upstream.requests.map(({ connection }) => connection)).size, 1)
})
