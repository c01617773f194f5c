import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { get } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { configFile, freePort, type ServiceProcess, startProcess, untilLive } from '../support/service-process.ts'
import { ca, certificateFile } from '../support/upstream/tls.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** SIGHUP and --watch, with real processes. */

async function started(t: Test, args: readonly string[] = []) {
  const upstream = await startUpstream(t)
  const config = (id: string, more: object = {}) =>
    JSON.stringify({
      // a busy machine makes no call fail
      deadline: { default: '9s' },
      defaults: { timeout: '8s', connectTimeout: '5s' },
      ...more,
      sources: { [id]: { url: upstream.url('/ok'), values: {}, headers: { 'x-key': 's3cret' } } },
    })
  const file = await configFile(t, config('first'))
  const service = await startProcess(t, { args: ['--config', file, ...args] })
  const address = await service.address()
  const keys = async () => Object.keys((await get(`${address}/aggregate`)).json.data)
  const line = (msg: string) => service.lines.find((one) => one.msg === msg)
  return { service, file, config, keys, line, address }
}

/** Waits until the process has a listener for SIGHUP: before Node has run its first line, the signal would end it. */
async function untilListens({ child }: ServiceProcess): Promise<void> {
  const isCaught = () => {
    const [, mask = ''] = /^SigCgt:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
    // SIGHUP is 1, the lowest bit
    return Number.parseInt(mask.slice(-1), 16) % 2 === 1
  }
  await eventually(isCaught, 15_000)
}

/** Waits for a line of the log. */
async function told(service: ServiceProcess, msg: string, count = 1): Promise<void> {
  await eventually(() => service.lines.filter((line) => line.msg === msg).length >= count, 5000)
}

t.test('SIGHUP loads the configuration again; a wrong one keeps the old and says why', async (t) => {
  const { service, file, config, keys, line } = await started(t)
  t.same(await keys(), ['first'])
  await writeFile(file, config('second'))
  service.child.kill('SIGHUP')
  await told(service, 'reloaded')
  t.match(line('reloaded'), {
    level: 30,
    kept: [],
    started: ['second'],
    stopped: ['first'],
    needRestart: [],
    warnings: [],
  })
  t.same(await keys(), ['second'])
  await writeFile(file, config('third', { server: { prot: 1 } }))
  service.child.kill('SIGHUP')
  await told(service, 'reload refused: the old configuration stays')
  t.match(line('reload refused: the old configuration stays'), {
    level: 50,
    problems: [/^server\.prot \(line 1\): is an unknown key; did you mean "port"\?/],
  })
  t.same(await keys(), ['second'])
  await rm(file)
  service.child.kill('SIGHUP')
  await told(service, 'reload refused: the old configuration stays', 2)
  await writeFile(file, config('fourth', { server: { port: 1, maxInFlight: 7 } }))
  service.child.kill('SIGHUP')
  await told(service, 'reloaded', 2)
  t.same(await keys(), ['fourth'])
  service.child.kill('SIGTERM')
  t.match(await service.exited, { code: 0 })
  t.notMatch(JSON.stringify(service.lines), /s3cret/)
})

t.test('HOST and PORT of the environment still win, and a changed port in the file needs a restart', async (t) => {
  const upstream = await startUpstream(t)
  const config = (port: number) => JSON.stringify({ server: { port }, sources: { a: { url: upstream.url('/ok') } } })
  const port = await freePort()
  const file = await configFile(t, config(port))
  const service = await startProcess(t, { args: ['--config', file], env: { PORT: '' } })
  t.equal(await service.address(), `http://127.0.0.1:${port}`)
  await writeFile(file, config(port + 1))
  service.child.kill('SIGHUP')
  await told(service, 'these keys need a restart; their old values stay')
  t.match(
    service.lines.find(({ msg }) => String(msg).startsWith('these keys')),
    { level: 40, keys: ['server.port'] },
  )
  t.equal((await get(`http://127.0.0.1:${port}/health/live`)).status, 200)
})

t.test('many signals at once, and one while it starts', async (t) => {
  const { service, file, config, keys } = await started(t)
  await writeFile(file, config('second'))
  for (let n = 0; n < 20; n += 1) service.child.kill('SIGHUP')
  await told(service, 'reloaded')
  await pause(300)
  t.ok(service.lines.filter(({ msg }) => msg === 'reloaded').length <= 20)
  t.same(await keys(), ['second'])
  const early = await startProcess(t, { config: config('early') })
  await untilListens(early)
  const timer = setInterval(() => early.child.kill('SIGHUP'), 20)
  t.teardown(() => clearInterval(timer))
  t.match(await early.address(), /^http/)
  clearInterval(timer)
})

t.test('--watch reloads when the file is written, replaced or removed and restored', async (t) => {
  const { service, file, config, keys } = await started(t, ['--watch'])
  await writeFile(file, config('second'))
  await told(service, 'reloaded')
  t.same(await keys(), ['second'])
  await writeFile(`${file}.new`, config('third'))
  await rename(`${file}.new`, file)
  await told(service, 'reloaded', 2)
  t.same(await keys(), ['third'])
  await rm(file)
  await told(service, 'the configuration file is gone: the old configuration stays')
  t.same(await keys(), ['third'])
  await writeFile(file, 'sources: {')
  await told(service, 'reload refused: the old configuration stays')
  await writeFile(file, config('fourth'))
  await told(service, 'reloaded', 3)
  t.same(await keys(), ['fourth'])
})

t.test('SIGTERM during a reload stops the process', async (t) => {
  const { service } = await started(t)
  service.child.kill('SIGHUP')
  service.child.kill('SIGTERM')
  t.match(await service.exited, { code: 0 })
})

t.test('reloads under load lose nothing', { timeout: 100_000 }, async (t) => {
  const { service, file, config, address } = await started(t)
  const lost: string[] = []
  let answered = 0
  let isOver = false
  const ask = async (): Promise<void> => {
    while (!isOver) {
      const end = await get(`${address}/aggregate`).then(
        ({ status }) => String(status),
        (error) => String(error.code ?? error),
      )
      if (end === '200') answered += 1
      else lost.push(end)
    }
  }
  const askers = Array.from({ length: 8 }, ask)
  for (let n = 0; n < 20; n += 1) {
    await writeFile(`${file}.new`, n % 5 === 4 ? 'sources: {' : config(`s${n}`))
    await rename(`${file}.new`, file)
    service.child.kill('SIGHUP')
    const before = answered
    await Promise.all([pause(100), eventually(() => answered > before + 5, 20_000)])
  }
  isOver = true
  await Promise.all(askers)
  t.same(lost, [])
  t.ok(answered > 100)
  t.comment(`${answered} answered, ${lost.length} lost in 20 reloads`)
})

const NO_TERMINAL = spawnSync('script', ['--version']).status === 0 ? false : 'the command `script` is missing'

t.test('when its terminal is closed, the process ends instead', { skip: NO_TERMINAL }, async (t) => {
  const upstream = await startUpstream(t)
  const file = await configFile(t, JSON.stringify({ sources: { a: { url: upstream.url('/ok') } } }))
  const port = await freePort()
  const main = new URL('../../src/main.ts', import.meta.url).pathname
  const command = `${process.execPath} ${main} --config ${file}`
  // util-linux's script runs a command in a terminal of its own
  const terminal = spawn('script', ['-qfc', command, '/dev/null'], {
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'warn' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await untilLive(`http://127.0.0.1:${port}`)
  terminal.kill('SIGKILL')
  const isGone = () =>
    get(`http://127.0.0.1:${port}/health/live`).then(
      () => false,
      () => true,
    )
  let gone = false
  for (let n = 0; n < 60 && !gone; n += 1) {
    await pause(100)
    gone = await isGone()
  }
  t.ok(gone, 'nothing listens any more')
})

t.test('a file of tls is read again by SIGHUP, and by itself with --watch', async (t) => {
  const upstream = await startUpstream(t, { tls: 'good' })
  const file = await configFile(t, {
    defaults: { connectTimeout: '1s', timeout: '2s', retry: false, breaker: false },
    sources: { a: { url: upstream.url('/ok'), tls: { ca: 'ca.pem' } }, b: { url: upstream.url('/ok') } },
  })
  const caFile = join(dirname(file), 'ca.pem')
  await writeFile(caFile, readFileSync(certificateFile('self-signed')))
  const service = await startProcess(t, { args: [file, '--watch'] })
  const address = await service.address()
  const data = async () => (await get(`${address}/aggregate?sources=a`)).json.data?.a ?? null
  t.equal(await data(), null)
  await rm(caFile)
  await told(service, 'reload refused: the old configuration stays')
  await writeFile(caFile, ca)
  await told(service, 'reloaded')
  t.match(
    service.lines.find(({ msg }) => msg === 'reloaded'),
    { started: ['a'], stopped: ['a'], kept: ['b'] },
  )
  t.same(await data(), { ok: true })
  // as a mounted secret is renewed: another file takes its place
  await writeFile(`${caFile}.new`, readFileSync(certificateFile('expired')))
  await rename(`${caFile}.new`, caFile)
  await told(service, 'reloaded', 2)
  t.equal(await data(), null)
  // without a change nothing starts anew
  service.child.kill('SIGHUP')
  await told(service, 'reloaded', 3)
  t.match(
    service.lines.findLast(({ msg }) => msg === 'reloaded'),
    { started: [], kept: ['a', 'b'] },
  )
  t.notMatch(JSON.stringify(service.lines), /ca\.pem|BEGIN/)
})
