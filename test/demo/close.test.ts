import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { startDemo } from '../../src/demo/demo.ts'

/** The servers and sockets that keep this process alive. In a file of its own, so that no other test's are among them. */
const openHandles = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))

/** What is still open after some turns of the event loop: a closed handle is listed until the loop has come round. */
async function leftOpen() {
  for (let turn = 0; turn < 100 && openHandles().length > 0; turn++) await setImmediate()
  return openHandles()
}

/** When it is closed, by an error too: the demo may cut it in the middle of anything. */
const closeOf = (socket: Socket) => new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))

t.test('close() leaves nothing open', async (t) => {
  const demo = await startDemo()
  t.teardown(() => demo.close())
  const { DEMO_GUARDIAN = '' } = demo.environment
  const port = Number(new URL(DEMO_GUARDIAN).port)
  t.equal(openHandles().length, 4)
  const silent = connect(port, '127.0.0.1')
  await once(silent, 'connect')
  const waiting = get(`${DEMO_GUARDIAN}/search`, { agent: false })
  const cut = t.rejects(once(waiting, 'response'), { code: 'ECONNRESET' })
  const [socket] = await once(waiting, 'socket')
  await once(socket, 'connect')
  const ended = Promise.all([closeOf(silent), closeOf(socket), cut])
  await demo.close()
  await ended
  t.same(await leftOpen(), [])
  await t.rejects(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' })
})

t.test('close() may be called again, and each call waits for the end', async (t) => {
  const demo = await startDemo()
  const [first, second] = [demo.close(), demo.close()]
  await second
  await t.resolves(first)
  await demo.close()
  t.same(await leftOpen(), [])
})
