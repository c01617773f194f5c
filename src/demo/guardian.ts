import { type Content, contents } from './data/contents.ts'
import { matches, wholeNumber } from './data/query.ts'
import { EXHAUSTED_KEY, INVALID_KEY, type Question, type Reply, type Service } from './service.ts'

/** Imitates The Guardian Open Platform: https://open-platform.theguardian.com/documentation/search */
export const guardian: Service = {
  answer({ path, query, headers }) {
    const key = query.get('api-key') || headers['api-key']
    // The gateway before the service answers these two, in a shape of its own.
    if (!key || key === INVALID_KEY) return { status: 401, body: { message: 'Unauthorized' } }
    if (key === EXHAUSTED_KEY) return { status: 429, body: { message: 'API rate limit exceeded' } }
    return path === '/search' ? search(query) : error(404, 'The requested resource could not be found.')
  },
  fault: (status) => error(status, 'The search is not available for the moment.'),
}

function error(status: number, message: string): Reply {
  return { status, body: { response: { status: 'error', message } } }
}

function search(query: Question['query']): Reply {
  const pageSize = wholeNumber(query.get('page-size'), 10, [1, 200])
  const currentPage = wholeNumber(query.get('page'), 1, [1, Number.MAX_SAFE_INTEGER])
  if (pageSize === null) return error(400, 'page-size must be an integer between 1 and 200')
  if (currentPage === null) return error(400, 'page must be an integer of at least 1')
  const orderBy = query.get('order-by') || (query.get('q') ? 'relevance' : 'newest')
  const found = contents.filter((content) => isAskedFor(content, query))
  if (orderBy === 'oldest') found.reverse()
  const pages = Math.ceil(found.length / pageSize)
  if (currentPage > Math.max(pages, 1)) return error(400, 'The page lies behind the last one.')
  const before = pageSize * (currentPage - 1)
  const results = found.slice(before, before + pageSize).map((content) => shownOf(content, query.get('show-fields')))
  const paging = { total: found.length, startIndex: pages && before + 1, pageSize, currentPage, pages, orderBy }
  return { status: 200, body: { response: { status: 'ok', userTier: 'developer', ...paging, results } } }
}

function isAskedFor({ result, fields }: Content, query: Question['query']): boolean {
  const section = query.get('section')
  return (
    (!section || section.split('|').includes(result.sectionId)) &&
    matches(`${result.webTitle} ${fields.trailText}`, query.get('q'))
  )
}

function shownOf({ result, fields }: Content, showFields: string | null) {
  if (!showFields) return result
  const asked = showFields.split(',')
  const shown = Object.entries(fields).filter(([name]) => asked.includes('all') || asked.includes(name))
  return { ...result, fields: Object.fromEntries(shown) }
}
