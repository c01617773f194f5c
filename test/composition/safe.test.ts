import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Sources that change something when they are asked (RFC 9110, section 9.2.1). */

const headers = { 'content-type': 'application/json' }
const batch = (...requests: object[]) => ({ method: 'POST', headers, body: JSON.stringify({ requests }) })

t.test('neither GET /aggregate, HEAD nor a batch asks a source that changes something', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      read: { url: upstream.url('/ok') },
      order: { url: upstream.url('/echo?order'), method: 'POST', body: { a: 1 } },
      receipt: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'order', select: 'target' } } },
      search: { url: upstream.url('/echo?search'), method: 'POST', safe: true, body: { q: 1 } },
      visit: { url: upstream.url('/echo?visit'), safe: false },
    },
  })
  t.same(Object.keys((await service.get('/aggregate')).json.data), ['read', 'search'])
  t.equal((await service.get('/aggregate', { method: 'HEAD' })).status, 200)
  for (const source of ['order', 'receipt', 'visit']) {
    const message = `The source "${source}" cannot be asked here, because that may change something; leave it out.`
    const named = await service.get(`/aggregate?sources=read,${source}`)
    t.match([named.status, named.json.errors], [400, [{ path: 'sources', message }]])
    const posted = await service.get('/aggregate', batch({ source: 'read' }, { source }))
    t.match([posted.status, posted.json.errors], [400, [{ path: 'requests[1].source', message }]])
  }
  t.equal(upstream.count('/echo?order') + upstream.count('/echo?visit'), 0)
  const { json } = await service.get('/sources')
  t.same(
    json.sources.map(({ id, safe }: { id: string; safe: boolean }) => [id, safe]),
    [
      ['read', true],
      ['order', false],
      ['receipt', false],
      ['search', true],
      ['visit', false],
    ],
  )
  const { json: document } = await service.get('/docs/json')
  const { parameters } = document.paths['/aggregate'].get
  const sources = parameters.find(({ name }: { name: string }) => name === 'sources')
  t.same(sources.schema.items.enum, ['read', 'search'])
})

t.test('a call that is not idempotent and may have been sent is not retryable, and says why', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, {
    sources: {
      a: { url: upstream.url('/silent'), method: 'POST', safe: true, idempotent: false, timeout: '100ms' },
      b: { url: upstream.url('/silent'), method: 'POST', safe: true, timeout: '100ms' },
    },
  })
  const { json } = await service.get('/aggregate')
  t.match(json.failedSources, [
    {
      id: 'a',
      retryable: false,
      attempts: 1,
      message: 'a did not answer within 100 ms; the call may have been carried out',
    },
    { id: 'b', retryable: true, message: 'b did not answer within 100 ms' },
  ])
})
