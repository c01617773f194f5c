import { articles, type Headline } from './data/headlines.ts'
import { matches, wholeNumber } from './data/query.ts'
import { EXHAUSTED_KEY, INVALID_KEY, type Question, type Reply, type Service } from './service.ts'

/** The most results that the developer plan allows to page through. */
const PLAN_RESULTS = 100

/** Imitates NewsAPI: https://newsapi.org/docs/endpoints/top-headlines, https://newsapi.org/docs/errors */
export const newsapi: Service = {
  answer({ path, query, headers }) {
    const refused = refusedKey(query.get('apiKey') || headers['x-api-key'] || headers.authorization)
    if (refused) return refused
    if (path !== '/v2/top-headlines') return error(404, 'unexpectedError', `Nothing is served at ${path}.`)
    return refusedSelection(query) ?? page(query)
  },
  fault: (status) => error(status, 'unexpectedError', 'Something went wrong on our side, try again in a moment.'),
}

function error(status: number, code: string, message: string): Reply {
  return { status, body: { status: 'error', code, message } }
}

function refusedKey(key: string | string[] | undefined): Reply | null {
  if (!key) return error(401, 'apiKeyMissing', 'Send your API key as the apiKey parameter or the X-Api-Key header.')
  if (key === INVALID_KEY) return error(401, 'apiKeyInvalid', 'Nobody has this API key.')
  if (key === EXHAUSTED_KEY) return error(429, 'rateLimited', 'This key has made its requests of the day.')
  return null
}

function refusedSelection(query: Question['query']): Reply | null {
  const given = (name: string) => Boolean(query.get(name))
  if (!['country', 'category', 'sources', 'q'].some(given)) {
    return error(400, 'parametersMissing', 'Set at least one of country, category, sources and q.')
  }
  if (given('sources') && (given('country') || given('category'))) {
    return error(400, 'parameterInvalid', 'sources does not go together with country or category.')
  }
  return null
}

function page(query: Question['query']): Reply {
  const size = wholeNumber(query.get('pageSize'), 20, [1, 100])
  const number = wholeNumber(query.get('page'), 1, [1, Number.MAX_SAFE_INTEGER])
  if (size === null) return error(400, 'parameterInvalid', 'pageSize is a whole number from 1 to 100.')
  if (number === null) return error(400, 'parameterInvalid', 'page is a whole number from 1.')
  if (size * number > PLAN_RESULTS) {
    return error(426, 'maximumResultsReached', `A developer's key reaches the first ${PLAN_RESULTS} results.`)
  }
  const found = articles.filter((headline) => isAskedFor(headline, query)).map(({ article }) => article)
  const shown = found.slice(size * (number - 1), size * number)
  return { status: 200, body: { status: 'ok', totalResults: found.length, articles: shown } }
}

function isAskedFor({ country, category, article }: Headline, query: Question['query']): boolean {
  const fits = (name: string, value: string) => (query.get(name) || value) === value
  const sources = query.get('sources')
  return (
    fits('country', country) &&
    fits('category', category) &&
    (!sources || sources.split(',').includes(article.source.id ?? '')) &&
    matches(`${article.title} ${article.description}`, query.get('q'))
  )
}
