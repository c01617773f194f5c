import t from 'tap'
import { guardian } from '../../src/demo/guardian.ts'
import { ask } from './ask.ts'

const search = (query = '') => ask(guardian, `/search?api-key=any&${query}`)

t.test('a search', async (t) => {
  const { status, body } = search()
  t.equal(status, 200)
  t.same(Object.keys(body), ['response'])
  const { results, ...paging } = body.response
  t.same(paging, {
    status: 'ok',
    userTier: 'developer',
    total: 18,
    startIndex: 1,
    pageSize: 10,
    currentPage: 1,
    pages: 2,
    orderBy: 'newest',
  })
  t.equal(results.length, 10)
  for (const result of results) {
    t.match(result, {
      id: /^[a-z]+\/2026\/nov\/20\/[a-z0-9-]+$/,
      type: 'article',
      sectionId: /^[a-z]+$/,
      sectionName: String,
      webPublicationDate: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      webTitle: String,
      webUrl: /^https:\/\/guardian\.example\.com\//,
      apiUrl: /^https:\/\/content\.guardian\.example\.com\//,
      isHosted: false,
      pillarId: /^pillar\/[a-z]+$/,
      pillarName: String,
    })
    t.notOk('fields' in result)
  }
})

t.test('q, section, order and fields', async (t) => {
  const found = search('q=energy').body.response
  t.ok(found.total > 1)
  t.equal(found.orderBy, 'relevance')
  t.equal(search('q=unicorn').body.response.total, 0)
  t.match(search('q=unicorn').body.response, { status: 'ok', startIndex: 0, pages: 0, results: [] })
  t.equal(search('section=books|food').body.response.total, 6)
  const oldest = search('order-by=oldest&page-size=200').body.response
  t.same(oldest.results, search('page-size=200').body.response.results.reverse())
  const [shown] = search('show-fields=headline,trailText').body.response.results
  t.same(Object.keys(shown.fields), ['headline', 'trailText'])
  const [all] = search('show-fields=all').body.response.results
  t.same(Object.keys(all.fields), ['headline', 'trailText', 'byline'])
})

t.test('pages', async (t) => {
  const second = search('page-size=5&page=2').body.response
  t.match(second, { startIndex: 6, pageSize: 5, currentPage: 2, pages: 4 })
  t.same(second.results, search().body.response.results.slice(5))
})

t.test('the gateway wants a key, and any will do', async (t) => {
  t.same(ask(guardian, '/search'), { status: 401, body: { message: 'Unauthorized' } })
  t.same(ask(guardian, '/search?api-key=invalid'), { status: 401, body: { message: 'Unauthorized' } })
  t.equal(ask(guardian, '/search', { 'api-key': 'any' }).status, 200)
  t.match(ask(guardian, '/search?api-key=exhausted'), { status: 429, body: { message: String } })
})

t.test('errors are in the envelope too', async (t) => {
  const message = (status: number) => ({ status, body: { response: { status: 'error', message: String } } })
  t.match(search('page-size=201'), message(400))
  t.match(search('page-size=-1'), message(400))
  t.match(search('page=x'), message(400))
  t.match(search('page=3'), message(400))
  t.match(search('q=unicorn&page=2'), message(400))
  t.match(ask(guardian, '/nothing?api-key=any'), message(404))
  t.match(guardian.fault(500), message(500))
})
