import t from 'tap'
import { newsapi } from '../../src/demo/newsapi.ts'
import { ask } from './ask.ts'

type Article = { author: string | null; source: { id: string | null } }

const headlines = (query: string) => ask(newsapi, `/v2/top-headlines?apiKey=any&${query}`)
const codeOf = ({ status, body }: ReturnType<typeof ask>) => [status, body.status, body.code, typeof body.message]

t.test('top headlines', async (t) => {
  const { status, body } = headlines('country=us')
  t.equal(status, 200)
  t.same(Object.keys(body), ['status', 'totalResults', 'articles'])
  t.equal(body.status, 'ok')
  t.ok(body.articles.length >= 12)
  t.equal(body.totalResults, body.articles.length)
  for (const article of body.articles) {
    t.match(article, {
      source: { name: String },
      title: /./,
      description: /./,
      url: /^https:\/\/[a-z-]+\.example\.com\/[a-z]+\/[a-z0-9-]+$/,
      urlToImage: /\.jpg$/,
      publishedAt: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      content: /\[\+\d+ chars\]$/,
    })
  }
  const isTextOrNull = (value: unknown) => value === null || typeof value === 'string'
  const authors = body.articles.map(({ author }: Article) => author)
  const publishers = body.articles.map(({ source }: Article) => source.id)
  for (const values of [authors, publishers]) t.ok(values.includes(null) && values.every(isTextOrNull))
})

t.test('country, category, sources and q narrow the choice', async (t) => {
  const all = headlines('country=us').body.totalResults
  t.ok(headlines('country=us&category=technology').body.totalResults < all)
  t.equal(headlines('country=gb').body.totalResults, 5)
  t.match(headlines('q=ENERGY').body.articles[0].description, /energy/)
  t.equal(headlines('q=energy+unicorn').body.totalResults, 0)
  const { articles } = headlines('sources=tech-lantern').body
  t.ok(articles.length > 1)
  t.ok(articles.every(({ source }: { source: { id: string } }) => source.id === 'tech-lantern'))
})

t.test('what was taken back is still listed', async (t) => {
  const { articles } = headlines('country=gb').body
  t.strictSame(articles.at(-1), {
    source: { id: null, name: '[Removed]' },
    author: null,
    title: '[Removed]',
    description: '[Removed]',
    url: 'https://removed.com',
    urlToImage: null,
    publishedAt: '1970-01-01T00:00:00Z',
    content: '[Removed]',
  })
})

t.test('pages', async (t) => {
  const [first, second] = [headlines('country=us&pageSize=2').body, headlines('country=us&pageSize=2&page=2').body]
  t.equal(first.articles.length, 2)
  t.equal(first.totalResults, second.totalResults)
  t.notSame(first.articles, second.articles)
  t.same(headlines('country=us&pageSize=4').body.articles, [...first.articles, ...second.articles])
  t.same(headlines('country=us&page=5').body.articles, [])
})

t.test('the key goes in the query or a header, and any will do', async (t) => {
  const target = '/v2/top-headlines?country=us'
  t.equal(ask(newsapi, target, { 'x-api-key': 'any' }).status, 200)
  t.equal(ask(newsapi, target, { authorization: 'any' }).status, 200)
  t.same(codeOf(ask(newsapi, target)), [401, 'error', 'apiKeyMissing', 'string'])
  t.same(codeOf(ask(newsapi, `${target}&apiKey=`)), [401, 'error', 'apiKeyMissing', 'string'])
  t.same(codeOf(ask(newsapi, target, { 'x-api-key': 'invalid' })), [401, 'error', 'apiKeyInvalid', 'string'])
  t.same(codeOf(ask(newsapi, `${target}&apiKey=exhausted`)), [429, 'error', 'rateLimited', 'string'])
})

t.test('errors have a status, a code and a message', async (t) => {
  t.same(codeOf(headlines('')), [400, 'error', 'parametersMissing', 'string'])
  t.same(codeOf(headlines('country=us&sources=tech-lantern')), [400, 'error', 'parameterInvalid', 'string'])
  t.same(codeOf(headlines('country=us&pageSize=101')), [400, 'error', 'parameterInvalid', 'string'])
  t.same(codeOf(headlines('country=us&page=0')), [400, 'error', 'parameterInvalid', 'string'])
  t.same(codeOf(headlines('country=us&pageSize=100&page=2')), [426, 'error', 'maximumResultsReached', 'string'])
  t.same(codeOf(ask(newsapi, '/v2/nothing?apiKey=any')), [404, 'error', 'unexpectedError', 'string'])
  t.match(newsapi.fault(503), { status: 503, body: { status: 'error', code: 'unexpectedError', message: String } })
})
