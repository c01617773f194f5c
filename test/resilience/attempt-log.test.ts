import t from 'tap'
import { build, type Line } from '../support/build.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The line "attempt": what an operator needs to understand a failure, and nothing secret. */

const reply =
  (body: string, type = 'application/json'): Handler =>
  async (x) =>
    void (await x.reply({ headers: { 'content-type': type }, body }))

function lineOf(lines: readonly Line[], source: string): Line {
  const [line, ...more] = lines.filter((one) => one.source === source)
  if (line === undefined || more.length > 0) throw new Error(`${more.length + 1} lines for ${source}`)
  return line
}

t.test('at debug: the request without its secrets, the response, and why it is invalid', async (t) => {
  const script = {
    '/syntax': reply('{"a":1,}'),
    '/page': reply('<html>sorry</html>', 'text/html'),
    '/misfit': reply('{"user":{"age":"secret"}}'),
    '/select': reply('{"a":1}'),
  }
  const upstream = await startUpstream(t, { script })
  const schema = { type: 'object', properties: { user: { properties: { age: { type: 'integer' } } } } }
  const service = await build(
    t,
    {
      defaults: { retry: false },
      sources: {
        syntax: { url: upstream.url('/syntax') },
        page: { url: upstream.url('/page') },
        misfit: { url: upstream.url('/misfit'), schema, validate: true },
        select: { url: upstream.url('/select'), select: 'length(a)' },
        status: {
          url: `${upstream.origin}/status?code=403&x=\${KEY}{&q,token}`,
          params: { q: { type: 'string', default: 'rain & sun' } },
          values: { token: 's3cret-value' },
          headers: { 'x-key': 's3cret-header' },
        },
        post: { url: upstream.url('/echo'), method: 'POST', safe: true, body: { password: 's3cret-body' } },
      },
    },
    { KEY: 's3cret-key' },
  )
  const { body } = await service.get('/aggregate')
  const lines = service.log.named('attempt')
  t.equal(lines.length, 6, 'one line an attempt')
  t.match(lineOf(lines, 'syntax'), {
    level: 20,
    method: 'GET',
    outcome: 'invalid_body',
    upstreamStatus: 200,
    contentType: 'application/json',
    detail: /byte 7/,
    reason: null,
  })
  t.match(lineOf(lines, 'page'), { outcome: 'invalid_body', contentType: 'text/html', detail: /byte 0/ })
  t.match(lineOf(lines, 'misfit'), { outcome: 'invalid_body', detail: /user\.age.*integer/ })
  t.match(lineOf(lines, 'select'), { outcome: 'select_failed', upstreamStatus: 200, detail: /length/ })
  t.match(lineOf(lines, 'status'), {
    outcome: 'upstream_status',
    upstreamStatus: 403,
    url: `${upstream.origin}/status?code=403&x=MASKED&q=rain%20%26%20sun&token=MASKED`,
    detail: null,
  })
  t.match(lineOf(lines, 'post'), { method: 'POST', outcome: 'ok', url: `${upstream.origin}/echo` })
  t.notMatch(JSON.stringify(service.log.lines), /s3cret|sorry|"secret"/, 'no secret, and nothing of a body')
  t.notMatch(body, /byte 7|user\.age|MASKED/, 'nothing of it is told to clients')
})

t.test('at trace: the first 256 bytes of the body, of failing statuses too', async (t) => {
  const page = reply(`<html>${'x'.repeat(1000)}`, 'text/html')
  const upstream = await startUpstream(t, { script: { '/page': page } })
  const service = await build(
    t,
    {
      defaults: { retry: false },
      sources: {
        page: { url: upstream.url('/page') },
        status: { url: upstream.url('/status?code=500&bodyBytes=1000') },
        cut: { url: upstream.url('/fin-before-headers') },
      },
    },
    {},
    'trace',
  )
  await service.get('/aggregate')
  const lines = service.log.named('attempt')
  t.equal(lineOf(lines, 'page').body, `<html>${'x'.repeat(250)}`)
  t.equal(String(lineOf(lines, 'status').body).length, 256)
  t.equal(lineOf(lines, 'cut').body, null)
})

t.test('at info there are no attempts; at debug, two concurrent attempts have a line each', async (t) => {
  const upstream = await startUpstream(t)
  const sources = { a: { url: upstream.url('/ok?delayMs=60'), hedge: { after: '10ms' } } }
  const quiet = await build(t, { sources }, {}, 'info')
  await quiet.get('/aggregate')
  t.same(quiet.log.named('attempt'), [])
  const told = await build(t, { sources })
  await told.get('/aggregate')
  t.same(
    told.log
      .named('attempt')
      .map(({ kind, outcome }) => [kind, outcome])
      .toSorted(),
    [
      ['first', 'ok'],
      ['hedge', 'cancelled'],
    ],
  )
})
