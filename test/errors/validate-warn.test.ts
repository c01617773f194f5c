import t from 'tap'
import { build } from '../support/build.ts'
import { get } from '../support/client.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Data that does not fit its schema and passes nevertheless, over real sockets. */

const schema = { type: 'object', required: ['temp'], properties: { temp: { type: 'number' } } }

t.test('data that does not fit passes, is counted, and is logged in one line without values', async (t) => {
  const large = `{"temp":"mild-and-secret","more":"${'x'.repeat(100_000)}"}`
  const upstream = await startUpstream(t, {
    script: {
      '/wrong': async (x) => void (await x.reply({ body: '{"temp":"mild-and-secret"}' })),
      '/large': async (x) => void (await x.reply({ body: large })),
      '/right': async (x) => void (await x.reply({ body: '{"temp":1}' })),
    },
  })
  const source = (path: string, more = {}) => ({ url: upstream.url(path), schema, validate: 'warn', ...more })
  const service = await build(t, {
    // a worker thread starts for the large body
    deadline: { default: '20s', max: '20s' },
    defaults: { timeout: '20s' },
    sources: {
      wrong: source('/wrong', { cache: { ttl: '20s' } }),
      large: source('/large'),
      right: source('/right'),
      refused: source('/wrong', { validate: true }),
    },
  })
  // the schema is in the document, so answers do not match it
  const ask = async () => JSON.parse((await get(`${service.address}/aggregate`)).body.toString())
  const answer = await ask()
  t.same(answer.data.wrong, { temp: 'mild-and-secret' })
  t.equal(answer.data.large.more.length, 100_000)
  t.match(answer.failedSources, [{ id: 'refused', code: 'invalid_body' }])
  await ask()
  const lines = service.log.named('mismatch')
  t.same(
    lines.map(({ source }) => source).toSorted(),
    ['large', 'large', 'wrong'],
    'cached data is not looked at again',
  )
  for (const line of lines) t.match(line, { level: 40, reqId: /./, traceId: /./, pointers: ['/temp'] })
  t.notMatch(JSON.stringify(service.log.lines), /mild-and-secret/)
  const metrics = (await get(`${service.address}/metrics`)).body.toString()
  const count = (id: string) =>
    new RegExp(`tributary_schema_mismatch_total\\{source="${id}"\\} (\\d+)`).exec(metrics)?.[1]
  t.same(['wrong', 'large', 'right', 'refused'].map(count), ['1', '2', '0', '2'])
})

t.test('a name in the data that repeats a secret of the request is left out of the log', async (t) => {
  const upstream = await startUpstream(t, {
    script: {
      '/echo': async (x) => {
        const key = String(x.request.headers['x-key'])
        await x.reply({ body: JSON.stringify({ [key]: 1, other: 1, [`${'x'.repeat(240)}${key}`]: 1 }) })
      },
    },
  })
  const texts = { type: 'object', additionalProperties: { type: 'string' } }
  const headers = { 'x-key': 'key/of the source' }
  const service = await build(t, {
    sources: { a: { url: upstream.url('/echo'), headers, schema: texts, validate: 'warn' } },
  })
  await get(`${service.address}/aggregate`)
  const leftOut = '(left out: it holds a secret)'
  t.match(service.log.named('mismatch'), [{ pointers: [leftOut, '/other', leftOut] }])
})
