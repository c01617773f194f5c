import t from 'tap'
import { build } from '../support/build.ts'
import { startHttpProxy } from '../support/http-proxy.ts'
import { certificateFile } from '../support/upstream/tls.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** `proxy` of a source: what its proxy, and the source behind it, get to see. */

const OWN = { ca: certificateFile('ca') }
const DEFAULTS = { timeout: '3s', connectTimeout: '3s', retry: false, breaker: false }

t.test('https goes through a tunnel, of which the proxy sees the host and its own credentials only', async (t) => {
  const upstream = await startUpstream(t, { tls: 'good' })
  const proxy = await startHttpProxy(t, { credentials: 'ada:p@ss wörd', names: { 'localhost:443': upstream.port } })
  const service = await build(t, {
    defaults: { ...DEFAULTS, proxy: `http://ada:p%40ss%20w%C3%B6rd@127.0.0.1:${proxy.port}`, tls: OWN },
    sources: {
      named: { url: 'https://localhost/echo', headers: { 'x-key': 'of-the-source' } },
      misnamed: { url: 'https://nowhere.invalid/echo' },
      address: { url: `https://127.0.0.1:${upstream.port}/echo` },
    },
  })
  for (let times = 0; times < 2; times += 1) {
    const { json } = await service.get('/aggregate')
    t.match(json.failedSources, [{ id: 'misnamed', code: 'connection_refused' }])
    t.match(json.data.named.headers, { host: 'localhost', 'x-key': 'of-the-source' })
    t.notOk('proxy-authorization' in json.data.named.headers, 'the source does not see our credentials')
    t.equal(json.data.address.headers.host, `127.0.0.1:${upstream.port}`)
  }
  const lines = proxy.seen.map(({ line }) => line)
  t.equal(lines.filter((line) => line === 'CONNECT localhost:443 HTTP/1.1').length, 1, 'the tunnel is used again')
  t.equal(lines.filter((line) => line === `CONNECT 127.0.0.1:${upstream.port} HTTP/1.1`).length, 1)
  t.same(new Set(proxy.seen.flatMap(({ headers }) => Object.keys(headers))), new Set(['host', 'proxy-authorization']))
  t.equal(proxy.seen[0]?.headers.host, lines[0]?.split(' ')[1])
})
