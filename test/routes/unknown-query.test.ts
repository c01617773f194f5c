import t, { type Test } from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** `server.unknownQuery`, over real sockets. */

async function service(t: Test, server: object) {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    server,
    sources: {
      weather: { url: `${upstream.origin}/echo/weather{?q}`, params: { q: { type: 'string' } }, select: 'target' },
      order: {
        url: `${upstream.origin}/echo/orders`,
        method: 'POST',
        params: { item: { type: 'string' } },
        body: { item: '{item}' },
        select: 'body',
      },
    },
    views: { city: { path: '/v1/{q}', sources: ['weather'] }, buy: { method: 'POST', sources: ['order'] } },
  })
  return { built, upstream }
}

const post = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const BATCH = post({ requests: [{ id: 'oslo', source: 'weather', params: { q: 'Oslo' } }] })

t.test('ignore: undeclared keys reach no source, on every route', async (t) => {
  const { built } = await service(t, { unknownQuery: 'ignore' })
  const utm = 'utm_source=x&utm_source=y&%F0%9F%8D%95=1'
  const plain = await built.get('/aggregate?q=Oslo')
  const noisy = await built.get(`/aggregate?${utm}&q=Oslo`)
  t.same(noisy.json.data, { weather: '/echo/weather?q=Oslo' })
  t.equal(noisy.headers.etag, plain.headers.etag)
  t.same((await built.get(`/v1/Oslo?${utm}`)).json.data, { weather: '/echo/weather?q=Oslo' })
  t.same((await built.get(`/aggregate?${utm}`, BATCH)).json.data, { oslo: '/echo/weather?q=Oslo' })
  t.same((await built.get(`/aggregate/buy?${utm}`, post({ item: 'a' }))).json.data, { order: '{"item":"a"}' })
})

t.test('ignore: typing errors are refused before anything is called', async (t) => {
  const { built, upstream } = await service(t, { unknownQuery: 'ignore' })
  const refused = async (path: string, options?: object) => {
    const { status, json } = await built.get(path, options)
    return [status, json.errors.map(({ path }: { path: string }) => path)]
  }
  t.same(await refused('/aggregate?weather.zz=1&utm=x'), [400, ['weather.zz']])
  t.same(await refused('/aggregate?strct=true&deadlinems=5'), [400, ['strct', 'deadlinems']])
  t.same(await refused('/v1/Oslo?q=x&weather.q=y&utm=x'), [400, ['q', 'weather.q']])
  t.same(await refused('/aggregate/buy?utm=x', post({ item: 'a', utm: 1 })), [400, ['utm', 'utm']])
  t.same(await refused('/aggregate/buy?order.zz=x', post({ item: 'a' })), [400, ['order.zz']])
  t.same(
    await refused('/aggregate?q=x&oslo.q=y&oslo.z=y&sources=weather&strct=x&utm=x', BATCH),
    [400, ['q', 'oslo.q', 'oslo.z', 'sources', 'strct']],
    'what belongs into the body of a batch',
  )
  t.equal(upstream.count('/echo/weather') + upstream.count('/echo/orders'), 0)
})

t.test('refuse is the default', async (t) => {
  const { built } = await service(t, {})
  for (const [path, options] of [['/aggregate'], ['/v1/Oslo'], ['/aggregate', BATCH]] as const)
    t.match(await built.get(`${path}?utm_source=x`, options), {
      status: 400,
      json: { errors: [{ path: 'utm_source' }] },
    })
})
