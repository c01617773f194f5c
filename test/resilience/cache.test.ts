import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { eventually } from '../support/eventually.ts'
import { buildPatient } from '../support/patient.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Cache and coalescing over real sockets, counted at the upstream. */

const json = { 'content-type': 'application/json' }
const counting: Handler = async (x) => void (await x.reply({ headers: json, body: String(x.nth) }))
const slowly =
  (ms: number): Handler =>
  async (x) => {
    if (await x.sleep(ms)) await x.reply({ headers: json, body: String(x.nth) })
  }

/** Answers when the test opens the gate, so that no clock decides what happens before. */
function gated() {
  const gate = Promise.withResolvers<void>()
  const handler: Handler = async (x) => {
    await Promise.race([gate.promise, x.untilGone()])
    await x.reply({ headers: json, body: String(x.nth) })
  }
  return { handler, open: gate.resolve }
}

t.test('a fresh answer is served again, with its age', async (t) => {
  const upstream = await startUpstream(t, { script: { '/a': counting } })
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/a'), cache: { ttl: '20s' } } } })
  t.equal((await service.get('/aggregate')).json.data.a, 1)
  await pause(30)
  const { json: answer } = await service.get('/aggregate?explain=true')
  t.equal(answer.data.a, 1)
  t.match(answer.meta.sources.a, { from: 'cache', attempts: 0, upstreamStatus: null, bytes: 0 })
  t.ok(answer.meta.sources.a.ageMs >= 25)
  t.equal(upstream.count('/a'), 1)
  t.match(service.log.named('upstream').at(-1), { outcome: 'ok', from: 'cache', attempts: 0 })
})

t.test('the key consists of the parameters and the forwarded headers of the client', async (t) => {
  const upstream = await startUpstream(t, { script: { '/a': counting } })
  const source = {
    url: `${upstream.url('/a')}{?q}`,
    params: { q: { type: 'string' } },
    forwardHeaders: ['authorization'],
    cache: { ttl: '20s' },
  }
  const service = await buildPatient(t, { sources: { a: source } })
  const ask = async (query: string, authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    return (await service.get(`/aggregate${query}`, { headers })).json.data.a
  }
  t.equal(await ask('?q=x'), 1)
  t.equal(await ask('?q=y'), 2)
  t.equal(await ask('?q=x', 'Bearer one'), 3)
  t.equal(await ask('?q=x', 'Bearer two'), 4, "another's answer is never served")
  t.equal(await ask('?q=x', 'Bearer one'), 3)
  t.equal(await ask('?q=x'), 1)
  t.equal(upstream.count('/a'), 4)
})

t.test('a stale answer is served while one call refreshes it', async (t) => {
  const refresh = gated()
  const upstream = await startUpstream(t, {
    script: { '/a': (x) => (x.nth === 1 ? counting(x) : refresh.handler(x)) },
  })
  const cache = { ttl: '80ms', staleWhileRevalidate: '20s' }
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/a'), cache } } })
  await service.get('/aggregate')
  await pause(120)
  const answers = await Promise.all(Array.from({ length: 5 }, () => service.get('/aggregate?explain=true')))
  for (const { json: answer } of answers) {
    t.equal(answer.data.a, 1)
    t.match(answer.meta.sources.a, { from: 'stale' })
    t.strictSame([answer.failedSources, answer.partial], [[], false])
  }
  t.equal(service.log.named('refresh').length, 0, 'none of them waited for it')
  refresh.open()
  await eventually(() => service.log.named('refresh').length === 1)
  t.match(service.log.named('refresh'), [{ outcome: 'ok', attempts: 1, source: 'a' }])
  t.equal(upstream.count('/a'), 2)
  t.equal((await service.get('/aggregate')).json.data.a, 2)
})

t.test('a failed refresh keeps the cached answer, and is logged', async (t) => {
  const upstream = await startUpstream(t, {
    script: { '/a': async (x) => void (await x.reply(x.nth === 1 ? { headers: json, body: '1' } : { status: 500 })) },
  })
  const cache = { ttl: '40ms', staleWhileRevalidate: '20s' }
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/a'), cache } } })
  await service.get('/aggregate')
  for (let call = 1; call <= 3; call += 1) {
    await pause(60)
    t.equal((await service.get('/aggregate')).json.data.a, 1)
    // one that still runs would serve the next call too
    await eventually(() => service.log.named('refresh').length === call)
  }
  t.match(service.log.named('refresh')[0], { outcome: 'upstream_status', upstreamStatus: 500, level: 40 })
})

t.test('a stale answer replaces a failure, also of an open breaker, and the failure is reported', async (t) => {
  let up = true
  const upstream = await startUpstream(t, {
    script: { '/a': async (x) => void (await x.reply(up ? { headers: json, body: '{"v":1}' } : { status: 500 })) },
  })
  const source = {
    url: upstream.url('/a'),
    cache: { ttl: '20ms', staleIfError: '20s' },
    breaker: { minCalls: 3, openFor: '20s' },
    fallback: 'the last resort',
  }
  const service = await buildPatient(t, { sources: { a: source } })
  await service.get('/aggregate')
  up = false
  await pause(40)
  const codes: string[] = []
  for (let call = 0; call < 6; call += 1) {
    const { status, json: answer } = await service.get('/aggregate?strict=true')
    t.equal(status, 200, 'what stands in satisfies strict')
    t.strictSame(answer.data, { a: { v: 1 } })
    t.equal(answer.partial, false)
    t.equal(answer.failedSources[0].servedFrom, 'stale')
    codes.push(answer.failedSources[0].code)
  }
  t.strictSame(codes.slice(-2), ['destination_unavailable', 'destination_unavailable'])
  t.equal(codes[0], 'upstream_status')
})

t.test('a call that outlives its answer still fills the cache', async (t) => {
  const { handler, open } = gated()
  const upstream = await startUpstream(t, { script: { '/a': handler } })
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/a'), cache: { ttl: '20s' } } } })
  const { json: late } = await service.get('/aggregate?deadlineMs=500')
  t.match(late.failedSources, [{ code: 'deadline_exceeded', attempts: 1 }])
  open()
  // the call may still run: then this answer shares it
  t.equal((await service.get('/aggregate')).json.data.a, 1)
  const { json: answer } = await service.get('/aggregate?explain=true')
  t.equal(answer.data.a, 1)
  t.match(answer.meta.sources.a, { from: 'cache' })
  t.equal(upstream.count('/a'), 1)
})

t.test('without a cache a call ends with its answer', async (t) => {
  const upstream = await startUpstream(t)
  const service = await buildPatient(t, { sources: { a: { url: upstream.url('/silent') } } })
  await service.get('/aggregate?deadlineMs=80')
  // far below the timeout of the source
  await eventually(() => upstream.open === 0, 3000)
  t.pass()
})

t.test('when all clients have left, the call that filled the cache ends too', async (t) => {
  const upstream = await startUpstream(t)
  const service = await buildPatient(t, {
    sources: { a: { url: upstream.url('/silent'), cache: { ttl: '20s' } } },
  })
  const leaving = [300, 1500].map((timeoutMs) => t.rejects(service.get('/aggregate', { timeoutMs })))
  await eventually(() => upstream.open === 1)
  await leaving[0]
  await pause(60)
  t.equal(upstream.open, 1, 'one still waits')
  await leaving[1]
  // far below the timeout of the source
  await eventually(() => upstream.open === 0, 3000)
  t.equal(upstream.count('/silent'), 1)
})

t.test('a leader and a follower with different deadlines share a call and keep their deadlines', async (t) => {
  for (const [name, first, second] of [
    ['the leader is in a hurry', 400, 9000],
    ['the follower is in a hurry', 9000, 400],
  ] as const) {
    await t.test(name, async (t) => {
      const { handler, open } = gated()
      const upstream = await startUpstream(t, { script: { '/a': handler } })
      const source = { url: upstream.url('/a'), cache: { ttl: 0 } }
      const service = await buildPatient(t, { sources: { a: source } })
      const leader = service.get(`/aggregate?deadlineMs=${first}`)
      await eventually(() => upstream.count('/a') === 1)
      const follower = service.get(`/aggregate?deadlineMs=${second}`)
      const [short, long] = first < second ? [leader, follower] : [follower, leader]
      // its answer comes while the call still runs, and the other one goes on to wait for it
      t.match((await short).json.failedSources, [{ code: 'deadline_exceeded' }])
      open()
      t.equal((await long).json.data.a, 1)
      t.equal(upstream.count('/a'), 1)
    })
  }
})

t.test('within one answer, identical calls are made once, with or without a cache', async (t) => {
  const upstream = await startUpstream(t, { script: { '/a': slowly(40) } })
  const source = { url: `${upstream.url('/a')}{?q}`, params: { q: { type: 'string' } } }
  const service = await buildPatient(t, { sources: { a: source } })
  const requests = ['x', 'y', 'x', 'x'].map((q, index) => ({ id: `r${index}`, source: 'a', params: { q } }))
  const { json: answer } = await service.get('/aggregate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
  })
  t.equal(upstream.count('/a'), 2)
  t.strictSame([answer.data.r0, answer.data.r2, answer.data.r3], [answer.data.r0, answer.data.r0, answer.data.r0])
  await Promise.all([service.get('/aggregate?q=x'), service.get('/aggregate?q=x')])
  t.equal(upstream.count('/a'), 4, 'answers share nothing without a cache')
})

t.test('failures are not cached, but empty answers are', async (t) => {
  const upstream = await startUpstream(t)
  const cache = { ttl: '20s' }
  const service = await buildPatient(t, {
    sources: {
      broken: { url: upstream.url('/status?code=500'), cache },
      empty: { url: upstream.url('/status?code=404'), emptyStatuses: [404], cache },
    },
  })
  for (let call = 0; call < 3; call += 1) {
    const { json: answer } = await service.get('/aggregate')
    t.strictSame(answer.data, { broken: null, empty: null })
    t.equal(answer.failedSources.length, 1)
  }
  t.equal(upstream.count('/status?code=500'), 3)
  t.equal(upstream.count('/status?code=404'), 1)
})

t.test('memory is limited: the least recently used entry is evicted first', async (t) => {
  const upstream = await startUpstream(t)
  const source = {
    url: `${upstream.origin}/ok{?bytes,n}`,
    params: { bytes: { type: 'integer', default: 3000 }, n: { type: 'integer' } },
    cache: { ttl: '1m' },
  }
  const service = await buildPatient(t, { cache: { maxBytes: '10kb' }, sources: { a: source } })
  for (const n of [1, 2, 3, 1]) await service.get(`/aggregate?n=${n}`)
  t.equal(upstream.count('/ok'), 3, 'three fit')
  await service.get('/aggregate?n=4')
  await service.get('/aggregate?n=1')
  t.equal(upstream.count('/ok'), 4, 'that one was used lately')
  await service.get('/aggregate?n=2')
  t.equal(upstream.count('/ok'), 5, 'this one was not')
})
