import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { sendRaw } from './client.ts'
import { blackHole, refusedPort, stoppedListener } from './upstream/holes.ts'

t.test('a refused port refuses', async (t) => {
  const { port, origin } = await refusedPort(t)
  t.match(await sendRaw(port, 'x'), { error: 'ECONNREFUSED', closed: 'rst' })
  t.equal(origin, `http://127.0.0.1:${port}`)
  const other = await refusedPort(t, '127.0.0.7')
  t.match(await sendRaw(other.port, 'x', { host: '127.0.0.7' }), { error: 'ECONNREFUSED' })
})

t.test('a connection to a black hole never completes', async (t) => {
  const { port, host } = await blackHole(t)
  const socket = connect(port, host).on('error', () => {})
  t.teardown(() => socket.destroy())
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.ok(socket.connecting)
})

t.test('a stopped listener connects, and nothing more', async (t) => {
  const { port, host } = await stoppedListener(t)
  const socket = connect(port, host)
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  t.match(await sendRaw(port, 'GET / HTTP/1.1\r\n\r\n', { timeoutMs: 100 }), {
    error: null,
    closed: false,
    status: null,
  })
})
