import t from 'tap'
import { sendRaw } from './client.ts'
import { eventually } from './eventually.ts'
import { ca, type TlsVariant } from './upstream/tls.ts'
import { startUpstream } from './upstream/upstream.ts'

const errors: [TlsVariant, RegExp][] = [
  ['self-signed', /^DEPTH_ZERO_SELF_SIGNED_CERT$/],
  ['wrong-host', /^ERR_TLS_CERT_ALTNAME_INVALID$/],
  ['expired', /^CERT_HAS_EXPIRED$/],
  ['old-protocol', /^ERR_SSL_.*(PROTOCOL|VERSION)/],
  ['plain', /^ERR_SSL_/],
]

for (const [tls, error] of errors) {
  t.test(`${tls} fails as it says`, async (t) => {
    const upstream = await startUpstream(t, { tls })
    t.match(await sendRaw(upstream.port, 'GET /ok HTTP/1.1\r\n\r\n', { tls: { ca } }), { error, status: null })
    t.equal(upstream.requests.length, 0)
    t.match(upstream.origin, /^https:/)
  })
}

t.test('the old protocol is spoken to who insists on it', async (t) => {
  const { port } = await startUpstream(t, { tls: 'old-protocol' })
  const old = { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  t.match(await sendRaw(port, 'GET /ok HTTP/1.1\r\n\r\n', { tls: old }), { status: 200 })
})

t.test('a good certificate is good by its authority only', async (t) => {
  const upstream = await startUpstream(t, { tls: 'good', host: '127.0.0.2' })
  const ask = (path: string, tls: { ca?: string }) =>
    sendRaw(upstream.port, `GET ${path} HTTP/1.1\r\n\r\n`, { host: '127.0.0.2', tls, lingerMs: 60 })
  t.match(await ask('/ok', { ca }), { status: 200, body: '{"ok":true}', closed: false, error: null })
  t.match(await ask('/ok', {}), { error: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  t.match(await ask('/rst-in-body', { ca }), { complete: false, closed: 'rst' })
  t.match(await ask('/fin-in-body', { ca }), { complete: false, closed: 'fin' })
  await eventually(() => upstream.open === 0)
  t.equal(upstream.connections, 4)
})
