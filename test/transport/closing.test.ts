import t from 'tap'
import type { Cancel } from '../../src/core/cancel.ts'
import { eventually } from '../support/eventually.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { benchFor, callFor } from './bench.ts'

/** Nothing more is sent after the call was called off, or the transport closed. */

t.test('a call that ends, or a transport that closes, as a redirect comes back makes no further request', async (t) => {
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
})

t.test('nor does one that broke on a connection from before', async (t) => {
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

t.test('after close an attempt fails at once, and is not made', async (t) => {
  const upstream = await startUpstream(t)
  const { transport, seen } = benchFor(t, upstream.origin)
  transport.close()
  const call = callFor('/ok')
  const { failure } = await transport.attempt(call)
  t.match(failure, { code: 'connection_terminated', retry: 'never', counts: false })
  t.equal(call.record.effort.attempts, 0)
  t.strictSame([seen.length, upstream.connections], [0, 0])
})

t.test('an attempt that close cuts off is not tried again either, not even for free', async (t) => {
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

/** An exchange stops listening as it ends. What is done then comes before the next request is made. */
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
