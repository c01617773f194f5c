import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { type Built, build as buildService } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { Exposition } from '../support/exposition.ts'
import { trackLeaks } from '../support/leaks.ts'
import type { Exchange } from '../support/upstream/exchange.ts'
import { blackHole, refusedPort } from '../support/upstream/holes.ts'
import { certificateFile } from '../support/upstream/tls.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

/** `origins`: several upstreams for one source, over real sockets. */

/** Nothing is at the origin of the URL: only its path counts. */
const url = 'http://nobody.invalid/who'
const json = { 'content-type': 'application/json' }
/** Opens soon, and for longer than a test takes. */
const breaker = { minCalls: 4, openFor: '50s', window: '50s' }
const noDelay = { attempts: 2, baseDelay: 0, maxDelay: 0 }

/** Upstreams on 127.0.0.1, 127.0.0.2, …, which answer with their number. */
function startMany(
  t: Test,
  count: number,
  answerOf: (index: number) => (x: Exchange) => Promise<unknown> = (index) => (x) => x.reply(numbered(index)),
): Promise<readonly Upstream[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      startUpstream(t, {
        host: `127.0.0.${index + 1}`,
        script: { '/who': async (x) => void (await answerOf(index)(x)) },
      }),
    ),
  )
}

const numbered = (index: number, status = 200) => ({ status, headers: json, body: String(index) })

/** Time enough for a machine that is busy with other tests. */
const patient = { deadline: { default: '9s' }, defaults: { timeout: '8s', connectTimeout: '5s' } }

function build(t: Test, config: object, environment = {}, level = 'debug'): Promise<Built> {
  return buildService(t, { ...patient, ...config }, environment, level)
}

const originsOf = (upstreams: readonly { readonly origin: string }[]) => upstreams.map(({ origin }) => origin)
const counts = (upstreams: readonly Upstream[]) => upstreams.map((upstream) => upstream.count('/who'))
/** What the source answered, or how it failed. A busy machine may make the service shed the request: then again. */
const ask = async (service: Built): Promise<unknown> => {
  const { json } = await service.get('/aggregate')
  if (json.type === 'urn:tributary:problem:overloaded') return pause(50).then(() => ask(service))
  return json.data?.a ?? json.failedSources[0].code
}
const askMany = async (service: Built, times: number) => {
  const said: unknown[] = []
  for (let time = 0; time < times; time += 1) said.push(await ask(service))
  return said
}
const stateOf = async (service: Built) => (await service.get('/sources')).json.sources[0]
const statesOf = async (service: Built) =>
  (await stateOf(service)).origins.map((origin: { breaker: string }) => origin.breaker)

t.test('1,000 calls are split evenly, each on the path of the URL and with the host of its origin', async (t) => {
  const upstreams = await startMany(t, 3)
  const source = { url: `${url}{?q}`, params: { q: { type: 'string' } }, origins: originsOf(upstreams) }
  const service = await build(t, { sources: { a: source } }, {}, 'info')
  let answered = 0
  while (answered < 1000) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.get('/aggregate?q=x%20y')))
    // a busy machine may make the service shed some
    answered += answers.filter(({ status }) => status === 200).length
  }
  const shares = counts(upstreams)
  t.ok(Math.max(...shares) - Math.min(...shares) <= 1, `${shares}`)
  t.equal(
    shares.reduce((sum, share) => sum + share),
    answered,
  )
  for (const upstream of upstreams) {
    t.equal(`http://${upstream.requests.at(-1)?.headers.host}`, upstream.origin)
    t.equal(upstream.requests.at(-1)?.target, '/who?q=x%20y')
    t.ok(upstream.connections <= 20, 'connections are used again')
  }
})

t.test('host in headers is sent to all', async (t) => {
  const upstreams = await startMany(t, 2)
  const source = { url, origins: originsOf(upstreams), headers: { host: 'users.example' } }
  const service = await build(t, { sources: { a: source } })
  await askMany(service, 2)
  t.same(
    upstreams.map(({ requests }) => requests.map(({ headers }) => headers.host)),
    [['users.example'], ['users.example']],
  )
})

t.test('an origin that refuses connections costs retries, and then nothing', async (t) => {
  const [upstream] = await startMany(t, 1)
  const gone = await refusedPort(t, '127.0.0.2')
  const source = { url, origins: [gone.origin, upstream?.origin], breaker, retry: noDelay }
  const service = await build(t, { sources: { a: source } })
  t.same(await askMany(service, 10), Array(10).fill(0))
  const refused = service.log.named('attempt').filter(({ outcome }) => outcome === 'connection_refused')
  t.equal(refused.length, 4, 'until its breaker opened')
  for (const line of refused) t.match(line, { origin: 0, kind: 'first', attempt: 1 })
  const retried = service.log.named('attempt').filter(({ kind }) => kind === 'retry')
  t.equal(retried.length, 4)
  for (const line of retried) t.match(line, { origin: 1, outcome: 'ok', attempt: 2 })
  t.match(service.log.named('breaker'), [{ source: 'a', origin: 0, from: 'closed', to: 'open', level: 40 }])
  t.same(await statesOf(service), ['open', 'closed'])
  t.equal((await stateOf(service)).breaker, 'closed', 'the source can be called')
})

t.test('without retries, the calls to such an origin fail until its breaker opens', async (t) => {
  const [upstream] = await startMany(t, 1)
  const gone = await refusedPort(t, '127.0.0.2')
  const source = { url, origins: [gone.origin, upstream?.origin], breaker, retry: false }
  const service = await build(t, { sources: { a: source } })
  const said = await askMany(service, 16)
  t.equal(said.filter((code) => code === 'connection_refused').length, 4)
  t.same(said.slice(-6), Array(6).fill(0))
})

t.test('a retry keeps its backoff', async (t) => {
  const [upstream] = await startMany(t, 1)
  const gone = await refusedPort(t, '127.0.0.2')
  const retry = { attempts: 2, baseDelay: '200ms', maxDelay: '200ms' }
  const source = {
    url,
    origins: [gone.origin, upstream?.origin],
    balance: 'failover',
    retry,
    breaker: { minCalls: 50 },
  }
  const service = await build(t, { sources: { a: source } })
  const waits: number[] = []
  for (let time = 0; time < 8; time += 1) {
    const { json, ms } = await service.get('/aggregate')
    t.equal(json.data.a, 0)
    waits.push(ms)
  }
  // eight waits, each uniform between 0 and 200 ms: that all are below 40 ms has a chance of 1 in 390,000
  t.ok(Math.max(...waits) >= 40, `${waits}`)
})

t.test('an origin that answers 503 is left out', async (t) => {
  const upstreams = await startMany(t, 3, (index) => (x) => x.reply(numbered(index, index === 1 ? 503 : 200)))
  const source = { url, origins: originsOf(upstreams), breaker, retry: noDelay }
  const service = await build(t, { sources: { a: source } })
  const said = await askMany(service, 24)
  t.notOk(said.includes('upstream_status'), 'no call fails')
  t.same(await statesOf(service), ['closed', 'open', 'closed'])
  t.equal(upstreams[1]?.count('/who'), 4, 'nothing reaches it while its breaker is open')
  for (const upstream of upstreams) upstream.reset()
  await askMany(service, 8)
  t.same(counts(upstreams), [4, 0, 4], 'the others share its part')
})

for (const [balance, shares] of [
  ['roundRobin', [3, 3]],
  ['failover', [6, 0]],
] as const) {
  t.test(`${balance}: an origin that has recovered gets trial calls, and takes part again`, async (t) => {
    let status = 503
    const upstreams = await startMany(t, 2, (index) => (x) => x.reply(numbered(index, index === 0 ? status : 200)))
    const brief = { ...breaker, openFor: '300ms' }
    const source = { url, origins: originsOf(upstreams), balance, breaker: brief, retry: noDelay }
    const service = await build(t, { sources: { a: source } })
    t.notOk((await askMany(service, 12)).includes('upstream_status'), 'no call fails')
    status = 200
    while ((await statesOf(service))[0] === 'open') await pause(20)
    t.notOk((await askMany(service, 8)).includes('upstream_status'))
    t.same(await statesOf(service), ['closed', 'closed'])
    for (const upstream of upstreams) upstream.reset()
    await askMany(service, 6)
    t.same(counts(upstreams), shares)
    const changes = service.log.named('breaker')
    t.match(changes[0], { origin: 0, from: 'closed', to: 'open', level: 40 })
    t.match(changes.at(-1), { origin: 0, from: 'half-open', to: 'closed' })
    for (const { origin } of changes) t.equal(origin, 0)
  })
}

t.test('all open: destination_unavailable, with the shortest time to wait', async (t) => {
  const upstreams = await startMany(t, 2, () => (x) => x.reply({ status: 500 }))
  const source = { url, origins: originsOf(upstreams), breaker: { ...breaker, minCalls: 2 }, retry: false }
  const service = await build(t, { sources: { a: source } })
  t.same(await askMany(service, 4), Array(4).fill('upstream_status'))
  const { status, json, headers } = await service.get('/aggregate')
  t.equal(status, 503)
  t.match(json.failedSources, [{ code: 'destination_unavailable', attempts: 0, upstreamStatus: null, retryable: true }])
  const waits = service.log.named('breaker').map(({ openForMs }) => Number(openForMs))
  const retryAfterMs = Number(json.failedSources[0].retryAfterMs)
  t.ok(retryAfterMs <= Math.min(...waits) && retryAfterMs > Math.min(...waits) - 10_000, `${retryAfterMs} of ${waits}`)
  t.equal(Number(headers['retry-after']), Math.ceil(retryAfterMs / 1000))
  t.same(counts(upstreams), [2, 2])
  t.match(await stateOf(service), { breaker: 'open' })
})

t.test('failover: the first one takes all until it is broken, and then the next', async (t) => {
  let status = 200
  const upstreams = await startMany(t, 3, (index) => (x) => x.reply(numbered(index, index === 0 ? status : 200)))
  const source = { url, origins: originsOf(upstreams), balance: 'failover', breaker, retry: noDelay }
  const service = await build(t, { sources: { a: source } })
  t.same(await askMany(service, 3), [0, 0, 0])
  status = 502
  t.same(await askMany(service, 6), Array(6).fill(1), 'a retry goes to the second, and then all do')
  t.same(await statesOf(service), ['open', 'closed', 'closed'])
  await upstreams[1]?.close()
  t.same(await askMany(service, 3), [2, 2, 2])
})

t.test('a hedge goes to the other one, and the slow one is left alone', async (t) => {
  const upstreams = await startMany(t, 2, (index) => async (x) => {
    if (index === 0 && !(await x.sleep(6000))) return
    await x.reply({ headers: json, body: String(index) })
  })
  const source = { url, origins: originsOf(upstreams), balance: 'failover', hedge: { after: '80ms' } }
  const service = await build(t, { sources: { a: source } })
  const { json: answer, ms } = await service.get('/aggregate?explain=true')
  t.equal(answer.data.a, 1)
  t.ok(ms >= 75 && ms < 4000, `${ms}`)
  t.match(answer.meta.sources.a, { attempts: 2, hedged: true })
  t.same(counts(upstreams), [1, 1])
  await eventually(() => upstreams[0]?.open === 0, 3000)
  t.equal((await statesOf(service))[0], 'closed', 'a superseded attempt says nothing')
})

t.test('an origin that swallows connections costs its connectTimeout', async (t) => {
  const [upstream] = await startMany(t, 1)
  const hole = await blackHole(t, '127.0.0.2')
  const times = { connectTimeout: '150ms', retry: noDelay }
  const source = { url, origins: [hole.origin, upstream?.origin], balance: 'failover', breaker, ...times }
  const service = await build(t, { sources: { a: source } })
  const { json: answer, ms } = await service.get('/aggregate')
  t.equal(answer.data.a, 0)
  t.ok(ms >= 145 && ms < 4000, `${ms}`)
  t.match(service.log.named('attempt'), [
    { origin: 0, outcome: 'connection_timeout' },
    { origin: 1, outcome: 'ok' },
  ])
})

t.test('attempts that waited while the breaker of their origin opened go to another one', async (t) => {
  const upstreams = await startMany(t, 2, (index) => async (x) => {
    if (await x.sleep(20)) await x.reply({ status: index === 0 ? 500 : 200, headers: json, body: String(index) })
  })
  const source = {
    ...{ url, origins: originsOf(upstreams), retry: false, breaker },
    bulkhead: { maxInFlight: 2, maxQueue: 100 },
  }
  const service = await build(t, { sources: { a: source } })
  const said = await Promise.all(Array.from({ length: 40 }, () => ask(service)))
  const [bad = 0, good] = counts(upstreams)
  t.ok(bad >= 4 && bad <= 6, `${bad} reached the broken one`)
  t.equal(said.filter((code) => code === 'upstream_status').length, bad)
  t.equal(good, 40 - bad, 'none was refused')
  t.match(await stateOf(service), { inFlight: 0, queued: 0 })
})

t.test('a stale connection is replaced by one to the same origin', async (t) => {
  const upstreams = await startMany(t, 2, (index) => async (x) => {
    // the second request on a connection arrives when it is being closed
    if (x.nthOnConnection > 1) return x.rst()
    await x.reply({ headers: json, body: String(index) })
  })
  const service = await build(t, { sources: { a: { url, origins: originsOf(upstreams), retry: false } } })
  const said = await askMany(service, 6)
  t.same([...said].sort(), [0, 0, 0, 1, 1, 1])
  for (const line of service.log.named('attempt')) t.match(line, { kind: 'first', attempt: 1, outcome: 'ok' })
  const attempts = service.log.named('attempt').map(({ origin }) => origin)
  t.same(attempts, said, 'each answer is that of the origin of its attempt')
})

t.test('a redirect stays on the origin that was asked', async (t) => {
  const upstreams = await startMany(t, 2)
  const to = (location: string) => `/status?code=302&location=${encodeURIComponent(location)}`
  const origins = originsOf(upstreams)
  const get = async (location: string, balanced = origins) => {
    const source = { url: `http://nobody.invalid${to(location)}`, origins: balanced, redirects: 2, balance: 'failover' }
    return ask(await build(t, { sources: { a: source } }))
  }
  t.equal(await get('/who'), 0)
  t.equal(await get('who', origins.toReversed()), 1)
  t.equal(await get(`${origins[0]}/who`), 0)
  t.equal(await get(`${origins[1]}/who`), 'upstream_status', 'not followed to another origin of the source')
  t.equal(await get('http://nobody.invalid/who'), 'upstream_status', 'nor to that of the URL')
})

t.test('the cache and coalescing ignore the origin', async (t) => {
  const upstreams = await startMany(t, 2)
  const source = { url, origins: originsOf(upstreams), cache: { ttl: '1m' } }
  const service = await build(t, { sources: { a: source } })
  const said = await askMany(service, 4)
  t.equal(new Set(said).size, 1)
  t.same([...counts(upstreams)].sort(), [0, 1])
})

t.test('metrics and /sources tell of each origin by its place', async (t) => {
  const upstreams = await startMany(t, 2, (index) => (x) => x.reply({ status: index === 0 ? 500 : 200, body: '1' }))
  const source = { url, origins: originsOf(upstreams), breaker, retry: false }
  const service = await build(t, { sources: { a: source, plain: { url: upstreams[1]?.url('/who') } } })
  await askMany(service, 8)
  const seen = new Exposition((await service.get('/metrics')).body)
  const value = (name: string, labels: Record<string, string>) => seen.value(`tributary_${name}`, labels)
  t.equal(value('breaker_state', { source: 'a', origin: '0' }), 2)
  t.equal(value('breaker_state', { source: 'a', origin: '1' }), 0)
  t.equal(value('breaker_state', { source: 'a' }), undefined)
  t.equal(value('breaker_state', { source: 'plain' }), 0)
  t.equal(value('upstream_attempts_total', { source: 'a', origin: '0', kind: 'first' }), 4)
  t.equal(value('upstream_attempts_total', { source: 'a', origin: '1', kind: 'first' }), 4)
  t.equal(value('upstream_attempts_total', { source: 'plain', kind: 'first' }), 8)
  const { json: told } = await service.get('/sources')
  t.match(told.sources[0], {
    breaker: 'closed',
    origins: [
      { origin: '0', breaker: 'open' },
      { origin: '1', breaker: 'closed' },
    ],
  })
  t.notOk('origins' in told.sources[1])
  t.notOk('origin' in (service.log.named('attempt').find((line) => line.source === 'plain') ?? {}))
})

t.test('no address is shown anywhere', async (t) => {
  const [upstream] = await startMany(t, 1, () => (x) => x.reply({ status: 500 }))
  const gone = await refusedPort(t, '127.0.0.2')
  const source = { url, origins: [upstream?.origin, gone.origin], breaker, retry: noDelay, redirects: 1 }
  const service = await build(t, { sources: { a: source } }, {}, 'trace')
  const answers = [await service.get('/aggregate?explain=true'), await service.get('/sources')]
  for (let time = 0; time < 6; time += 1) answers.push(await service.get('/aggregate?explain=true'))
  for (const path of ['/metrics', '/docs/json']) answers.push(await service.get(path))
  const lines = service.log.lines.map(({ remoteAddress: _, ...line }) => line)
  const shown = JSON.stringify([answers.map(({ body, headers }) => [body, headers]), lines])
  for (const { port } of [upstream, gone] as { port: number }[]) t.notMatch(shown, `:${port}`)
  t.notMatch(shown, '127.0.0.2')
})

t.test('without a breaker they still take turns', async (t) => {
  const upstreams = await startMany(t, 2, (index) => (x) => x.reply({ status: index === 0 ? 500 : 200, body: '1' }))
  const source = { url, origins: originsOf(upstreams), breaker: false, retry: false }
  const service = await build(t, { sources: { a: source } })
  await askMany(service, 60)
  t.same(counts(upstreams), [30, 30])
  t.match(await stateOf(service), {
    breaker: null,
    origins: [
      { origin: 0, breaker: null },
      { origin: 1, breaker: null },
    ],
  })
})

t.test('simulated calls take turns too, and say nothing of the breakers', async (t) => {
  const upstreams = await startMany(t, 2, () => (x) => x.reply({ status: 500 }))
  const source = { url, origins: originsOf(upstreams), breaker: { minCalls: 1 }, retry: false }
  const service = await build(t, { server: { simulate: true }, sources: { a: source } })
  for (let time = 0; time < 4; time += 1) await service.get('/aggregate?simulate=a:delay=1ms')
  t.same(counts(upstreams), [2, 2])
  t.same(await statesOf(service), ['closed', 'closed'])
})

t.test('items of a list are spread, and a write goes to one origin only', async (t) => {
  const upstreams = await startMany(t, 2)
  const gone = await refusedPort(t, '127.0.0.9')
  const each = { url, origins: originsOf(upstreams), params: { ids: { type: 'array', items: { type: 'integer' } } } }
  const service = await build(t, {
    sources: {
      a: { ...each, url: `${url}{?id}`, forEach: { param: 'ids', as: 'id' } },
      write: { url, method: 'POST', body: {}, origins: [gone.origin, ...originsOf(upstreams)], balance: 'failover' },
    },
    views: { write: { method: 'POST', sources: ['write'] } },
  })
  const { json: answer } = await service.get('/aggregate?ids=1&ids=2&ids=3&ids=4')
  t.same([...answer.data.a].sort(), [0, 0, 1, 1])
  for (const upstream of upstreams) upstream.reset()
  const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  const { json: written } = await service.get('/aggregate/write', body)
  t.match(written.failedSources, [{ code: 'connection_refused', attempts: 1 }])
  t.same(counts(upstreams), [0, 0])
})

t.test('https: each origin has a name and a session of its own', async (t) => {
  const upstreams = await Promise.all(['127.0.0.1', '127.0.0.2'].map((host) => startUpstream(t, { host, tls: 'good' })))
  const tls = { ca: certificateFile('ca') }
  const more = { retry: false }
  const [first, second] = originsOf(upstreams)
  const source = { url: 'https://nobody.invalid/ok', tls, ...more }
  const service = await build(t, {
    sources: {
      a: { ...source, origins: [first, second] },
      named: { ...source, origins: [first, second], tls: { ...tls, serverName: 'localhost' } },
      misnamed: { ...source, origins: [first, second], tls: { ...tls, serverName: 'other.internal' } },
    },
  })
  for (let time = 0; time < 2; time += 1) {
    const { json: answer } = await service.get('/aggregate')
    t.same(answer.data, { a: { ok: true }, named: { ok: true }, misnamed: null })
    t.match(answer.failedSources, [{ id: 'misnamed', code: 'tls_certificate_error' }])
  }
  t.same(
    upstreams.map((upstream) => upstream.count('/ok')),
    [2, 2],
  )
})

t.test(
  'a reload with other origins starts the source anew; with the same it keeps breakers and connections',
  async (t) => {
    const upstreams = await startMany(t, 2, (index) => (x) => x.reply({ status: index === 0 ? 500 : 200, body: '1' }))
    const source = { url, origins: originsOf(upstreams), breaker, retry: noDelay }
    const configOf = (over: object) => {
      const loaded = parseConfig(JSON.stringify({ ...patient, sources: { a: { ...source, ...over } } }), { PORT: '0' })
      if (loaded.config === null) throw new Error(JSON.stringify(loaded.problems))
      return loaded.config
    }
    const service = await build(t, { sources: { a: source } })
    await askMany(service, 10)
    t.same(await statesOf(service), ['open', 'closed'])
    t.match(await service.reload(configOf({})), { kept: ['a'] })
    t.same(await statesOf(service), ['open', 'closed'])
    t.match(await service.reload(configOf({ origins: source.origins.toReversed() })), {
      started: ['a'],
      stopped: ['a'],
    })
    t.same(await statesOf(service), ['closed', 'closed'])
    t.match(await service.reload(configOf({ balance: 'failover' })), { started: ['a'], stopped: ['a'] })
  },
)

t.test('nothing is left open', async (t) => {
  const leaks = trackLeaks(t)
  const upstreams = await startMany(t, 3)
  const source = { url, origins: originsOf(upstreams), hedge: { after: '1ms' } }
  const service = await build(t, { sources: { a: source } })
  await Promise.all(Array.from({ length: 30 }, () => ask(service)))
  await service.stop()
  await Promise.all(upstreams.map((upstream) => upstream.close()))
  await leaks.assertNone()
})
