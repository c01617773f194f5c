import tls from 'node:tls'
import t from 'tap'
import type { Owner } from '../support/owner.ts'
import { ca, type TlsVariant } from '../support/upstream/tls.ts'
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
