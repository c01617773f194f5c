import t from 'tap'
import { build } from '../support/build.ts'
import type { Owner } from '../support/owner.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Views with a route of their own (`views.*.path`). */

async function service(t: Owner, views: object, more: object = {}) {
  const upstream = await startUpstream(t)
  const city = { type: 'string', minLength: 1, maxLength: 40 }
  const source = (id: string, params: object) => ({
    url: `${upstream.origin}/echo/${id}{?${Object.keys(params).join(',')}}`,
    params,
    select: 'target',
  })
  const built = await build(t, {
    sources: {
      weather: source('weather', { q: city, days: { type: 'integer' } }),
      news: source('news', { q: city }),
      user: source('user', { id: { type: 'integer' } }),
      tags: source('tags', { ids: { type: 'array', items: { type: 'integer' } } }),
    },
    views,
    // a busy machine may take its time
    defaults: { timeout: '9s' },
    deadline: { default: '9s' },
    ...more,
  })
  return { built, upstream }
}

t.test('a view answers at its path only, with the variables as parameters', async (t) => {
  const { built } = await service(t, {
    home: { path: '/v1/cities/{q}/home', sources: ['weather', 'news'] },
    plain: { sources: ['news'] },
  })
  const { status, json } = await built.get('/v1/cities/London/home?days=3')
  t.equal(status, 200)
  t.same(json.data, { weather: '/echo/weather?q=London&days=3', news: '/echo/news?q=London' })
  t.equal((await built.get('/v1/cities/London/home/')).status, 200, 'a trailing slash is ignored')
  t.equal((await built.get('/v1/cities/London/home', { method: 'HEAD' })).status, 200)
  const moved = await built.get('/aggregate/home?q=London')
  t.match([moved.status, moved.json.detail], [404, 'The view "home" is served at /v1/cities/{q}/home only.'])
  const unknown = await built.get('/aggregate/nope')
  t.match(unknown.json.detail, 'There is no view "nope"; known views: plain.')
  t.equal(built.log.named('aggregate')[0]?.view, 'home')
})

t.test('variables are decoded after matching, and cannot leave their place', async (t) => {
  const { built, upstream } = await service(t, { home: { path: '/c/{q}/home', sources: ['news'] } })
  for (const [written, sent] of [
    ['S%C3%A3o%20Paulo', 'S%C3%A3o%20Paulo'],
    ['a%2Fb', 'a%2Fb'],
    ['a%3Fb%26c%23', 'a%3Fb%26c%23'],
    ['..', null],
    ['%2525', '%2525'],
  ] as const) {
    const { status, json } = await built.get(`/c/${written}/home`)
    if (sent === null) t.equal(status, 404, 'clients resolve dot segments')
    else t.same([status, json.data?.news], [200, `/echo/news?q=${sent}`], written)
  }
  for (const path of ['/c//home', '/c/home', '/c/a/b/home', '/c/']) t.equal((await built.get(path)).status, 404, path)
  t.equal((await built.get('/c/%ff/home')).status, 400)
  t.equal((await built.get(`/c/${'x'.repeat(200)}/home`)).status, 400, 'above maxLength')
  t.ok(upstream.requests.every(({ target }) => target.startsWith('/echo/news?q=')))
})

t.test('a variable that is the first segment never takes a path of ours', async (t) => {
  const views = { two: { path: '/{q}/{id}', sources: ['news', 'user'] }, one: { path: '/{q}', sources: ['news'] } }
  const { built, upstream } = await service(t, views, { server: { docs: false, operationsPort: 0 } })
  for (const path of [
    '/health/live',
    '/health',
    '/he%61lth/live',
    '/metrics',
    '/metrics/1',
    '/docs',
    '/docs/1',
    '/sources/',
  ])
    for (const method of ['GET', 'POST', 'OPTIONS']) t.equal((await built.get(path, { method })).status, 404, path)
  t.match((await built.get('/aggregate/nope')).json.detail, 'There is no view "nope"')
  t.equal((await built.get('//1', { method: 'OPTIONS' })).status, 404, 'nor nothing')
  t.equal(upstream.requests.length, 0)
  t.same((await built.get('/healthy/1')).json.data, { news: '/echo/news?q=healthy', user: '/echo/user?id=1' })
  t.same((await built.get('/Docs')).json.data, { news: '/echo/news?q=Docs' })
  t.same((await built.get('/docs%2F1')).json.data, { news: '/echo/news?q=docs%2F1' })
  t.match((await built.get('/a%0Ab')).json.detail, /line break/)
  t.equal((await built.get('/x/1', { method: 'POST' })).headers.allow, 'GET, HEAD, OPTIONS')
})

t.test('a variable that is given again is refused; it counts as declared whatever is asked', async (t) => {
  const { built } = await service(t, { home: { path: '/c/{q}/home', sources: ['weather', 'user'] } })
  for (const query of ['q=Paris', 'weather.q=Paris']) {
    const { status, json } = await built.get(`/c/London/home?${query}`)
    const [name] = query.split('=')
    t.match([status, json.errors], [400, [{ path: name, message: `"${name}" is given by the path; leave it out.` }]])
  }
  t.same((await built.get('/c/London/home?sources=user&id=7')).json.data, { user: '/echo/user?id=7' })
})

t.test('the value is validated as a query value is', async (t) => {
  const { built } = await service(t, {
    user: { path: '/users/{id}', sources: ['user'] },
    tags: { path: '/tags/{ids}', sources: ['tags'] },
  })
  t.same((await built.get('/users/9007199254740993')).json.data, { user: '/echo/user?id=9007199254740993' })
  t.match(await built.get('/users/0x10'), { status: 400, json: { errors: [{ path: 'id', message: /integer/ }] } })
  t.same((await built.get('/tags/5')).json.data, { tags: '/echo/tags?ids=5' })
})

t.test('a literal beats a variable before the method is looked at; paths may share methods', async (t) => {
  const { built } = await service(t, {
    user: { path: '/users/{id}', sources: ['user'] },
    remove: { path: '/users/{id}', method: 'DELETE', sources: ['user'] },
    me: { path: '/users/me', sources: ['news'] },
    special: { path: '/users/a:b,c', sources: ['news'] },
  })
  t.same(Object.keys((await built.get('/users/7')).json.data), ['user'])
  t.same(Object.keys((await built.get('/users/me')).json.data), ['news'])
  t.same(Object.keys((await built.get('/users/a:b,c')).json.data), ['news'], 'a colon is a colon')
  t.equal((await built.get('/users/7', { method: 'DELETE' })).status, 200)
  const other = await built.get('/users/me', { method: 'DELETE' })
  t.same([other.status, other.headers.allow], [405, 'GET, HEAD, OPTIONS'])
  const put = await built.get('/users/7', { method: 'PUT' })
  t.same([put.status, put.headers.allow], [405, 'DELETE, GET, HEAD, OPTIONS'])
  t.same((await built.get('/users/7', { method: 'OPTIONS' })).headers.allow, 'DELETE, GET, HEAD, OPTIONS')
})

t.test('the document has the paths with their parameters', async (t) => {
  const { built } = await service(t, {
    home: { path: '/c/{q}/a:b', sources: ['weather', 'news'] },
    order: { path: '/c/{q}/a:b', method: 'POST', sources: ['weather'] },
  })
  const { paths } = (await built.get('/docs/json')).json
  t.notOk(Object.hasOwn(paths, '/aggregate/home'))
  const { get, post } = paths['/c/{q}/a:b']
  const named = (operation: { parameters: { name?: string; in?: string }[] }) =>
    operation.parameters.flatMap(({ name, in: place }) => (name === undefined ? [] : [`${place} ${name}`]))
  t.same(named(get), ['path q', 'query days', 'query sources'])
  t.same(named(post), ['path q'])
  t.same(Object.keys(post.requestBody.content['application/json'].schema.properties), ['days'])
  t.equal(get.parameters[0].required, true)
})

t.test('streams, shapes, authentication and rate limits hold for own paths', async (t) => {
  const views = { home: { path: '/v1/home', sources: ['news'] } }
  const { built } = await service(t, views, {
    server: { auth: { apiKeys: ['k'.repeat(20)] }, rateLimit: { max: 3, per: '1m' } },
  })
  t.equal((await built.get('/v1/home')).status, 401)
  const headers = { 'x-api-key': 'k'.repeat(20) }
  const streamed = await built.get('/v1/home', { headers: { ...headers, accept: 'application/x-ndjson' } })
  t.match(streamed.body, /^\{"id":"news".*\n\{"done":true/)
  t.equal((await built.get('/v1/home', { headers })).status, 200)
  const statuses = []
  for (let n = 0; n < 3; n += 1) statuses.push((await built.get('/v1/home', { headers })).status)
  t.equal(statuses.at(-1), 429)
})
