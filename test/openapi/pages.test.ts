import t from 'tap'
import { parse } from 'yaml'
import { build } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'

/** /docs without a browser: what is served, under which headers, and that it can be switched off. */

const sources = { a: { url: 'http://127.0.0.1:9/' } }

t.test('the document, as JSON and as YAML', async (t) => {
  const service = await build(t, { sources })
  const json = await service.get('/docs/json')
  t.equal(json.status, 200)
  t.match(json.headers['content-type'], /^application\/json/)
  t.equal(json.json.openapi, '3.1.0')
  const yaml = await service.get('/docs/yaml')
  t.match(yaml.headers['content-type'], /yaml/)
  t.same(parse(yaml.body), json.json)
})

t.test('the page, with and without a slash, loads from nowhere else', async (t) => {
  const service = await build(t, { sources })
  for (const path of ['/docs', '/docs/', '/docs?x=1']) {
    const { status, headers, body } = await service.get(path)
    t.equal(status, 200, path)
    t.match(headers['content-type'], /^text\/html/)
    const policy = String(headers['content-security-policy'])
    t.ok(policy.startsWith("default-src 'none'; script-src 'self'; "), policy)
    t.notMatch(policy, /https?:|\*|unsafe-eval|script-src[^;]*unsafe/)
    const links = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, link]) => new URL(link ?? '', service.address + path),
    )
    t.ok(links.length > 5)
    for (const link of links) {
      t.equal(link.origin, service.address)
      t.equal((await service.get(link.pathname)).status, 200, link.pathname)
    }
  }
})

t.test('switched off: not there, for anyone', async (t) => {
  const service = await build(t, { server: { docs: false }, sources })
  for (const path of ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/index.html']) {
    const { status, json } = await service.get(path)
    t.equal(status, 404, path)
    t.equal(json.type, 'urn:tributary:problem:not-found')
  }
})

t.test('every answer is what its type says', async (t) => {
  const service = await build(t, { sources })
  for (const path of [
    '/aggregate',
    '/aggregate/nope',
    '/nope',
    '/sources',
    '/health/live',
    '/docs',
    '/docs/json',
    '/docs/static/swagger-ui.css',
    '/aggregate/%zz',
  ]) {
    t.equal((await service.get(path)).headers['x-content-type-options'], 'nosniff', path)
  }
  const { status, headers } = await sendRaw(service.port, 'nonsense\r\n\r\n')
  t.equal(status, 400)
  t.equal(headers['x-content-type-options'], 'nosniff', 'even where it was no request')
})
