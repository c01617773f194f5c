import t, { type Test } from 'tap'
import { documentOf } from '../../src/cli/openapi.ts'
import { parseConfig } from '../../src/config/load.ts'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** `name` of parameters, over real sockets: from the query, the body, the path and batches to the source's URL. */

const configOf = (origin: string) => ({
  sources: {
    articles: {
      url: `${origin}/echo/articles?page-size={size}&ids[]={ids*}{&filter,any}`,
      params: {
        size: { type: 'integer', name: 'page[size]', description: 'How many' },
        ids: { type: 'array', items: { type: 'integer' }, name: 'ids[]' },
        filter: { type: 'string', name: '$filter' },
        any: { type: 'string', name: 'teams.any' },
      },
      select: 'target',
    },
    user: {
      url: `${origin}/echo/users/{id}`,
      params: { id: { type: 'string', name: 'userId' }, size: { type: 'integer', name: 'page[size]' } },
      headers: { 'x-size': '{size}' },
      select: 'target',
    },
    order: {
      url: `${origin}/echo/orders`,
      method: 'POST',
      params: { item: { type: 'string', name: 'item-id', required: true }, note: { type: 'object', name: 'note[]' } },
      body: { item: '{item}', note: '{note}' },
      select: 'body',
    },
  },
  views: {
    profile: { path: '/v1/users/{userId}', sources: ['user'] },
    pages: { sources: { big: { source: 'articles', params: { size: 100 } }, small: { source: 'articles' } } },
    buy: { method: 'POST', sources: ['order'] },
  },
})

async function service(t: Test) {
  const upstream = await startUpstream(t)
  return { built: await build(t, configOf(upstream.origin)), upstream }
}

const post = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

t.test('queries, encoded or not', async (t) => {
  const { built } = await service(t)
  const target = async (query: string) => (await built.get(`/aggregate?sources=articles&${query}`)).json.data?.articles
  t.equal(await target('page[size]=5'), '/echo/articles?page-size=5')
  t.equal(
    await target('page%5Bsize%5D=5&%24filter=a%20eq%20%27b%27'),
    '/echo/articles?page-size=5&filter=a%20eq%20%27b%27',
  )
  t.equal(await target('ids[]=1&ids%5B%5D=2&ids%5b%5d=3'), '/echo/articles?ids[]=1&ids[]=2&ids[]=3')
  t.equal(await target('teams.any=x&articles.teams.any=y'), '/echo/articles?any=y')
  t.equal(await target('page[size]=5&articles.page%5Bsize%5D=7&$filter='), '/echo/articles?page-size=7&filter=')
  t.equal(await target(''), '/echo/articles')
})

t.test('the path of a view, its keys, a body and a batch', async (t) => {
  const { built } = await service(t)
  t.same((await built.get('/v1/users/a%2Fb?page[size]=5')).json.data, { user: '/echo/users/a%2Fb' })
  t.same((await built.get('/aggregate/pages?page[size]=5&small.ids[]=1')).json.data, {
    big: '/echo/articles?page-size=100',
    small: '/echo/articles?page-size=5&ids[]=1',
  })
  t.same((await built.get('/aggregate/buy', post({ 'item-id': 'cup', 'note[]': { a: 1 } }))).json.data, {
    order: '{"item":"cup","note":{"a":1}}',
  })
  const requests = [{ id: 'x', source: 'articles', params: { 'page[size]': 5, 'articles.ids[]': [1, 2] } }]
  t.same((await built.get('/aggregate', post({ requests }))).json.data, {
    x: '/echo/articles?page-size=5&ids[]=1&ids[]=2',
  })
})

t.test('errors have the names that clients use', async (t) => {
  const { built, upstream } = await service(t)
  const refused = async (path: string, options?: object) => {
    const { status, json } = await built.get(path, options)
    t.equal(status, 400, path)
    return json.errors.map(({ path, message }: { path: string; message: string }) => `${path}: ${message}`)
  }
  t.same(await refused('/aggregate?sources=articles&size=5&page[size]=x'), [
    'size: There is no parameter "size"; known parameters: ids[], page[size], $filter, teams.any.',
    'page[size]: "page[size]" must be an integer (for articles).',
  ])
  t.same(await refused('/aggregate?sources=articles&$filter=a%0Ab'), [
    '$filter: "$filter" holds a line break or NUL character (for articles).',
  ])
  t.same(await refused('/aggregate?sources=user&userId=..'), [
    'userId: The path segment of "userId" would be "." or ".." (for user).',
  ])
  t.same(await refused('/v1/users/x?userId=y&user.userId=z'), [
    'userId: "userId" is given by the path; leave it out.',
    'user.userId: "user.userId" is given by the path; leave it out.',
  ])
  t.match(await refused('/aggregate?sources=user'), [/^userId: The parameter "userId" of user is missing/])
  t.match(await refused('/aggregate/buy', post({ item: 'cup' })), [
    /no parameter "item"/,
    /"item-id" of order is missing/,
  ])
  t.match(await refused('/aggregate/buy?item-id=a', post({ 'item-id': 'b' })), [/in the query and in the body/])
  t.equal(upstream.count('/echo/articles') + upstream.count('/echo/orders'), 0)
})

t.test('/sources, the document and the console have the names that clients use', async (t) => {
  const { built } = await service(t)
  const { sources } = (await built.get('/sources')).json
  t.same(
    sources.map(({ parameters }: { parameters: { name: string }[] }) => parameters.map(({ name }) => name)),
    [
      ['page[size]', 'ids[]', '$filter', 'teams.any'],
      ['userId', 'page[size]'],
      ['item-id', 'note[]'],
    ],
  )
  const { config } = parseConfig(JSON.stringify(configOf('http://127.0.0.1:9')), {})
  if (config === null) throw new Error('no configuration')
  const document = JSON.parse(JSON.stringify(await documentOf(config)))
  const names = (path: string) =>
    document.paths[path].get.parameters.flatMap((one: { name?: string; in: string }) =>
      one.name ? [`${one.in} ${one.name}`] : [],
    )
  t.same(names('/aggregate'), [
    ...['page[size]', 'ids[]', '$filter', 'teams.any', 'userId', 'sources'].map((name) => `query ${name}`),
    ...['articles.page[size]', 'user.page[size]'].map((name) => `query ${name}`),
  ])
  t.same(names('/v1/users/{userId}'), ['path userId', 'query page[size]', 'query sources'])
  t.match(document.paths['/aggregate/pages'].get.description, '`page[size]` is fixed to `100`')
  const { schema } = document.paths['/aggregate/buy'].post.requestBody.content['application/json']
  t.same(
    [Object.keys(schema.properties), schema.required],
    [['item-id'], ['item-id']],
    'an object has no form in a query',
  )
  t.notMatch(JSON.stringify(document), /page-size/)
  t.match((await built.get('/')).body.toString(), /page\[size\]/)
})

t.test('a list of which each item is a call', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    sources: {
      item: {
        url: `${upstream.origin}/echo/items/{id}`,
        params: { list: { type: 'array', items: { type: 'string' }, name: 'id[]' } },
        forEach: { param: 'list', as: 'id', limit: 2 },
        select: 'target',
      },
    },
  })
  t.same((await built.get('/aggregate?id[]=a&id%5B%5D=b')).json.data, { item: ['/echo/items/a', '/echo/items/b'] })
  const refused = async (query: string) => (await built.get(`/aggregate?${query}`)).json.errors
  t.match(await refused('id[]=a&id[]=b&id[]=c'), [{ path: 'id[]', message: /^"id\[\]" has 3 items/ }])
  t.match(await refused('id[]=a&id[]=..'), [{ path: 'id[]' }])
  t.match((await built.get('/docs/json')).body.toString(), /One element for each item of id\[\]/)
})
