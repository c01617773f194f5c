import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Response } from '../../src/http/response.ts'

/** Writes of a socket's handle, by name. */
const WRITES = ['writev', 'writeLatin1String', 'writeUtf8String', 'writeBuffer'] as const
type Handle = Record<(typeof WRITES)[number], (...args: unknown[]) => unknown>

/** Serves requests with a handler, and notes how the kernel gets the answers. */
async function serve(t: Test, handle: (response: http.ServerResponse) => void) {
  const writes: string[] = []
  const server = http.createServer({ ServerResponse: Response }, (_request, response) => {
    const socket = (response.socket as unknown as { _handle: Handle })._handle
    for (const name of WRITES) {
      const real = socket[name].bind(socket)
      socket[name] = (...args) => {
        writes.push(name)
        return real(...args)
      }
    }
    handle(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, writes }
}

const CLOSE = { connection: 'close' }

t.test('a small body goes out in one piece with its head', async (t) => {
  const { url, writes } = await serve(t, (response) => {
    response.writeHead(200, { 'content-length': 6, 'x-name': 'é', ...CLOSE })
    response.end(Buffer.from('äöü'))
  })
  const answer = await fetch(url)
  t.equal(await answer.text(), 'äöü')
  t.equal(answer.headers.get('x-name'), 'é')
  t.same(writes, ['writeLatin1String'])
})

t.test('all bytes arrive as they are, whatever their number', async (t) => {
  let body = Buffer.alloc(0)
  const { url } = await serve(t, (response) => {
    response.writeHead(200, CLOSE)
    response.end(body)
  })
  const any = fc.uint8Array({ maxLength: 40_000, size: 'max' })
  await fc.assert(
    fc.asyncProperty(any, async (bytes) => {
      body = Buffer.from(bytes)
      const got = Buffer.from(await (await fetch(url)).arrayBuffer())
      return got.equals(body)
    }),
    { numRuns: 60 },
  )
})

t.test('the callback is called, with an encoding before it or without', async (t) => {
  let called = 0
  const { url } = await serve(t, (response) => {
    response.writeHead(200, CLOSE)
    response.write('a')
    if (called === 0) response.end(Buffer.from('b'), () => (called += 1))
    else response.end(Buffer.from('b'), 'utf8', () => (called += 1))
  })
  for (const times of [1, 2]) {
    t.equal(await (await fetch(url)).text(), 'ab')
    t.equal(called, times)
  }
})

t.test('a body without a length, and none for HEAD', async (t) => {
  const { url } = await serve(t, (response) => response.setHeader('connection', 'close').end(Buffer.from('äb')))
  const answer = await fetch(url)
  t.equal(answer.headers.get('content-length'), '3')
  t.equal(await answer.text(), 'äb')
  const head = await fetch(url, { method: 'HEAD' })
  t.equal(await head.text(), '')
})
