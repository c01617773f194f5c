import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { get } from './client.ts'
import { trackLeaks } from './leaks.ts'
import { startUpstream } from './upstream/upstream.ts'

t.test('finds what stays, refd or not, and where it was made', async (t) => {
  const upstream = await startUpstream(t)
  const emitter = new EventEmitter()
  const { signal } = new AbortController()
  const leaks = trackLeaks(t, [emitter, signal])
  const timer = setTimeout(() => {}, 60_000).unref()
  const socket = connect(upstream.port, '127.0.0.1').unref()
  await once(socket, 'connect')
  const listener = () => {}
  process.on('SIGUSR2', listener)
  emitter.on('thing', listener)
  signal.addEventListener('abort', listener)
  await t.rejects(leaks.assertNone(30), { message: /^\d+ left after 30 ms:\n.*Timeout at .*leaks\.test\.ts/s })
  const left = leaks.remaining().join('\n')
  t.match(left, /TCPWRAP .*leaks\.test\.ts/)
  t.match(
    left,
    /1 listeners for 'SIGUSR2' on process\n1 listeners for 'thing' on EventEmitter\n1 .*'abort' on AbortSignal/,
  )

  clearTimeout(timer)
  socket.destroy()
  process.off('SIGUSR2', listener)
  emitter.off('thing', listener)
  signal.removeEventListener('abort', listener)
  await leaks.assertNone()
})

t.test('what was there before does not count, and the support leaves nothing', async (t) => {
  const before = setTimeout(() => {}, 60_000)
  t.teardown(() => clearTimeout(before))
  const leaks = trackLeaks(t)
  const ends: (() => unknown)[] = []
  const upstream = await startUpstream({ teardown: (end) => ends.push(end) })
  await get(upstream.url('/ok?delayMs=5'))
  for (const path of ['/silent', '/drip-body', '/endless-103', '/endless-body', '/status?dripMs=1']) {
    await t.rejects(get(upstream.url(path), { timeoutMs: 20 }))
  }
  await Promise.all(ends.map((end) => end()))
  await leaks.assertNone()
})
