import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { faultTable } from './table.ts'

const refused = {
  code: 'destination_ip_prohibited',
  retryable: false,
  source: { denyPrivateAddresses: true, retry: { attempts: 3 }, connectTimeout: '900ms' },
}

t.test('addresses that may not be called', async (t) => {
  await faultTable(t, [
    { target: 'http://localhost:1/x', ...refused },
    { target: 'https://localhost:1/x', ...refused },
    { target: 'http://127.0.0.1:1/x', ...refused },
    { target: 'http://0x7f.1:1/x', ...refused },
    { target: 'http://10.255.255.1/x', ...refused },
    { target: 'http://169.254.169.254/x', ...refused },
    { target: 'http://[::1]:1/x', ...refused },
    { target: 'https://[::ffff:7f00:1]:1/x', ...refused },
    { target: 'http://[fe80::1]/x', ...refused },
    { target: 'http://no-such-host.invalid/x', ...refused, code: 'dns_error', retryable: true, toMs: 900 },
    { target: '/ok', code: 'ok', source: { denyPrivateAddresses: false } },
  ])
})

t.test('no connection is made to them, whatever leads there', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    defaults: { denyPrivateAddresses: true },
    sources: {
      name: { url: `http://localhost:${upstream.port}/ok` },
      secure: { url: `https://localhost:${upstream.port}/ok` },
      literal: { url: upstream.url('/ok') },
    },
  })
  const { json, body } = await service.get('/aggregate')
  t.equal(json.failedSources.length, 3)
  for (const entry of json.failedSources) t.match(entry, { code: 'destination_ip_prohibited', attempts: 1 })
  t.notMatch(body, /localhost|127\.0/)
  t.equal(upstream.connections, 0)
})
