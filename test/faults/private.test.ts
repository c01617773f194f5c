import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { faultTable } from './table.ts'

const refused = {
  code: 'destination_ip_prohibited',
  retryable: false,
  source: { denyPrivateAddresses: true, retry: { attempts: 3 }, connectTimeout: '900ms' },
}

// Addresses in a URL are refused when the configuration is checked; test/source/transport/ has those.

t.test('host names that resolve to private addresses', async (t) => {
  await faultTable(t, [
    { target: 'http://localhost:1/x', ...refused },
    { target: 'https://localhost:1/x', ...refused },
    { target: 'http://no-such-host.invalid/x', ...refused, code: 'dns_error', retryable: true, toMs: 900 },
    { target: '/ok', code: 'ok', source: { denyPrivateAddresses: false } },
  ])
})

t.test('no connection is made to private addresses, by any way', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    defaults: { denyPrivateAddresses: true },
    sources: {
      name: { url: `http://localhost:${upstream.port}/ok` },
      secure: { url: `https://localhost:${upstream.port}/ok` },
    },
  })
  const { json, body } = await service.get('/aggregate')
  t.equal(json.failedSources.length, 2)
  for (const entry of json.failedSources) t.match(entry, { code: 'destination_ip_prohibited', attempts: 1 })
  t.notMatch(body, /localhost|127\.0/)
  t.equal(upstream.connections, 0)
})
