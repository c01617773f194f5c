import { METHODS } from 'node:http'
import t from 'tap'
import { type Built, build } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'
import type { Owner } from '../support/owner.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The methods of each path, and the answers to other methods. Over real sockets: inject supports few methods. */

async function service(t: Owner, server: object = {}): Promise<Built> {
  const upstream = await startUpstream(t)
  return build(t, { server, sources: { a: { url: upstream.url('/ok') } }, views: { home: { sources: ['a'] } } })
}

const READ = 'GET, HEAD, OPTIONS'

/** Each route, and the methods that it has. */
const ROUTES: Readonly<Record<string, string>> = {
  '/': READ,
  '/aggregate': 'GET, HEAD, OPTIONS, POST',
  '/aggregate/home': READ,
  '/sources': READ,
  '/health/live': READ,
  '/health/ready': READ,
  '/docs': READ,
  '/docs/json': READ,
  '/docs/yaml': READ,
  '/docs/static/swagger-ui.css': READ,
}

function ask(built: Built, method: string, path: string, more = '', body = '') {
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  return sendRaw(built.port, `${method} ${path} HTTP/1.1\r\nHost: x\r\n${more}${length}\r\n${body}`)
}

t.test('a known path answers other methods with 405 and Allow', async (t) => {
  const built = await service(t)
  for (const [path, allow] of Object.entries(ROUTES)) {
    for (const method of METHODS) {
      // CONNECT has no path
      if (method === 'CONNECT' || allow.split(', ').includes(method)) continue
      const answer = await ask(built, method, path)
      const name = `${method} ${path}`
      t.equal(answer.status, 405, name)
      t.match(answer.headers, { allow, 'content-type': /^application\/problem\+json/, 'x-request-id': /./ }, name)
      t.match(JSON.parse(answer.body), {
        type: 'urn:tributary:problem:method-not-allowed',
        status: 405,
        detail: `The method ${method} is not allowed here; allowed methods: ${allow}.`,
        instance: path,
      })
    }
  }
})

t.test('the answer to a wrong method does not depend on the body', async (t) => {
  const built = await service(t)
  for (const headers of ['Content-Type: application/json\r\n', 'Content-Encoding: gzip\r\n', '']) {
    t.equal((await ask(built, 'POST', '/sources', headers, '{')).status, 405, headers)
    t.equal((await ask(built, 'POST', '/nope', headers, '{')).status, 404, headers)
    t.equal((await ask(built, 'POST', '/aggregate/nope', headers, '{')).status, 404, headers)
  }
})

t.test('OPTIONS is 204 with Allow, and 404 for an unknown path', async (t) => {
  const built = await service(t)
  for (const [path, allow] of Object.entries(ROUTES)) {
    const answer = await ask(built, 'OPTIONS', path)
    t.match(answer, { status: 204, body: '', headers: { allow, 'x-request-id': /./ } }, path)
  }
  t.match(await ask(built, 'OPTIONS', '*'), { status: 204, body: '' }, 'of the server as a whole')
  t.equal((await ask(built, 'OPTIONS', '/nope')).status, 404)
  t.equal((await ask(built, 'OPTIONS', '/aggregate/nope')).status, 404)
})

t.test('HEAD works like GET, also for errors, without a body', async (t) => {
  const built = await service(t)
  const wrong = ['/nope', '/aggregate/nope', '/aggregate?nope=1', '/aggregate/%zz', '/docs/static/nope']
  for (const path of [...Object.keys(ROUTES), ...wrong]) {
    const [get, head] = [await ask(built, 'GET', path), await ask(built, 'HEAD', path)]
    t.equal(head.status, get.status, path)
    t.equal(head.headers['content-type'], get.headers['content-type'], path)
    t.match(head.headers, { 'x-request-id': /./ })
    t.equal(head.raw.toString().split('\r\n\r\n', 2)[1], '', `${path}: nothing after the head`)
  }
})

t.test('a trailing slash is ignored, on every route and with every method', async (t) => {
  const built = await service(t)
  for (const [path, allow] of Object.entries(ROUTES)) {
    if (path === '/' || path.startsWith('/docs/static')) continue
    t.equal((await built.get(`${path}/`)).status, 200, path)
    t.match(await ask(built, 'DELETE', `${path}/`), { status: 405, headers: { allow } }, path)
    t.match(await ask(built, 'OPTIONS', `${path}/`), { status: 204, headers: { allow } }, path)
    t.equal((await ask(built, 'GET', `${path}//`)).status, 404, `${path}//`)
    t.equal((await ask(built, 'GET', `/${path}`)).status, 404, `/${path}`)
  }
  t.equal((await built.get('/aggregate/?sources=a')).status, 200, 'before a query')
  t.match(await built.get('/aggregate/nope/'), { status: 404, json: { detail: /^There is no view "nope"; / } })
  const page = await built.get('/docs/')
  const style = /href="(\.[^"]*swagger-ui\.css)"/.exec(page.body)?.[1] ?? ''
  const { pathname } = new URL(style, 'http://x/docs/')
  t.equal((await built.get(pathname)).status, 200, 'the page finds its files')
})

t.test('the links of /docs/ work behind a proxy with a path prefix', async (t) => {
  const built = await service(t)
  const links = [...(await built.get('/docs/')).body.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link)
  t.ok(links.length > 3)
  for (const link of links) t.match(link, /^\.\//)
})

t.test('without docs, / and /docs are 404', async (t) => {
  const built = await service(t, { docs: false })
  for (const path of ['/', '/docs', '/docs/', '/docs/json']) {
    for (const method of ['GET', 'DELETE', 'OPTIONS']) {
      const answer = await ask(built, method, path)
      t.match(answer, { status: 404, headers: { 'content-type': /^application\/problem\+json/ } }, `${method} ${path}`)
    }
  }
  t.equal((await ask(built, 'OPTIONS', '*')).status, 204)
})

t.test('an unknown view is a 404 for every method, which lists the views, the most similar first', async (t) => {
  const upstream = await startUpstream(t)
  const view = { sources: ['a'] }
  const built = await build(t, { sources: { a: { url: upstream.url('/ok') } }, views: { home: view, city: view } })
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
    t.equal((await ask(built, method, '/aggregate/citty')).status, 404, method)
  }
  const { json } = await built.get('/aggregate/citty')
  t.equal(json.detail, 'There is no view "citty"; known views: city, home.')
})
