import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { AttemptKind } from '../../src/core/call.ts'
import { Cancel, type CancelReason } from '../../src/core/cancel.ts'
import { systemClock } from '../../src/core/deadline.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { eventually } from '../support/eventually.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { refusedPort } from '../support/upstream/holes.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { benchFor, callFor } from './bench.ts'

t.test('a call that is already cancelled makes no attempt', async (t) => {
  const upstream = await startUpstream(t)
  const { transport, seen } = benchFor(t, upstream.origin)
  const call = callFor('/ok')
  call.cancel.cancel('client')
  t.match(await transport.attempt(call), { failure: { code: 'cancelled' }, attemptMs: 0 })
  t.equal(call.record.effort.attempts, 0)
  t.equal(seen.length, 0)
  t.equal(upstream.connections, 0)
})

/** Emits the attempt event, like the decode policy. */
function tell(outcome: Outcome): void {
  outcome.tell?.(outcome)
}

t.test('each attempt is emitted with its number and kind', async (t) => {
  const upstream = await startUpstream(t)
  const { transport, seen } = benchFor(t, upstream.origin, {})
  const call = callFor('/flapping?pattern=fro', {}, { isRepeatable: false })
  const kinds: AttemptKind[] = ['first', 'hedge', 'retry']
  for (const kind of kinds) tell(await transport.attempt({ ...call, kind }))
  t.strictSame(
    seen.map(({ call, number, reason, outcome }) => [call.kind, number, reason, outcome.failure?.code]),
    [
      ['first', 1, null, 'upstream_status'],
      ['hedge', 2, 'ECONNRESET', 'connection_terminated'],
      ['retry', 3, null, undefined],
    ],
  )
  t.strictSame(call.record.effort, { attempts: 3, sent: 3, unauthorized: 0, hedged: true, bytes: 11 })
})

t.test('attempts are numbered in the order in which they start', async (t) => {
  const upstream = await startUpstream(t)
  const { transport, seen } = benchFor(t, upstream.origin)
  const call = callFor('/ok?delayMs=100')
  const slow = transport.attempt(call)
  tell(await transport.attempt({ ...call, request: { ...call.request, path: '/ok' }, kind: 'hedge' }))
  tell(await slow)
  t.strictSame(
    seen.map(({ number }) => number),
    [2, 1],
  )
})

t.test('every outcome has the duration of its attempt', async (t) => {
  const upstream = await startUpstream(t)
  const refused = await refusedPort(t)
  let now = 0
  // each reading of the clock is 10 ms later; connections read it, too, for their age
  const clock = { ...systemClock, now: () => (now += 10) }
  const targets = ['/ok', '/status?code=204', '/coded', '/coded-damaged', '/status?code=500', '/fin-before-headers']
  for (const target of targets) {
    const { transport } = benchFor(t, upstream.origin, {}, { clock })
    t.ok(((await transport.attempt(callFor(target))).attemptMs ?? 0) >= 10, target)
  }
  const { transport } = benchFor(t, refused.origin, {}, { clock })
  const outcome = await transport.attempt(callFor('/'))
  t.match(outcome, { failure: { code: 'connection_refused' } })
  t.ok((outcome.attemptMs ?? 0) >= 10)
})

t.test('an attempt that the deadline cuts off counts only if its own timeout has passed', async (t) => {
  const upstream = await startUpstream(t)
  const table: [number, { timeoutMs: number; attemptTimeoutMs: number | null }, CancelReason, string, boolean][] = [
    [499, { timeoutMs: 500, attemptTimeoutMs: null }, 'batch', 'deadline_exceeded', false],
    [500, { timeoutMs: 500, attemptTimeoutMs: null }, 'batch', 'deadline_exceeded', true],
    [199, { timeoutMs: 500, attemptTimeoutMs: 200 }, 'batch', 'deadline_exceeded', false],
    [200, { timeoutMs: 500, attemptTimeoutMs: 200 }, 'batch', 'deadline_exceeded', true],
    [600, { timeoutMs: 500, attemptTimeoutMs: null }, 'client', 'cancelled', false],
    [600, { timeoutMs: 500, attemptTimeoutMs: null }, 'superseded', 'cancelled', false],
    [1, { timeoutMs: 500, attemptTimeoutMs: 200 }, 'attempt', 'http_response_timeout', true],
  ]
  for (const [afterMs, timeouts, reason, code, counts] of table) {
    const clock = new FakeClock()
    const { transport } = benchFor(t, upstream.origin, timeouts, { clock })
    const call = callFor('/silent')
    upstream.reset()
    const outcome = transport.attempt(call)
    await eventually(() => upstream.requests.length === 1)
    await clock.advance(afterMs)
    call.cancel.cancel(reason)
    const { failure, attemptMs } = await outcome
    t.strictSame([failure?.code, failure?.counts, attemptMs], [code, counts, afterMs], `${reason} after ${afterMs} ms`)
    t.equal(call.cancel.listeners, 0)
  }
})

t.test('the same applies while its body is decoded', async (t) => {
  const body = gzipSync(Buffer.alloc(32 * 1024 * 1024))
  const upstream = await startUpstream(t, {
    script: { '/large': (x) => void x.reply({ headers: { 'content-encoding': 'gzip' }, body }) },
  })
  const maxBytes = 64 * 1024 * 1024
  let now = 0
  const clock = { ...systemClock, now: () => now }
  const { transport } = benchFor(t, upstream.origin, { maxBytes }, { clock })
  // fires when the second listener is added, which is when decoding starts
  class Second extends Cancel {
    #listened = 0
    override onCancel(listener: (reason: CancelReason) => void): () => void {
      const stop = super.onCancel(listener)
      this.#listened += 1
      if (this.#listened === 2) {
        now = 1000
        this.cancel('batch')
      }
      return stop
    }
  }
  const outcome = await transport.attempt(callFor('/large', { cancel: new Second() }))
  t.match(outcome, { failure: { code: 'deadline_exceeded', counts: true }, attemptMs: 1000 })
})

t.test('an unreachable name server is retryable, an unknown name is not', async (t) => {
  const { transport, seen } = benchFor(t, 'http://no-such-host.invalid')
  const { failure } = await transport.attempt(callFor('/'))
  t.equal(failure?.code, 'dns_error')
  // the result of looking up this name depends on the machine
  t.equal(failure?.retry, seen[0]?.reason === 'EAI_AGAIN' ? 'soon' : 'never')
})

t.test('a private address is refused, as an address or behind a name', async (t) => {
  const upstream = await startUpstream(t)
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:7f00:1]', 'localhost']) {
    const { transport, seen } = benchFor(t, `http://${host}:${upstream.port}`, { denyPrivateAddresses: true })
    const { failure } = await transport.attempt(callFor('/ok'))
    t.match(failure, { code: 'destination_ip_prohibited', retry: 'never', counts: false, retryable: false })
    t.equal(failure?.message, 'a has no public address, and calls to private addresses are not allowed')
    t.equal(seen[0]?.reason, 'TRIBUTARY_ADDRESS_PROHIBITED')
  }
  t.equal(upstream.connections, 0)
})

t.test('a POST is redirected as a POST or a GET', async (t) => {
  const upstream = await startUpstream(t)
  const headers = ['content-type', 'application/json', 'x-api-key', 'secret']
  for (const code of [301, 302, 303, 307, 308]) {
    const { transport } = benchFor(t, upstream.origin, { redirects: 1 })
    const call = callFor(
      `/redirect?code=${code}`,
      {},
      { method: 'POST', headers, isRepeatable: false, body: Buffer.from('{"a":1}') },
    )
    const { body } = await transport.attempt(call)
    const echoed = JSON.parse(String(body))
    const post = code > 303
    t.strictSame([echoed.method, echoed.body], post ? ['POST', '{"a":1}'] : ['GET', ''], String(code))
    t.equal(echoed.headers['content-type'], post ? 'application/json' : undefined)
    t.equal(echoed.headers['x-api-key'], 'secret')
  }
})
