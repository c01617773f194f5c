import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { trackLeaks } from '../support/leaks.ts'
import { blackHole, stoppedListener } from '../support/upstream/holes.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Promise 1 of faults.md: an answer by its deadline, whatever the sources do. */

t.test('the deadline holds with every source silent, queued, connecting or dripping', async (t) => {
  const [hole, stopped] = await Promise.all([blackHole(t), stoppedListener(t)])
  const leaks = trackLeaks(t)
  const upstream = await startUpstream(t)
  const slow = { timeout: '5s', connectTimeout: '5s' }
  const service = await build(t, {
    server: { port: 0 },
    deadline: { default: '1500ms' },
    sources: {
      good: { url: upstream.url('/ok') },
      silent: { url: upstream.url('/silent'), ...slow },
      connecting: { url: `${hole.origin}/`, ...slow },
      stopped: { url: `${stopped.origin}/`, ...slow },
      dripping: { url: upstream.url('/drip-body'), ...slow },
      heads: { url: upstream.url('/drip-headers?gapMs=20'), ...slow },
      hints: { url: upstream.url('/endless-103'), ...slow },
      queued: { url: upstream.url('/silent?queued'), ...slow, bulkhead: { maxInFlight: 1, maxQueue: 100 } },
      impatient: { url: upstream.url('/silent'), timeout: '120ms', bulkhead: { maxInFlight: 1, maxQueue: 100 } },
      full: { url: upstream.url('/silent'), ...slow, bulkhead: { maxInFlight: 1, maxQueue: 0 } },
    },
  })
  await service.get('/aggregate?sources=good')
  const ask = (index: number) => pause(index === 0 ? 0 : 40).then(() => service.get('/aggregate'))
  const answers = await Promise.all(Array.from({ length: 5 }, (_, index) => ask(index)))
  for (const { ms, json, status } of answers) {
    t.equal(status, 200)
    t.ok(ms >= 1450 && ms <= 4000, `answered by the deadline (${ms})`)
    t.equal(json.data.good.ok, true)
    const codes = Object.fromEntries(
      json.failedSources.map((entry: { id: string; code: string }) => [entry.id, entry.code]),
    )
    const cut = { silent: 1, connecting: 1, stopped: 1, dripping: 1, heads: 1, hints: 1, queued: 1 }
    for (const id of Object.keys(cut)) t.equal(codes[id], 'deadline_exceeded', id)
  }
  const impatient = answers.map(({ json }) => json.failedSources.find((one: { id: string }) => one.id === 'impatient'))
  for (const { code, attempts } of impatient) {
    t.equal(
      code,
      attempts === 0 ? 'connection_limit_reached' : 'http_response_timeout',
      'a timeout in the queue is told apart',
    )
  }
  t.ok(impatient.some(({ attempts }) => attempts === 1))
  const full = answers.map(({ json }) => json.failedSources.find((one: { id: string }) => one.id === 'full').code)
  t.equal(full.filter((code) => code === 'connection_limit_reached').length, 4, 'without a queue they are refused')
  t.equal(service.log.named('a call went wrong inside').length, 0)
  const { json } = await service.get('/sources')
  t.ok(
    json.sources.every((source: { inFlight: number; queued: number }) => source.inFlight + source.queued === 0),
    'all places are given back',
  )
  await service.stop()
  await upstream.close()
  await leaks.assertNone()
})

t.test('clients can shorten the deadline, but not extend it', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    deadline: { default: '600ms' },
    sources: { good: { url: upstream.url('/ok') }, silent: { url: upstream.url('/silent'), timeout: '5s' } },
  })
  const cases: [string, Record<string, string>, number][] = [
    ['?deadlineMs=200', {}, 200],
    ['?deadlineMs=99999999', {}, 600],
    ['?deadlineMs=250', { prefer: 'wait=1' }, 250],
    ['', { prefer: 'wait=1' }, 600],
  ]
  for (const [query, headers, deadlineMs] of cases) {
    const { json, ms, headers: got } = await service.get(`/aggregate${query}`, { headers })
    t.equal(json.meta.deadlineMs, deadlineMs)
    t.ok(ms > deadlineMs - 60 && ms < deadlineMs + 2000, `${query}: ${ms}`)
    t.equal(got['preference-applied'], headers.prefer)
  }
})

t.test('a deadline of one millisecond gets an answer, too', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { good: { url: upstream.url('/ok?delayMs=2000'), timeout: '5s' } } })
  const { status, json, ms } = await service.get('/aggregate?deadlineMs=1')
  t.equal(status, 504)
  t.ok(ms < 1000, 'and does not wait for the source')
  t.match(json, { type: 'urn:tributary:problem:sources-timed-out', failedSources: [{ code: 'deadline_exceeded' }] })
})

t.test('a response after the deadline is dropped, and its connection closed', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    deadline: { default: '100ms' },
    sources: { late: { url: upstream.url('/late?delayMs=200'), timeout: '1s' } },
  })
  const rejections: unknown[] = []
  const note = (reason: unknown) => rejections.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  t.equal((await service.get('/aggregate')).status, 504)
  await pause(250)
  await eventually(() => upstream.open === 0)
  t.same(rejections, [])
})
