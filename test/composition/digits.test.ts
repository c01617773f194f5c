import t, { type Test } from 'tap'
import { build } from '../support/build.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Numbers that a double cannot hold, over real sockets: from small bodies, and from large ones in worker threads. */

const ID = '7615917337495251231'
const PRICE = '0.1000000000000000055511151231257827'
const ITEM = `{"id":${ID},"price":${PRICE},"n":1.0}`

/** A worker thread takes long to start on a busy machine. */
const PATIENT = { deadline: { default: '20s', max: '20s' }, defaults: { timeout: '20s' } }

const answering = (body: string): Handler => {
  return async (x) => void (await x.reply({ headers: { 'content-type': 'application/json' }, body }))
}

for (const [size, space] of [
  ['small', ''],
  ['large', ' '.repeat(70_000)],
] as const) {
  const upstreamOf = (t: Test) =>
    startUpstream(t, {
      script: {
        '/item': answering(space + ITEM),
        '/list': answering(`${space}[${ID},1e400,7,"${ID}"]`),
        '/id': answering(space + ID),
      },
    })

  t.test(`a ${size} body: select and shape pass digits on`, async (t) => {
    const upstream = await upstreamOf(t)
    const schema = { properties: { a: { type: 'number', exclusiveMinimum: 5 }, t: { const: 'number' } } }
    const service = await build(t, {
      ...PATIENT,
      sources: {
        whole: { url: upstream.url('/item') },
        some: { url: upstream.url('/item'), select: '{a: id, p: [price], n: n, t: type(id)}', schema, validate: true },
        checked: { url: upstream.url('/item'), schema: { properties: { id: { type: 'integer' } } }, validate: true },
        cached: { url: upstream.url('/item'), select: '{i: id}', cache: { ttl: '10s' } },
        wrong: { url: upstream.url('/item'), select: '{t: id}', schema, validate: true },
      },
      views: {
        whole: { sources: ['whole', 'some', 'cached'], shape: '{id: whole.id, a: some.a, i: cached.i}' },
        parts: { sources: ['whole', 'some'], shape: { p: 'some.p', all: 'whole', next: 'whole.id + `1`' } },
      },
    })
    const { body, json } = await service.get('/aggregate')
    t.ok(body.includes(`"some":{"a":${ID},"p":[${PRICE}],"n":1,"t":"number"}`), body)
    t.ok(body.includes(`"checked":${space}${ITEM}`))
    t.strictSame(
      json.failedSources.map(({ id }: { id: string }) => id),
      ['wrong'],
      'a schema sees numbers',
    )
    for (let turn = 0; turn < 2; turn += 1) {
      const whole = await service.get('/aggregate/whole')
      t.ok(whole.body.includes(`"data":{"id":${ID},"a":${ID},"i":${ID}}`), whole.body)
    }
    const parts = await service.get('/aggregate/parts')
    const all = `{"id":${ID},"price":${PRICE},"n":1}`
    t.ok(parts.body.includes(`"data":{"p":[${PRICE}],"all":${all},"next":7615917337495251000}`), parts.body)
  })

  t.test(`a ${size} body: values for other sources keep their digits`, async (t) => {
    const upstream = await upstreamOf(t)
    const url = `${upstream.origin}/echo/{id}{?price}`
    const service = await build(t, {
      ...PATIENT,
      sources: {
        item: { url: upstream.url('/item'), hidden: true },
        list: { url: upstream.url('/list'), hidden: true },
        id: { url: upstream.url('/id'), hidden: true },
        bound: {
          url,
          method: 'POST',
          safe: true,
          headers: { 'x-id': 'id {id}' },
          body: { id: '{id}', list: ['{price}'], text: '#{id}' },
          bind: { id: { from: 'id' }, price: { from: 'item', select: 'price' } },
        },
        each: {
          url: `${upstream.origin}/echo/{item}`,
          method: 'POST',
          safe: true,
          body: ['{item}'],
          forEach: { from: 'list', as: 'item' },
          select: '{path: path, body: body}',
        },
      },
    })
    const { json } = await service.get('/aggregate')
    const { bound, each } = json.data
    t.equal(bound.target, `/echo/${ID}?price=${PRICE}`)
    t.equal(bound.headers['x-id'], `id ${ID}`)
    t.equal(bound.body, `{"id":${ID},"list":[${PRICE}],"text":"#${ID}"}`)
    t.strictSame(each, [
      { path: `/echo/${ID}`, body: `[${ID}]` },
      { path: '/echo/1e400', body: '[1e400]' },
      { path: '/echo/7', body: '[7]' },
      { path: `/echo/${ID}`, body: `["${ID}"]` },
    ])
    t.strictSame(json.failedSources, [])
  })
}

t.test('each order gets its user, by ids that differ only beyond what a double holds', async (t) => {
  const other = '7615917337495251232'
  const upstream = await startUpstream(t, {
    script: {
      '/orders': answering(`[{"n":1,"user":"${other}"},{"n":2,"user":${ID}}]`),
      '/users': answering(`[{"id":${ID},"name":"Ada"},{"id":${other},"name":"Bob"}]`),
    },
  })
  const service = await build(t, {
    ...PATIENT,
    sources: { orders: { url: upstream.url('/orders') }, users: { url: upstream.url('/users') } },
    views: {
      bill: { sources: ['orders', 'users'], shape: "attach(orders, users, &user, &id, 'user')[].{n: n, id: user.id}" },
    },
  })
  t.match((await service.get('/aggregate/bill')).body, `"data":[{"n":1,"id":${other}},{"n":2,"id":${ID}}]`)
})

t.test('a hostile body of numbers holds nobody up', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/digits': answering('7'.repeat(300_000)),
      '/many': answering(`[${Array(50_000).fill('1e400').join(',')}]`),
    },
  })
  const service = await build(t, {
    ...PATIENT,
    sources: {
      digits: { url: upstream.url('/digits'), select: '[@]' },
      many: { url: upstream.url('/many'), select: '[?@ > `5`] | [0]' },
    },
  })
  const { body, json } = await service.get('/aggregate')
  t.strictSame(json.failedSources, [])
  t.ok(body.includes(`"digits":[${'7'.repeat(300_000)}],"many":1e400`))
})
