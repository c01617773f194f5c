import t from 'tap'
import { build } from '../support/build.ts'
import { get } from '../support/client.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

t.test('operationsPort takes the operations off the public port', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { operationsPort: 0, cors: { origins: ['https://app.example'] } },
    sources: { a: { url: upstream.url('/ok') } },
  })
  const operations = service.operationsAddress ?? ''
  t.match(operations, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.not(operations, service.address)
  t.match(service.log.named('listening'), [{ address: service.address, operationsAddress: operations }])
  for (const path of ['/health/live', '/health/ready', '/sources']) {
    t.equal((await service.get(path)).status, 404, path)
    t.equal((await get(operations + path)).status, 200, path)
    t.equal((await get(operations + path, { method: 'HEAD' })).status, 200, path)
    t.equal((await get(operations + path, { method: 'POST' })).status, 405, path)
  }
  for (const path of ['/', '/aggregate', '/docs/', '/docs/json']) {
    t.not((await get(service.address + path)).status, 404, path)
    t.equal((await get(operations + path)).status, 404, path)
  }
  const headers = { origin: 'https://app.example' }
  t.notOk('access-control-allow-origin' in (await get(`${operations}/sources`, { headers })).headers, 'for no page')
  const { paths, tags } = (await service.get('/docs/json')).json
  t.notOk(
    Object.keys(paths).some((path) => /health|sources$/.test(path)),
    'the document has what the port has',
  )
  t.notOk(tags.some(({ name }: { name: string }) => name === 'operations'))
})

t.test('while the service drains, the operations port says so', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { operationsPort: 0, drainDelay: '600ms' },
    sources: { a: { url: upstream.url('/ok') } },
  })
  const stopped = service.stop()
  t.equal((await get(`${service.operationsAddress}/health/ready`)).status, 503)
  t.equal((await get(`${service.operationsAddress}/health/live`)).status, 200)
  t.equal((await get(`${service.address}/aggregate`)).status, 200)
  await stopped
  await t.rejects(get(`${service.operationsAddress}/health/live`), { code: 'ECONNREFUSED' })
})

t.test('the slots that the public port has in use make the operations port unready', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    server: { operationsPort: 0, maxInFlight: 1 },
    sources: { a: { url: upstream.url('/ok?delayMs=600') } },
  })
  const asked = get(`${service.address}/aggregate`)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { status, json } = await get(`${service.operationsAddress}/health/ready`)
  t.equal(status, 503)
  t.match(json.detail, /limit/)
  t.equal((await asked).status, 200)
})
