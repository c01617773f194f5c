import t from 'tap'
import { build } from '../support/build.ts'
import { startHttpProxy } from '../support/http-proxy.ts'
import { startTokenServer } from '../support/token-server.ts'
import { certificateFile } from '../support/upstream/tls.ts'

/** Tokens for a source behind a proxy are asked for through the proxy, too. */

t.test('one proxy for the source and its token endpoint; NO_PROXY is asked for each of them', async (t) => {
  const server = await startTokenServer(t, { tls: 'good' })
  const names = { 'localhost:443': server.port, [`127.0.0.1:${server.port}`]: server.port }
  const proxy = await startHttpProxy(t, { credentials: 'ada:pw', names })
  const source = {
    ...{ url: 'https://localhost/api', tls: { ca: certificateFile('ca') }, proxy: 'environment', retry: false },
    ...{ timeout: '5s', connectTimeout: '5s' },
  }
  const config = (tokenUrl: string) => ({ sources: { a: { ...source, auth: server.auth({ tokenUrl }) } } })
  const environment = (credentials: string) => ({
    HTTPS_PROXY: `http://${credentials}@127.0.0.1:${proxy.port}`,
    NO_PROXY: '127.0.0.1',
  })
  let read = 0
  const lines = () => {
    const latest = proxy.seen.slice(read).map(({ line }) => line)
    read = proxy.seen.length
    return latest
  }

  const both = await build(t, config('https://localhost/token'), environment('ada:pw'))
  t.same((await both.get('/aggregate')).json.data, { a: { ok: true } })
  t.same(lines(), Array(2).fill('CONNECT localhost:443 HTTP/1.1'))

  const one = await build(t, config(`https://127.0.0.1:${server.port}/token`), environment('ada:pw'))
  t.same((await one.get('/aggregate')).json.data, { a: { ok: true } })
  t.same(lines(), ['CONNECT localhost:443 HTTP/1.1'], 'the token endpoint was called directly')

  const before = server.asked
  const refused = await build(t, config('https://localhost/token'), environment('ada:no'))
  t.match((await refused.get('/aggregate')).json.failedSources, [
    { code: 'authorization_failed', upstreamStatus: null },
  ])
  t.same(lines(), ['CONNECT localhost:443 HTTP/1.1'])
  t.equal(server.asked, before)
})
