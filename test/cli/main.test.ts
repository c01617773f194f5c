import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { get } from '../support/client.ts'
import { configFile, freePort, startProcess, untilLive } from '../support/service-process.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The process: it starts, or refuses to start. */

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
