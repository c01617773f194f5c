import { Agent } from 'node:http'
import t from 'tap'
import { get, type RawOptions, type RawResponse, sendRaw } from './client.ts'
import { eventually } from './eventually.ts'
import { rows } from './upstream/table.ts'
import { startUpstream, type Upstream } from './upstream/upstream.ts'
import { served } from './upstream.expected.ts'

const ask = (upstream: Upstream, target: string, options: RawOptions = {}) =>
  sendRaw(upstream.port, `GET ${target} HTTP/1.1\r\nhost: x\r\n\r\n`, options)

t.test('each row serves what it says', async (t) => {
  const upstream = await startUpstream(t)
  const answers = await Promise.all(
    served.map(async ([target, check, options]) => {
      const answer = await ask(upstream, target, { ...(check instanceof RegExp ? { until: check } : {}), ...options })
      return { target, check, answer }
    }),
  )
  for (const { target, check, answer } of answers) {
    t.ok(holds(check, answer), target, { ...answer, raw: answer.raw.subarray(0, 300).toString('latin1') })
  }
  const tried = new Set(served.map(([target]) => target.split('?')[0]))
  t.same(
    rows.map(({ path }) => path).filter((path) => !tried.has(path)),
    [],
    'no row is untried',
  )
})

function holds(check: RegExp | ((answer: RawResponse) => boolean), answer: RawResponse): boolean {
  return check instanceof RegExp ? !answer.closed && check.test(answer.raw.toString('latin1')) : check(answer)
}

t.test('rows that count', async (t) => {
  const upstream = await startUpstream(t)
  const statuses = []
  for (const _ of 'ofrofr') statuses.push((await ask(upstream, '/flapping/a?pattern=ofr')).status)
  t.same(statuses, [200, 503, null, 200, 503, null])
  const twice = 'GET /close-on-reuse HTTP/1.1\r\n\r\n'
  const reused = await sendRaw(upstream.port, [twice, twice], { gapMs: 20, until: 'close' })
  t.match(reused, { status: 200, closed: 'fin' })
  t.equal(reused.raw.toString().match(/HTTP/g)?.length, 1)
  t.equal(upstream.count('/close-on-reuse'), 2)
  const idle = 'GET /idle-close?afterMs=200 HTTP/1.1\r\n\r\n'
  const inTime = await sendRaw(upstream.port, [idle, idle], { gapMs: 50, until: 'close' })
  t.match([inTime.closed, inTime.raw.toString().match(/HTTP/g)?.length], ['fin', 2])
})

t.test('what an upstream saw', async (t) => {
  const upstream = await startUpstream(t, {
    host: '127.0.0.9',
    script: { '/own': (x) => void x.reply({ status: 201, body: `${x.nth} ${x.query.get('a')}` }) },
  })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  t.match(await get(upstream.url('/own/b?a=1'), { agent }), { status: 201, body: '1 1' }, 'its script comes first')
  t.match(await get(upstream.url('/echo'), { agent, method: 'POST', body: 'hi' }), {
    json: { method: 'POST', body: 'hi' },
  })
  t.match(await get(upstream.url('/none')), { status: 404 })
  t.match(upstream.requests, [
    { method: 'GET', path: '/own/b', target: '/own/b?a=1', connection: 1 },
    { method: 'POST', rawHead: /^POST \/echo HTTP\/1.1\r\n/, body: Buffer.from('hi'), connection: 1 },
    { path: '/none', connection: 2, headers: { host: `127.0.0.9:${upstream.port}` } },
  ])
  t.same([upstream.count('/own/b'), upstream.count('/own/b?a=1'), upstream.connections], [1, 1, 2])
  upstream.reset()
  t.same([upstream.requests.length, upstream.count('/echo')], [0, 0])
  await eventually(() => upstream.open === 1)
  const silent = ask(upstream, '/silent', { host: '127.0.0.9' })
  await eventually(() => upstream.count('/silent') === 1)
  upstream.dropAll()
  t.match(await silent, { closed: 'rst' })
})

t.test('a row that throws fails the test that asked for it', async (t) => {
  const ends: (() => unknown)[] = []
  const throws = () => Promise.reject(new Error('broken row'))
  const upstream = await startUpstream({ teardown: (end) => ends.push(end) }, { script: { '/throws': throws } })
  t.match(await ask(upstream, '/throws'), { status: null })
  await t.rejects(Promise.resolve(ends[0]?.()), { errors: [{ message: 'broken row' }] })
})
