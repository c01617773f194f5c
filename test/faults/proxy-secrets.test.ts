import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { get } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { startHttpProxy } from '../support/http-proxy.ts'
import { configFile, startProcess } from '../support/service-process.ts'
import { tracedService } from '../support/traced-service.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Nothing of a proxy is shown: neither its address nor our credentials. */

const [USER, PASSWORD] = ['user-of-the-proxy', 'hunter2-hunter2']
const encoded = [`${USER}:${PASSWORD}`, USER, PASSWORD].map((text) => Buffer.from(text).toString('base64').slice(0, -4))
const formsOf = (port: number) => new RegExp([USER, PASSWORD, `:${port}`, 'proxy-auth', ...encoded].join('|'), 'i')

const SOURCES = {
  refused: { url: 'https://users.example/', retry: { attempts: 2 } },
  failing: { url: 'http://users.example/status?code=500', errorDetails: '@', exposeHeaders: ['via'] },
  // says what it was sent
  fine: { url: 'http://users.example/echo' },
}

t.test('in the environment of a process, at level trace', async (t) => {
  const upstream = await startUpstream(t)
  const proxy = await startHttpProxy(t, {
    credentials: `${USER}:${PASSWORD}`,
    names: { 'users.example': upstream.port },
  })
  const url = `http://${USER}:${PASSWORD}@127.0.0.1:${proxy.port}`
  const config = { defaults: { proxy: 'environment', timeout: '2s', connectTimeout: '2s' }, sources: SOURCES }
  const env = { LOG_LEVEL: 'trace', HTTP_PROXY: url, https_proxy: url, NO_PROXY: '', no_proxy: '' }
  const service = await startProcess(t, { config, env })
  const address = await service.address()
  const shown = []
  for (const path of [
    '/aggregate?explain=true',
    '/aggregate?strict=true',
    '/sources',
    '/metrics',
    '/docs/json',
    '/docs/yaml',
  ]) {
    const { body, headers } = await get(address + path)
    shown.push(body, JSON.stringify(headers))
  }
  t.match(shown[0], '"code":"connection_refused"')
  t.match(shown[0], '"fine":{"method":"GET"', 'the proxy was used')
  // they are written every 100 ms
  await eventually(() => service.lines.length > 4)
  t.notMatch(shown.join() + JSON.stringify(service.lines) + service.stderr(), formsOf(proxy.port))
})

t.test('by check', async (t) => {
  const main = fileURLToPath(new URL('../../src/cli/check.ts', import.meta.url))
  const config = await configFile(t, { defaults: { proxy: 'environment' }, sources: SOURCES })
  for (const [url, code] of [
    [`http://${USER}:${PASSWORD}@proxy.example:3128`, 0],
    [`http://${USER}:${PASSWORD}@proxy.example:3128/a`, 1],
    [`http://${USER}:${PASSWORD}%@proxy.example:3128`, 1],
    [`${USER}:${PASSWORD}`, 1],
  ] as const) {
    const env = { ...process.env, HTTPS_PROXY: url, NO_PROXY: `${PASSWORD}/8` }
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, '--config', config], {
      env,
      encoding: 'utf8',
    })
    t.equal(status, code, stderr)
    t.match(stdout + stderr, code === 0 ? /NO_PROXY.*left out/ : /the environment variable HTTPS_PROXY/)
    t.notMatch(stdout + stderr, /user-of|hunter2|proxy\.example/)
  }
})

t.test('in traces', async (t) => {
  const proxy = await startHttpProxy(t, { credentials: 'other:other' })
  const url = `http://${USER}:${PASSWORD}@127.0.0.1:${proxy.port}`
  const service = await tracedService(t, {
    defaults: { proxy: url },
    sources: { refused: { url: 'https://a.example/' } },
  })
  await service.get('/aggregate')
  const spans = await service.spans(2)
  const text = JSON.stringify(
    spans.map(({ name, attributes, status, events }) => ({ name, attributes, status, events })),
  )
  t.match(text, 'TRIBUTARY_PROXY_STATUS_407')
  t.notMatch(text, formsOf(proxy.port))
})
