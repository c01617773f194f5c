import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { get, sendRaw } from '../support/client.ts'
import { configFile, freePort, startProcess, untilLive } from '../support/service-process.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The process: signals, and how it stops. */

t.test('SIGTERM: unready at once, serves on, then finishes requests in progress', async (t) => {
  const upstream = await startUpstream(t)
  const config = {
    server: { drainDelay: '600ms', shutdownTimeout: '5s' },
    sources: { quick: { url: upstream.url('/ok') }, slow: { url: upstream.url('/ok?delayMs=1000'), timeout: '3s' } },
    deadline: { default: '4s' },
  }
  const service = await startProcess(t, { config })
  const address = await service.address()
  t.equal((await get(`${address}/health/ready`)).status, 200)
  service.child.kill('SIGTERM')
  await pause(100)
  const ready = await get(`${address}/health/ready`)
  t.equal(ready.status, 503)
  t.match(ready.json, { type: 'urn:tributary:problem:not-ready' })
  t.equal((await get(`${address}/health/live`)).status, 200)
  const quick = await get(`${address}/aggregate?sources=quick`)
  t.match(quick, { status: 200, headers: { connection: 'close' } }, 'it serves on')
  const slow = await get(`${address}/aggregate?sources=slow`)
  t.equal(slow.status, 200, 'what outlasts the drain delay is finished')
  const { code } = await service.exited
  t.equal(code, 0)
  t.match(service.lines.at(-1), { msg: 'stopped' })
})

t.test('requests in progress at the shutdown timeout are cut off', async (t) => {
  const upstream = await startUpstream(t)
  const config = {
    server: { shutdownTimeout: '300ms' },
    sources: { silent: { url: upstream.url('/silent'), timeout: '9s' } },
    deadline: { default: '9s' },
  }
  const service = await startProcess(t, { config })
  const address = await service.address()
  const asked = get(`${address}/aggregate`).then(
    () => 'answered',
    () => 'cut',
  )
  await pause(100)
  const stoppedAt = performance.now()
  service.child.kill('SIGTERM')
  t.equal((await service.exited).code, 0)
  t.ok(performance.now() - stoppedAt < 2500)
  t.equal(await asked, 'cut')
  t.match(
    service.lines.find(({ msg }) => msg === 'answers were cut off'),
    { level: 40, requests: ['GET /aggregate'] },
    'the log says which',
  )
  t.match(
    service.lines.find(({ msg }) => msg === 'aggregate'),
    { status: 499, cancelled: true },
  )
})

t.test('an answer that is still being sent is sent to its end', async (t) => {
  const upstream = await startUpstream(t)
  const config = {
    sources: { large: { url: upstream.url('/ok?bytes=6000000'), maxBytes: '8mb', timeout: '9s' } },
    deadline: { default: '9s' },
  }
  const service = await startProcess(t, { config })
  const { port } = new URL(await service.address())
  const socket = connect({ port: Number(port), host: '127.0.0.1' })
  socket.write('GET /aggregate HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'readable')
  service.child.kill('SIGTERM')
  await pause(500)
  let received = 0
  for await (const chunk of socket) received += chunk.length
  t.ok(received > 6_000_000, `${received} bytes`)
  t.equal((await service.exited).code, 0)
  t.notOk(service.lines.some(({ msg }) => msg === 'answers were cut off'))
})

t.test('connections without a request do not delay the shutdown', async (t) => {
  const upstream = await startUpstream(t)
  const service = await startProcess(t, { config: { sources: { a: { url: upstream.url('/ok') } } } })
  const { port } = new URL(await service.address())
  const body = 'POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{'
  const sockets = ['', 'GET /aggre', body].map((bytes) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1' }).on('error', () => {})
    if (bytes !== '') socket.write(bytes)
    t.teardown(() => socket.destroy())
    return socket
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  await pause(200)
  const stoppedAt = performance.now()
  service.child.kill('SIGTERM')
  t.equal((await service.exited).code, 0)
  t.ok(performance.now() - stoppedAt < 4000, 'far from the shutdown timeout')
  t.notOk(service.lines.some(({ msg }) => msg === 'answers were cut off'))
})

t.test('a second signal, a second later, exits at once; earlier it is the same one', async (t) => {
  const upstream = await startUpstream(t)
  const config = { server: { drainDelay: '20s' }, sources: { a: { url: upstream.url('/ok') } } }
  const service = await startProcess(t, { config })
  const address = await service.address()
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) {
    service.child.kill(signal)
    await pause(150)
  }
  t.equal((await get(`${address}/aggregate`)).status, 200, 'three signals in a row are one')
  await pause(1000)
  const secondAt = performance.now()
  service.child.kill('SIGTERM')
  t.equal((await service.exited).code, 1)
  t.ok(performance.now() - secondAt < 2000)
})

t.test('a GET and a POST that wait for a slow source at SIGTERM get their answers', async (t) => {
  const upstream = await startUpstream(t)
  const config = {
    sources: { slow: { url: upstream.url('/ok?delayMs=1800'), timeout: '3s' } },
    deadline: { default: '4s' },
  }
  const service = await startProcess(t, { config })
  const address = await service.address()
  const headers = { 'content-type': 'application/json' }
  const asked = [
    get(`${address}/aggregate`),
    get(`${address}/aggregate`, { method: 'POST', headers, body: '{"requests":[{"source":"slow"}]}' }),
  ]
  await pause(200)
  service.child.kill('SIGTERM')
  for (const answer of await Promise.all(asked)) t.equal(answer.status, 200)
  t.equal((await service.exited).code, 0)
})

t.test('a GET with a body, and a POST that is still being sent at SIGTERM, get their answers', async (t) => {
  const upstream = await startUpstream(t)
  const config = {
    sources: { slow: { url: upstream.url('/ok?delayMs=1800'), timeout: '3s' } },
    deadline: { default: '4s' },
  }
  const service = await startProcess(t, { config })
  const { port } = new URL(await service.address())
  const large = `GET /aggregate HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`
  const withBody = sendRaw(Number(port), large, { until: /"slow":/, timeoutMs: 10_000 })
  const body = '{"requests":[{"source":"slow"}]}'
  const head = `POST /aggregate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const upload = connect({ port: Number(port), host: '127.0.0.1' })
  upload.write(head)
  const uploaded = sendSlowly(upload, body, 2200)
  await pause(200)
  service.child.kill('SIGTERM')
  t.equal((await withBody).status, 200)
  t.match(await uploaded, /^HTTP\/1\.1 200 /)
  t.equal((await service.exited).code, 0)
})

/** Sends a text byte by byte within this many milliseconds; resolves to the response. */
async function sendSlowly(socket: Socket, text: string, withinMs: number): Promise<string> {
  const answer: Buffer[] = []
  socket.on('data', (chunk) => answer.push(chunk as Buffer))
  const closed = once(socket, 'close')
  for (const byte of text) {
    await pause(withinMs / text.length)
    socket.write(byte)
  }
  await closed
  return Buffer.concat(answer).toString()
}

t.test('a signal to the whole process group, as from a terminal, cuts nothing', async (t) => {
  const upstream = await startUpstream(t)
  const config = {
    sources: { slow: { url: upstream.url('/ok?delayMs=900'), timeout: '3s' } },
    deadline: { default: '4s' },
  }
  const file = await configFile(t, config)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGINT', 'SIGTERM'] as const) {
    const port = await freePort()
    const env = { ...process.env, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'warn' }
    const npm = spawn('npm', ['start', '--silent', '--', '--config', file], { detached: true, env, stdio: 'ignore' })
    const exited = once(npm, 'exit')
    await untilLive(`http://127.0.0.1:${port}`)
    const asked = get(`http://127.0.0.1:${port}/aggregate`)
    await pause(200)
    process.kill(-(npm.pid as number), signal)
    t.equal((await asked).status, 200, signal)
    await exited
  }
})

t.test('if the log is not read, answers go on, and the process ends in time', async (t) => {
  const upstream = await startUpstream(t)
  const port = await freePort()
  const config = { sources: { a: { url: upstream.url('/ok') } } }
  const service = await startProcess(t, { config, deaf: true, env: { PORT: String(port), LOG_LEVEL: 'debug' } })
  const address = `http://127.0.0.1:${port}`
  await untilLive(address)
  // more than the buffers of a pipe and its reader
  const header = { 'x-request-id': 'x'.repeat(128) }
  for (let n = 0; n < 30; n += 1) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => get(`${address}/aggregate`, { headers: header })),
    )
    for (const { status } of answers) if (status !== 200) t.fail(`answered ${status}`)
  }
  const stoppedAt = performance.now()
  service.child.kill('SIGTERM')
  await service.exited
  t.ok(performance.now() - stoppedAt < 3000)
})
