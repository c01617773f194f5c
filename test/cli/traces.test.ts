import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { startCollector } from '../support/collector.ts'
import { eventually } from '../support/eventually.ts'
import { get } from '../support/get.ts'
import { configFile, freePort, type ServiceProcess, startProcess, untilLive } from '../support/service-process.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The process with `--import`, and a collector of OpenTelemetry. */

const ROOT = join(import.meta.dirname, '../..')
const MODULE = pathToFileURL(join(ROOT, 'src/telemetry/opentelemetry.mjs')).href
const { NODE_OPTIONS: OPTIONS = '' } = process.env
const IMPORT = { NODE_OPTIONS: `${OPTIONS} --import ${MODULE}` }

/** Starts the process with traces; its one source answers at once. */
async function start(t: Test, env: Record<string, string>): Promise<ServiceProcess> {
  const upstream = await startUpstream(t)
  return startProcess(t, { config: { sources: { a: { url: upstream.url('/ok') } } }, env: { ...IMPORT, ...env } })
}

/** Stops the process. Returns its exit code, and how long it took in milliseconds. */
async function stop({ child, exited }: ServiceProcess) {
  const from = performance.now()
  child.kill('SIGTERM')
  const { code } = await exited
  return { code, ms: performance.now() - from }
}

t.test('the collector receives the spans, the last ones at the end of the process', async (t) => {
  const collector = await startCollector(t)
  const service = await start(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  })
  const address = await service.address()
  const { status } = await get(`${address}/aggregate`)
  t.equal(status, 200)
  t.same(collector.requests, [], 'spans are sent in batches')
  const { code, ms } = await stop(service)
  t.equal(code, 0)
  t.ok(ms < 5000, `${ms} ms`)
  t.match(collector.requests, [{ path: '/v1/traces', headers: { 'x-key': 'secret' } }])
  const named = new Map(collector.spans.map((span) => [span.name, span]))
  t.same([...named.keys()].sort(), ['GET /aggregate', 'GET a'])
  t.equal(named.get('GET a')?.parentSpanId, named.get('GET /aggregate')?.spanId)
  t.match(
    new Map(collector.resources[0]?.attributes.map(({ key, value }) => [key, value])),
    new Map<string, unknown>([
      ['service.name', { stringValue: 'tributary' }],
      ['service.instance.id', { stringValue: /^[\da-f-]{36}$/ }],
      ['deployment.environment.name', { stringValue: 'test' }],
    ]),
  )
  t.same(
    service.lines.filter(({ level }) => Number(level) > 30),
    [],
  )
})

t.test('a collector that hangs delays no answer, and the end by a second at most', async (t) => {
  const collector = await startCollector(t, true)
  const service = await start(t, {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.endpoint}/v1/traces`,
    OTEL_BSP_SCHEDULE_DELAY: '1',
  })
  const address = await service.address()
  await get(`${address}/aggregate`)
  await eventually(() => collector.requests.length > 0, 5000)
  const from = performance.now()
  for (let count = 0; count < 20; count += 1) t.equal((await get(`${address}/aggregate`)).status, 200)
  t.ok(performance.now() - from < 5000)
  const { code, ms } = await stop(service)
  t.equal(code, 0)
  t.ok(ms > 900 && ms < 6000, `${ms} ms`)
  t.match(
    service.lines.filter(({ msg }) => msg === 'traces lost'),
    [{ level: 40, reason: 'the collector did not take the last spans in time' }],
  )
})

t.test('a collector that is not there is told of once', async (t) => {
  const service = await start(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '50',
    OTEL_BSP_SCHEDULE_DELAY: '1',
  })
  const address = await service.address()
  const lost = () => service.lines.filter(({ msg }) => msg === 'traces lost')
  for (let count = 0; count < 5 || (lost().length === 0 && count < 100); count += 1) {
    t.equal((await get(`${address}/aggregate`)).status, 200)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { code } = await stop(service)
  t.equal(code, 0)
  t.match(lost(), [{ level: 40, reason: 'ECONNREFUSED' }])
})

t.test('a variable that is wrong: one line, and nothing listens', async (t) => {
  const service = await start(t, { OTEL_TRACES_SAMPLER: 'xray' })
  const { code } = await service.exited
  t.equal(code, 1)
  t.match(service.stderr(), /^OTEL_TRACES_SAMPLER: there is no "xray" here; .*\n$/)
  t.same(service.lines, [])
})

t.test('without the packages: one line', async (t) => {
  // not below the project, whose packages would be found
  const folder = await mkdtemp(join(tmpdir(), 'tributary-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'node_modules'))
  for (const part of ['package.json', 'src', 'routes', 'config'])
    await cp(join(ROOT, part), join(folder, part), { recursive: true, verbatimSymlinks: true })
  const packages = (await readdir(join(ROOT, 'node_modules'))).filter((name) => name !== '@opentelemetry')
  for (const name of packages) await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  const run = (args: readonly string[]) =>
    spawnSync(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, PORT: '0' },
      encoding: 'utf8',
      timeout: 20_000,
    })
  const flag = ['--import', './src/telemetry/opentelemetry.mjs']
  const { status, stdout, stderr } = run([...flag, 'src/main.ts'])
  t.match(
    { status, stdout, stderr },
    {
      status: 1,
      stdout: '',
      stderr: /^traces need the optional packages of OpenTelemetry \(@opentelemetry\/\S+ is missing\); run .*\n$/,
    },
  )
  const file = await configFile(t, { sources: { a: { url: 'http://127.0.0.1:1' } } })
  const check = run([...flag, '--require', './src/cli/launch.cjs', 'src/cli/check.ts', file])
  t.equal(check.status, 0, 'other commands do not need them')
})

t.test('npm start with NODE_OPTIONS, whatever Node npm runs on', async (t) => {
  const collector = await startCollector(t)
  const upstream = await startUpstream(t)
  const file = await configFile(t, { sources: { a: { url: upstream.url('/ok') } } })
  const port = await freePort()
  const PATH = [process.env.PATH, dirname(process.execPath)].join(delimiter)
  const env = {
    ...process.env,
    PATH,
    PORT: String(port),
    NODE_OPTIONS: `${OPTIONS} --import ./src/telemetry/opentelemetry.mjs`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_SERVICE_NAME: 'edge',
  }
  const npm = spawn('npm', ['start', '--silent', '--', '--config', file], { cwd: ROOT, env, stdio: 'ignore' })
  const exited = once(npm, 'exit')
  t.teardown(() => npm.kill('SIGKILL'))
  await untilLive(`http://127.0.0.1:${port}`)
  t.equal((await get(`http://127.0.0.1:${port}/aggregate`)).status, 200)
  npm.kill('SIGTERM')
  await exited
  const name = collector.resources[0]?.attributes.find(({ key }) => key === 'service.name')
  t.same(name?.value, { stringValue: 'edge' })
  t.same(collector.spans.map(({ name }) => name).sort(), ['GET /aggregate', 'GET a'])
})
