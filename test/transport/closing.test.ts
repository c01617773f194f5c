import t from 'tap'
import type { Cancel } from '../../src/core/cancel.ts'
import { eventually } from '../support/eventually.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { benchFor, callFor } from './bench.ts'

/** After a call is cancelled or the transport is closed, nothing more is sent. */

t.test(
  'if the call is cancelled or the transport closes when a redirect arrives, no further request is made',
  async (t) => {
    const upstream = await startUpstream(t)
    for (const [what, code] of [
      ['cancel', 'cancelled'],
      ['close', 'connection_terminated'],
    ]) {
      const { transport } = benchFor(t, upstream.origin, { redirects: 1 })
      const call = callFor('/status?code=302&location=/ok')
      const end = () => (what === 'close' ? transport.close() : call.cancel.cancel('client'))
      call.cancel.onCancel = atItsEnd(call.cancel, end)
      t.match(await transport.attempt(call), { failure: { code, retry: 'never' } })
      t.equal(upstream.count('/ok'), 0)
    }
  },
)

t.test('if the same happens when a stale connection fails, the request is not sent again', async (t) => {
  const upstream = await startUpstream(t)
  for (const [what, code] of [
    ['cancel', 'cancelled'],
    ['close', 'connection_terminated'],
  ]) {
    const { transport } = benchFor(t, upstream.origin)
    await transport.attempt(callFor('/ok'))
    upstream.reset()
    const connections = upstream.connections
    const call = callFor('/rst-before-headers')
    const end = () => (what === 'close' ? transport.close() : call.cancel.cancel('client'))
    call.cancel.onCancel = atItsEnd(call.cancel, end)
    t.match(await transport.attempt(call), { failure: { code, retry: 'never' } })
    t.strictSame([upstream.requests.length, upstream.connections], [1, connections])
  }
})

t.test('after close an attempt fails at once, without a request', async (t) => {
  const upstream = await startUpstream(t)
  const { transport, seen } = benchFor(t, upstream.origin)
  transport.close()
  const call = callFor('/ok')
  const { failure } = await transport.attempt(call)
  t.match(failure, { code: 'connection_terminated', retry: 'never', counts: false })
  t.equal(call.record.effort.attempts, 0)
  t.strictSame([seen.length, upstream.connections], [0, 0])
})

t.test('an attempt that close cuts off is not sent again, not even as a stale connection', async (t) => {
  const upstream = await startUpstream(t)
  for (const warm of [false, true]) {
    const { transport, seen } = benchFor(t, upstream.origin)
    if (warm) await transport.attempt(callFor('/ok'))
    upstream.reset()
    const connections = upstream.connections
    const outcome = transport.attempt(callFor('/silent'))
    await eventually(() => upstream.count('/silent') === 1)
    transport.close()
    const { failure } = await outcome
    t.match(failure, { code: 'connection_terminated', retry: 'never', counts: false })
    t.equal(seen.at(-1)?.reason, 'closed')
    t.equal(upstream.connections, connections + (warm ? 0 : 1), 'no new connection')
    t.equal(upstream.count('/silent'), 1)
  }
})

/** Runs `act` just after the exchange has removed its listener, which is before the next request is made. */
function atItsEnd(cancel: Cancel, act: () => void): Cancel['onCancel'] {
  const listen = cancel.onCancel.bind(cancel)
  return (listener) => {
    const stop = listen(listener)
    return () => {
      stop()
      queueMicrotask(act)
    }
  }
}
