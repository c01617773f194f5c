import nock from 'nock'
import t from 'tap'
import { inject } from '../support/inject.ts'

/** The number of sources in a file is unlimited; that in an answer is limited. */

const ORIGIN = 'http://api.example'

/** This many sources: `s0`, `s1`, ... */
function sources(count: number, more: object = {}): Record<string, object> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`s${i}`, { url: `${ORIGIN}/${i}`, params: {}, ...more }]),
  )
}

const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `s${from + i}`)

t.test('with more than 64 sources, GET /aggregate requires a selection', async (t) => {
  const { app } = await inject(t, {
    sources: { ...sources(70), must: { url: `${ORIGIN}/{id}`, params: { id: { type: 'integer', required: true } } } },
  })
  const { statusCode, json } = await app.inject('/aggregate?deadlineMs=0')
  t.equal(statusCode, 400)
  t.same(json().errors, [
    { path: 'deadlineMs', message: '"deadlineMs" must be a whole number of milliseconds, at least 1.' },
    {
      path: 'sources',
      message: 'There are 71 sources here, and one answer holds at most 64; pick some with ?sources=.',
    },
  ])
  nock(ORIGIN).get('/3').reply(200, '3').get('/69').reply(200, '69')
  t.same((await app.inject('/aggregate?sources=s69,s3')).json().data, { s69: 69, s3: 3 })
  nock(ORIGIN).get('/69').reply(200, '69')
  const payload = { requests: [{ source: 's69' }] }
  t.same((await app.inject({ method: 'POST', url: '/aggregate', payload })).json().data, { s69: 69 })
})

t.test('at most 64 can be selected', async (t) => {
  const { app } = await inject(t, { sources: sources(66) })
  for (let i = 0; i < 64; i += 1) nock(ORIGIN).get(`/${i}`).reply(200, String(i))
  const most = await app.inject(`/aggregate?sources=${keys(0, 64)}`)
  t.equal(most.statusCode, 200)
  t.same(Object.keys(most.json().data), keys(0, 64))
  const { statusCode, json } = await app.inject(`/aggregate?sources=${keys(0, 65)}`)
  t.equal(statusCode, 400)
  t.equal(json().detail, '"sources" names 65 sources, and one answer holds at most 64; name fewer.')
})

t.test('64 visible sources need no selection; hidden ones do not count', async (t) => {
  const hidden = Object.fromEntries(
    Object.entries(sources(30)).map(([id, one]) => [`h${id}`, { ...one, hidden: true }]),
  )
  const { app } = await inject(t, { sources: { ...sources(64), ...hidden } })
  for (let i = 0; i < 64; i += 1) nock(ORIGIN).get(`/${i}`).reply(200, '1')
  t.equal((await app.inject('/aggregate')).statusCode, 200)
})

/** `s<i>` needs the hidden `n<i>_0` to `n<i>_3`. */
function needing(count: number): object {
  const all: Record<string, object> = {}
  for (let i = 0; i < count; i += 1) {
    const bind = Object.fromEntries(
      Array.from({ length: 4 }, (_, j) => [`v${j}`, { from: `n${i}_${j}`, select: 'id' }]),
    )
    all[`s${i}`] = { url: `${ORIGIN}/s{?v0,v1,v2,v3}`, bind }
    for (let j = 0; j < 4; j += 1) all[`n${i}_${j}`] = { url: `${ORIGIN}/n/${i}/${j}`, hidden: true }
  }
  return { sources: all }
}

t.test('needed sources count, too: one answer calls at most 256 sources', async (t) => {
  const { app } = await inject(t, needing(52))
  const { statusCode, json } = await app.inject('/aggregate')
  t.equal(statusCode, 400)
  t.same(json().errors, [
    {
      path: 'sources',
      message: 'The 52 sources asked need 208 others, and one answer asks at most 256 altogether; ask for fewer.',
    },
  ])
  nock(ORIGIN)
    .get(/^\/n\//)
    .times(204)
    .reply(200, '{"id":1}')
    .get(/^\/s/)
    .times(51)
    .reply(200, '1')
  t.equal((await app.inject(`/aggregate?sources=${keys(0, 51)}`)).statusCode, 200, '255 of them')
})

t.test('sources that the requests of a batch need count for each request', async (t) => {
  const all: Record<string, object> = {}
  for (let i = 0; i < 13; i += 1) all[`n${i}`] = { url: `${ORIGIN}/n/${i}`, hidden: true }
  const bind = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`v${i}`, { from: `n${i}`, select: 'id' }]))
  all.s = { url: `${ORIGIN}/s{?${Object.keys(bind).join()}}`, bind }
  const { app } = await inject(t, { sources: all })
  const requests = Array.from({ length: 19 }, (_, i) => ({ id: `r${i}`, source: 's' }))
  const { statusCode, json } = await app.inject({ method: 'POST', url: '/aggregate', payload: { requests } })
  t.equal(statusCode, 400)
  t.match(json().errors, [{ path: 'requests', message: /^The 19 sources asked need 247 others, / }])
})

t.test('only a view can contain a hidden source', async (t) => {
  const { app } = await inject(t, {
    sources: {
      open: { url: `${ORIGIN}/open` },
      inner: { url: `${ORIGIN}/inner{?q}`, params: { q: { type: 'string' } }, hidden: true },
    },
    views: { home: { sources: ['open', 'inner'] }, alias: { sources: { mine: { source: 'inner' } } } },
  })
  nock(ORIGIN).get('/open').times(3).reply(200, '1').get('/inner').reply(200, '2').get('/inner?q=x').reply(200, '3')
  t.same((await app.inject('/aggregate/home')).json().data, { open: 1, inner: 2 })
  t.same((await app.inject('/aggregate/home?sources=inner&inner.q=x')).json().data, { inner: 3 })
  nock(ORIGIN).get('/inner').reply(500)
  const failed = await app.inject('/aggregate/home?explain=true')
  t.match(failed.json(), { partial: true, failedSources: [{ id: 'inner' }], meta: { sources: { inner: {} } } })
  nock(ORIGIN).get('/inner').reply(200, '2')
  t.same((await app.inject('/aggregate/alias?sources=mine')).json().data, { mine: 2 })
  t.same((await app.inject('/aggregate')).json().data, { open: 1 }, 'it is not asked elsewhere')
  for (const name of ['inner', 'innr']) {
    const expected = `There is no source "${name}"; known sources: open.`
    t.equal((await app.inject(`/aggregate?sources=${name}`)).json().detail, expected)
    const payload = { requests: [{ source: name }] }
    t.equal((await app.inject({ method: 'POST', url: '/aggregate', payload })).json().detail, expected)
  }
  t.equal((await app.inject('/aggregate?q=x')).json().detail, 'There is no parameter "q"; known parameters: none.')
})
