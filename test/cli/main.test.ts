import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { get, sendRaw } from '../support/client.ts'
import { configFile, startProcess } from '../support/service-process.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The process: it starts, refuses to start, and stops. */

t.test('without a configuration it serves the demo', async (t) => {
  const service = await startProcess(t)
  const address = await service.address()
  t.match(address, /^http:\/\/127\.0\.0\.1:\d+$/)
  const seen = new Set<boolean>()
  for (let n = 0; n < 6; n += 1) seen.add((await get(`${address}/aggregate`)).json.partial)
  t.same(seen, new Set([true, false]), 'complete and partial answers within a few calls')
  service.child.kill('SIGTERM')
  t.match(await service.exited, { code: 0 })
  t.equal(service.lines.filter(({ msg }) => msg === 'aggregate').length, 6, 'every line is out at exit')
  t.equal(service.stderr(), '')
})

t.test('a wrong configuration: every problem, exit 1, nothing listening', async (t) => {
  const config = 'server: { prot: 1 }\nsources:\n  a: { url: "http://127.0.0.1:1/{x}?key=s3cret", timeout: 10 }\n'
  const service = await startProcess(t, { config })
  t.match(await service.exited, { code: 1 })
  t.same(service.lines, [])
  for (const part of ['server.prot (line 1)', 'did you mean "port"', 'sources.a.timeout (line 3)', '"x"']) {
    t.ok(service.stderr().includes(part), part)
  }
  t.notMatch(service.stderr(), /s3cret|at .*\.ts:/, 'no secret, no stack')
})

t.test('refuses to start: an exit code and one line for each reason', async (t) => {
  const busy = createServer().listen(0, '127.0.0.1')
  t.teardown(() => busy.close())
  await pause(20)
  const { port } = busy.address() as { port: number }
  const cases: [object, number, RegExp][] = [
    [{ env: { PORT: String(port) } }, 1, new RegExp(`^port ${port} of 127\\.0\\.0\\.1 is in use; set PORT .*\\n$`)],
    [{ env: { HOST: '127.0.0.300' } }, 1, /HOST: "127\.0\.0\.300" is no valid address; write for example 127\.0\.0\.1/],
    [{ env: { HOST: '203.0.113.7' } }, 1, /^203\.0\.113\.7 is no address of this machine; set HOST.*\n$/],
    [{ env: { HOST: 'nowhere.invalid' } }, 1, /^the host name nowhere\.invalid is not known here; set HOST.*\n$/],
    [{ env: { LOG_LEVEL: 'loud' } }, 1, /^LOG_LEVEL: there is no level "loud"; there is trace, debug.*\n$/],
    [{ args: ['--nope'] }, 2, /^there is no option --nope\nusage: npm start.*\n$/],
    [{ args: ['--config'] }, 2, /^--config needs a file\nusage: npm start.*\n$/],
    [{ args: ['a.yaml', '--config', 'b.yaml'] }, 2, /^one configuration file is read, and 2 are named\nusage: /],
    [{ args: ['--config', '/no/such/file.yaml'] }, 1, /\/no\/such\/file\.yaml/],
  ]
  for (const [options, code, message] of cases) {
    const service = await startProcess(t, options)
    t.equal((await service.exited).code, code)
    t.match(service.stderr(), message)
    t.notMatch(service.stderr(), /\bat .*\.ts:/, 'no stack')
    t.same(service.lines, [])
  }
})

t.test('npm start takes --config and TRIBUTARY_CONFIG, and the environment wins over the file', async (t) => {
  const upstream = await startUpstream(t)
  const config = { server: { port: 1, host: '127.0.0.2' }, sources: { a: { url: upstream.url('/ok') } } }
  const file = await configFile(t, config)
  const port = await freePort()
  const env = { TRIBUTARY_CONFIG: file, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'warn' }
  const service = await startProcess(t, { env })
  await untilLive(`http://127.0.0.1:${port}`)
  t.same(service.lines, [], 'no line below the level')
  service.child.kill('SIGTERM')
  t.match(await service.exited, { code: 0 })
})

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
  const config = { sources: { large: { url: upstream.url('/ok?bytes=6000000'), maxBytes: '8mb', timeout: '5s' } } }
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
  socket.on('data', (chunk) => answer.push(chunk))
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
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
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

t.test('an unhandled rejection is logged as fatal, and ends the process with exit code 1', async (t) => {
  const upstream = await startUpstream(t)
  const config = { sources: { a: { url: upstream.url('/ok') } } }
  const trap = `data:text/javascript,process.on('SIGCONT', () => { void Promise.reject(new Error('boom')) })`
  const service = await startProcess(t, { config, env: { NODE_OPTIONS: `--import ${trap.replaceAll(' ', '%20')}` } })
  await service.address()
  service.child.kill('SIGCONT')
  t.equal((await service.exited).code, 1)
  t.match(
    service.lines.find(({ level }) => level === 60),
    { err: { message: 'boom' } },
  )
})

t.test('npm run check refuses the configurations that npm start refuses', async (t) => {
  const file = await configFile(t, 'sources: {}')
  const checked = spawnSync(process.execPath, ['src/cli/check.ts', '--config', file], { encoding: 'utf8' })
  const service = await startProcess(t, { args: ['--config', file] })
  t.equal(checked.status, 1)
  t.equal((await service.exited).code, 1)
})

async function untilLive(address: string): Promise<void> {
  const isLive = () => get(`${address}/health/live`).then(Boolean, () => false)
  for (let tries = 0; tries < 200 && !(await isLive()); tries += 1) await pause(50)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
