import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { build } from '../support/build.ts'
import { get } from '../support/client.ts'
import { ca, certificateFile, tlsOptions } from '../support/upstream/tls.ts'

/** `unixSocket`: requests go to a socket file. */

/** The path of a socket must be short. */
async function shortFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

async function listenAt(t: Test, path: string, secure = false): Promise<void> {
  const answer = ({ headers, url }: IncomingMessage, response: ServerResponse) =>
    response.end(JSON.stringify({ host: headers.host, url }))
  const server = secure ? createSecure({ ...tlsOptions('good'), ca }, answer) : createServer(answer)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
}

t.test('a source behind a socket file, with http and https', async (t) => {
  const folder = await shortFolder(t)
  const [plain, secure] = [join(folder, 'p.sock'), join(folder, 's.sock')]
  await listenAt(t, plain)
  await listenAt(t, secure, true)
  const service = await build(t, {
    sources: {
      plain: { url: 'http://users/a{?q}', params: { q: { default: 'x y', type: 'string' } }, unixSocket: plain },
      secure: {
        url: 'https://localhost/b',
        unixSocket: secure,
        tls: { ca: certificateFile('ca') },
        connectTimeout: '1s',
      },
      misnamed: {
        url: 'https://users/b',
        unixSocket: secure,
        tls: { ca: certificateFile('ca') },
        connectTimeout: '1s',
      },
    },
  })
  for (let times = 0; times < 2; times += 1) {
    const { json } = await service.get('/aggregate')
    t.same(json.data, {
      plain: { host: 'users', url: '/a?q=x%20y' },
      secure: { host: 'localhost', url: '/b' },
      misnamed: null,
    })
    t.match(json.failedSources, [{ id: 'misnamed', code: 'tls_certificate_error' }])
  }
})

t.test(
  'a socket file that is missing, abandoned or another file is a refused connection, and is not shown',
  async (t) => {
    const folder = await shortFolder(t)
    writeFileSync(join(folder, 'text.sock'), 'x')
    const url = 'http://users/'
    const service = await build(t, {
      defaults: { retry: false },
      sources: {
        missing: { url, unixSocket: join(folder, 'none.sock') },
        file: { url, unixSocket: join(folder, 'text.sock') },
        directory: { url, unixSocket: folder },
      },
    })
    const { json } = await service.get('/aggregate?explain=true')
    t.match(
      json.failedSources.map(({ code }: { code: string }) => code),
      ['connection_refused', 'connection_refused', 'connection_refused'],
    )
    const sources = await get(`${service.address}/sources`)
    t.notMatch(JSON.stringify([json, sources.json, service.log.lines]), /\.sock|tributary-/)
  },
)
