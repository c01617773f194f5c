import { createHash } from 'node:crypto'
import t from 'tap'
import { parse } from 'yaml'
import { PROBLEMS } from '../../src/http/problem.ts'
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

t.test('the page of problems has every kind, with an anchor and an example, and no script', async (t) => {
  const service = await build(t, { sources })
  const { status, headers, body } = await service.get('/docs/problems')
  t.equal(status, 200)
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  for (const [name, { status, title }] of Object.entries(PROBLEMS)) {
    const section = body.split(`<section id="${name}"`)[1]?.split('</section>')[0] ?? ''
    t.ok(body.includes(`href="#${name}"`), `${name} is listed`)
    t.ok(section.includes(title.replaceAll("'", '&#39;')), `${name} has its title`)
    const example = unescaped(section.split(/<pre[^>]*>|<\/pre>/)[1] ?? '')
    t.match(JSON.parse(example), { type: `urn:tributary:problem:${name}`, title, status, requestId: /./ }, name)
  }
  t.match(JSON.parse(unescaped(body.split('id="sources-failed"')[1]?.split(/<pre[^>]*>|<\/pre>/)[1] ?? '')), {
    failedSources: [{ id: 'a' }],
  })
  t.notMatch(body, /<script|javascript:| style=| on\w+=/)
  const policy = String(headers['content-security-policy'])
  t.match(policy, /^default-src 'none'; style-src 'sha256-[^ ;']+'; base-uri 'none'; form-action 'none'; frame-anc/)
  const css = body.split(/<style>|<\/style>/)[1] ?? ''
  t.ok(policy.includes(createHash('sha256').update(css).digest('base64')), 'its style is the one allowed')
})

function unescaped(html: string): string {
  const texts: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }
  return html.replaceAll(/&(?:lt|gt|quot|#39|amp);/g, (entity) => texts[entity] ?? entity)
}

t.test('switched off: not there, for anyone', async (t) => {
  const service = await build(t, { server: { docs: false }, sources })
  for (const path of ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/problems', '/docs/static/index.html']) {
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
    '/docs/problems',
    '/docs/static/swagger-ui.css',
    '/aggregate/%zz',
  ]) {
    t.equal((await service.get(path)).headers['x-content-type-options'], 'nosniff', path)
  }
  const { status, headers } = await sendRaw(service.port, 'nonsense\r\n\r\n')
  t.equal(status, 400)
  t.equal(headers['x-content-type-options'], 'nosniff', 'even where it was no request')
})
