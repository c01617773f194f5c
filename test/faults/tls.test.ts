import tls from 'node:tls'
import t from 'tap'
import { get } from '../support/client.ts'
import type { Owner } from '../support/owner.ts'
import { startProcess } from '../support/service-process.ts'
import { ca, certificateFile, type TlsVariant } from '../support/upstream/tls.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { faultTable } from './table.ts'

/** As NODE_EXTRA_CA_CERTS does at start. */
function trustTestAuthority(t: Owner): void {
  const before = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...before, ca])
  t.teardown(() => tls.setDefaultCACertificates(before))
}

const certificate = { code: 'tls_certificate_error', retryable: false }
const refused = { code: 'tls_alert_received', retryable: false }
const protocol = { code: 'tls_protocol_error', retryable: false }

const faults: Record<TlsVariant, object> = {
  good: { code: 'ok', data: '{"ok":true}' },
  'self-signed': certificate,
  'wrong-host': certificate,
  expired: certificate,
  'old-protocol': protocol,
  plain: protocol,
  'client-certificate': refused,
  'client-certificate-1.2': refused,
}

for (const [variant, fault] of Object.entries(faults)) {
  t.test(`TLS: ${variant}`, async (t) => {
    trustTestAuthority(t)
    await faultTable(t, [{ target: '/ok', code: 'ok', ...fault }], { tls: variant as TlsVariant })
  })
}

t.test('NODE_EXTRA_CA_CERTS counts beside the authorities of tls.ca', async (t) => {
  const upstream = await startUpstream(t, { tls: 'good' })
  // its only authority is itself
  const other = certificateFile('self-signed')
  const url = upstream.url('/ok')
  const defaults = { connectTimeout: '3s', timeout: '3s', retry: false }
  const config = { defaults, sources: { plain: { url }, own: { url, tls: { ca: other } } } }
  const codesWith = async (NODE_EXTRA_CA_CERTS: string) => {
    const { address } = await startProcess(t, { config, env: { NODE_EXTRA_CA_CERTS } })
    const { json } = await get(`${await address()}/aggregate`)
    return json.failedSources.map(({ code }: { code: string }) => code)
  }
  t.same(await codesWith(certificateFile('ca')), [])
  t.same(await codesWith(other), ['tls_certificate_error', 'tls_certificate_error'])
})
