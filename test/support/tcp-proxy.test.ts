import { Agent } from 'node:http'
import t from 'tap'
import { get, sendRaw } from './client.ts'
import { eventually } from './eventually.ts'
import { startTcpProxy } from './tcp-proxy.ts'
import { refusedPort } from './upstream/holes.ts'
import { startUpstream } from './upstream/upstream.ts'

const request = 'GET /ok?bytes=1000 HTTP/1.1\r\n\r\n'

t.test('each mode, switched while running', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startTcpProxy(t, upstream)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const ask = () => get(`${proxy.origin}/ok?bytes=1000`, { agent })

  t.match(await ask(), { status: 200, body: /^.{1000}$/ })
  proxy.set({ latencyMs: 40 })
  const slow = await ask()
  t.ok(slow.ms > 77, `there and back: ${slow.ms}`)
  proxy.set({ latencyMs: null, bytesPerSecond: 10_000 })
  const narrow = await ask()
  t.ok(narrow.ms > 95, `at 10 kB a second: ${narrow.ms}`)
  proxy.set({ bytesPerSecond: null, sliceBytes: 100 })
  t.match(await ask(), { status: 200, body: /^.{1000}$/ })

  proxy.set({ stall: true })
  const stalled = ask()
  await new Promise((resolve) => setTimeout(resolve, 60))
  proxy.set({ stall: false })
  const { ms } = await stalled
  t.ok(ms > 57, `held back: ${ms}`)
  t.same([proxy.connections, proxy.open, upstream.connections], [1, 1, 1], 'all of it on one connection')
})

t.test('slices arrive apart', async (t) => {
  const proxy = await startTcpProxy(t, await startUpstream(t), { sliceBytes: 1, bytesPerSecond: 20_000 })
  const answer = await sendRaw(proxy.port, 'GET /ok HTTP/1.1\r\n\r\n')
  t.match(answer, { status: 200, body: '{"ok":true}' })
  t.ok(answer.ms > 45, `a timer a byte: ${answer.ms}`)
})

t.test('cuts after so many bytes, and at once', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startTcpProxy(t, upstream, { cutAfterBytes: 200 })
  const fin = await sendRaw(proxy.port, request)
  t.match([fin.raw.length, fin.closed], [200, 'fin'])
  proxy.set({ cut: 'rst' })
  const rst = await sendRaw(proxy.port, request)
  t.match([rst.raw.length, rst.closed], [200, 'rst'])
  proxy.set({ cutAfterBytes: null })
  for (const how of ['fin', 'rst'] as const) {
    const cut = sendRaw(proxy.port, 'GET /silent HTTP/1.1\r\n\r\n')
    await eventually(() => upstream.count('/silent') === 1)
    proxy.cutAll(how)
    t.match(await cut, { closed: how })
    upstream.reset()
  }
})

t.test('passes on how either side ends', async (t) => {
  const proxy = await startTcpProxy(t, await startUpstream(t))
  t.match(await sendRaw(proxy.port, 'GET /rst-in-body HTTP/1.1\r\n\r\n'), { closed: 'rst', complete: false })
  t.match(await sendRaw(proxy.port, 'GET /fin-in-body HTTP/1.1\r\n\r\n'), { closed: 'fin', complete: false })
  const nobody = await startTcpProxy(t, await refusedPort(t))
  t.match(await sendRaw(nobody.port, request), { closed: 'rst' })
})
