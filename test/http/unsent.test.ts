import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { Unsent } from '../../src/http/unsent.ts'
import { get } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'

const BODY = Buffer.alloc(8 * 1024 * 1024, 'x')

/** Answers each request with 8 MB, which no kernel buffers whole. */
async function serve(t: Test, unsent: Unsent) {
  const cut: number[] = []
  const responses: ServerResponse[] = []
  const server = createServer((_request, response) => {
    responses.push(response)
    cut.push(unsent.add(response, BODY.length))
    response.end(BODY)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as { port: number }).port, cut, responses }
}

/** A client that asks and reads nothing. */
function deaf(t: Test, port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {}).pause()
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  t.teardown(() => socket.destroy())
  return socket
}

t.test('above the bound the oldest answers are cut off, and the others arrive', async (t) => {
  const unsent = new Unsent(20 * 1024 * 1024, 0)
  const { port, cut, responses } = await serve(t, unsent)
  for (let n = 1; n <= 2; n += 1) {
    deaf(t, port)
    await eventually(() => responses.length === n, 2000)
  }
  t.equal(unsent.bytes, 2 * BODY.length)
  const { body } = await get(`http://127.0.0.1:${port}/`)
  t.equal(body.length, BODY.length)
  t.same(cut, [0, 0, 1])
  await eventually(() => unsent.bytes === BODY.length, 2000)
  t.same(responses.map(({ destroyed }) => destroyed).slice(0, 2), [true, false], 'the oldest')
})

t.test('an answer that began just now is not cut off, and one that ended counts no more', async (t) => {
  const unsent = new Unsent(1024, 60_000)
  const { port, cut } = await serve(t, unsent)
  await Promise.all([get(`http://127.0.0.1:${port}/`), get(`http://127.0.0.1:${port}/`)])
  t.same(cut, [0, 0])
  await eventually(() => unsent.bytes === 0, 2000)
})

t.test('a client that leaves frees what waited for it', async (t) => {
  const unsent = new Unsent()
  const { port, responses } = await serve(t, unsent)
  const socket = deaf(t, port)
  await eventually(() => responses.length === 1, 2000)
  t.equal(unsent.bytes, BODY.length)
  socket.destroy()
  await eventually(() => unsent.bytes === 0, 2000)
  t.equal(unsent.add(responses[0] as ServerResponse, 5), 0)
  t.equal(unsent.bytes, 0, 'what has ended is not counted any more')
})
