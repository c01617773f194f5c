import t, { type Test } from 'tap'
import type { Offer } from '../../src/console/offered.ts'
import { build } from '../support/build.ts'

/** The console without a browser: what is served, under which headers, and what is not in it. */

const sources = { a: { url: 'http://127.0.0.1:9/{?q}', params: { q: { type: 'string' } } } }

function offerIn(page: string): Offer {
  const [, json = ''] = /<script type="application\/json" id="offer">\s*(.*?)\s*<\/script>/s.exec(page) ?? []
  return JSON.parse(json)
}

t.test('the page and all that it loads, from here alone', async (t) => {
  const service = await build(t, { sources })
  const { status, headers, body } = await service.get('/')
  t.equal(status, 200)
  t.match(headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
  const links = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link)
  t.ok(links.length > 5)
  for (const link of links.filter((one) => !one.startsWith('#'))) {
    t.notMatch(link, /^[/.]|:/, `${link} is relative: a proxy may serve us under a path of its own`)
    t.equal((await service.get(`/${link}`)).status, 200, link)
  }
  t.same(offerIn(body).endpoints[0]?.path, 'aggregate')
})

t.test('its policy lets nothing run but files of ours, and there is nothing inline', async (t) => {
  const service = await build(t, { sources })
  const { headers, body } = await service.get('/')
  const policy = String(headers['content-security-policy'])
  t.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /)
  t.match(policy, /require-trusted-types-for 'script'; trusted-types 'none'/)
  t.notMatch(policy, /unsafe|https?:|data:|\*/)
  t.notMatch(body, /<style|javascript:| style=| on\w+="/)
  const scripts = [...body.matchAll(/<script([^>]*)>/g)].map(([, attributes = '']) => attributes)
  t.equal(scripts.length, 2)
  for (const script of scripts) t.match(script, /src="docs\/console\/main.js"|type="application\/json"/)
})

t.test('every module that a module imports is served', async (t) => {
  const service = await build(t, { sources })
  const seen = new Set(['main.js'])
  for (const name of seen) {
    const { status, headers, body } = await service.get(`/docs/console/${name}`)
    t.equal(status, 200, name)
    t.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    for (const [, next = ''] of body.matchAll(/^(?:import|export) .*?from '\.\/([^']+)'/gms)) seen.add(next)
    t.notMatch(body, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|localStorage|sessionStorage|eval\(/, name)
  }
  t.ok(seen.size > 10, 'they are found')
  t.equal((await service.get('/docs/console/index.html')).status, 404, 'the page is at / only')
  t.equal((await service.get('/docs/console/tsconfig.json')).status, 404)
})

t.test('HEAD, and an ETag that a browser asks with again', async (t) => {
  const service = await build(t, { sources })
  for (const path of ['/', '/docs/console/console.css']) {
    const head = await service.get(path, { method: 'HEAD' })
    t.match(head, { status: 200, body: '' }, path)
    const etag = String(head.headers.etag)
    const again = await service.get(path, { headers: { 'if-none-match': etag } })
    t.match(again, { status: 304, body: '', headers: { etag, 'cache-control': 'no-cache' } })
    t.equal((await service.get(path, { headers: { 'if-none-match': 'W/"other"' } })).status, 200)
    t.equal((await service.get(path, { headers: { 'accept-encoding': 'gzip' } })).headers.etag, etag, 'compressed too')
    t.equal((await service.get(path, { method: 'POST' })).status, 405)
  }
  const other = await build(t, { sources: { ...sources, b: { url: 'http://127.0.0.1:9/' } } })
  t.not((await other.get('/')).headers.etag, (await service.get('/')).headers.etag, 'another offer is another page')
})

t.test('off together with Swagger UI', async (t) => {
  const service = await build(t, { server: { docs: false }, sources })
  for (const path of ['/', '/docs/console/main.js', '/docs/console/console.css'])
    t.equal((await service.get(path)).status, 404, path)
})

t.test('open where all else needs a credential, and it says which', async (t) => {
  const jwt = { secret: 's'.repeat(40), issuer: 'https://id.example/', audience: 'app' }
  const offered = async (server: object) => {
    const service = await build(t, { server, sources })
    for (const path of ['/docs/console/main.js', '/docs/console/icon.svg'])
      t.equal((await service.get(path)).status, 200, path)
    return offerIn((await service.get('/')).body).auth
  }
  t.same(await offered({}), { apiKey: false, token: false })
  t.same(await offered({ auth: { apiKeys: ['k'.repeat(20)] } }), { apiKey: true, token: false })
  t.same(await offered({ auth: { jwt } }), { apiKey: false, token: true })
})

t.test('nothing secret of the configuration is in it', async (t) => {
  const secrets = [
    'secretPath',
    'secretValue',
    'secretHeader',
    'secretKey0123456789',
    'secretFallback',
    'secret.example',
  ]
  const [path, value, header, key, fallback, host] = secrets
  const service = await build(t, {
    server: { auth: { apiKeys: [key] } },
    sources: {
      a: {
        url: `http://${host}/${path}{?q,v}`,
        params: { q: { type: 'string' } },
        values: { v: value },
        headers: { authorization: header },
        fallback,
      },
    },
  })
  const { body } = await service.get('/')
  for (const secret of secrets) t.notOk(body.includes(secret), secret)
})

t.test('text of the configuration stays text', async (t) => {
  const description = '</script><script>alert(1)</script><!-- $& $`'
  const service = await build(t, { sources: { a: { ...sources.a, description } }, views: viewsWith(description) })
  const { body } = await service.get('/')
  t.equal(body.split('<script').length, 3, 'no script was added')
  t.equal(offerIn(body).endpoints[1]?.description, description)
  t.equal(offerIn(body).endpoints[0]?.entries[0]?.description, description)
})

function viewsWith(description: string): object {
  return { v: { description, sources: ['a'] } }
}

t.test('only what can be asked is offered', async (t: Test) => {
  const hidden = { hidden: true }
  const service = await build(t, {
    sources: { a: { ...sources.a, ...hidden } },
    views: { whole: { sources: ['a'], shape: 'a' }, parts: { sources: ['a'], deadline: '700ms' } },
  })
  t.match(offerIn((await service.get('/')).body), {
    explain: true,
    endings: [],
    endpoints: [
      { view: 'whole', path: 'aggregate/whole', streams: false },
      { view: 'parts', path: 'aggregate/parts', streams: true, deadlineMs: 700 },
    ],
  })
})
