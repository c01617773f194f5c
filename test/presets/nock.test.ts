import nock from 'nock'
import t, { type Test } from 'tap'
import { contents } from '../../src/demo/data/contents.ts'
import { inject } from '../support/inject.ts'
import { failures, presetOf, type Row } from './preset.ts'

/**
 * The presets as they go out: to the real origins, with the parameters and keys that those document. In a file of its
 * own, because nock patches node:net.
 */

const NEWSAPI = 'https://newsapi.org'
const GUARDIAN = 'https://content.guardianapis.com'
const HACKERNEWS = 'https://hacker-news.firebaseio.com'
const OPENWEATHER = 'https://api.openweathermap.org'

const [content] = contents
const article = {
  source: { id: null, name: 'Reuters' },
  author: null,
  title: 'A headline',
  description: null,
  url: 'https://reuters.example.com/a',
  urlToImage: null,
  publishedAt: '2026-11-20T10:00:00Z',
  content: null,
}

const replyNewsapi = (status: number, body: object) =>
  nock(NEWSAPI, { reqheaders: { 'x-api-key': 'key-n', 'user-agent': /./ } })
    .get('/v2/top-headlines?country=us&pageSize=10')
    .reply(status, body)
const replyGuardian = (status: number, body: object) =>
  nock(GUARDIAN, { reqheaders: { 'api-key': 'key-g' } })
    .get('/search?order-by=newest&page-size=10')
    .reply(status, body)
const replyIds = (ids: unknown) => nock(HACKERNEWS).get('/v0/topstories.json').reply(200, JSON.stringify(ids))
const replyItem = (id: number, item: unknown, status = 200) =>
  nock(HACKERNEWS).get(`/v0/item/${id}.json`).reply(status, JSON.stringify(item))
const replyWeather = (query: string, status: number, body: object) =>
  nock(OPENWEATHER).get(`/data/2.5/weather?${query}&appid=key-o`).reply(status, body)

async function askNews(t: Test, path = '/aggregate/news') {
  const { app } = await inject(t, presetOf('news'))
  const { statusCode, body } = await app.inject(path)
  t.notMatch(body, /key-[ngo]/)
  t.strictSame(nock.pendingMocks(), [])
  const json = JSON.parse(body)
  return { status: statusCode, json, rows: (json.data ?? []) as Row[] }
}

const story = { by: 'a', descendants: 0, id: 7, score: 3, time: 1175714200, title: 'A story', type: 'story' }

t.test('one list of all three', async (t) => {
  const removed = { ...article, title: '[Removed]', url: 'https://removed.com', publishedAt: '1970-01-01T00:00:00Z' }
  replyNewsapi(200, { status: 'ok', totalResults: 2, articles: [article, removed] })
  replyGuardian(200, { response: { status: 'ok', userTier: 'developer', total: 1, results: [content?.result] } })
  replyIds([7, 8, 9, 10, 11])
  replyItem(7, { ...story, url: 'https://story.example.com/' })
  replyItem(8, null)
  replyItem(9, { deleted: true, id: 9, time: 1175714200, type: 'story' })
  replyItem(10, { ...story, id: 10, dead: true })
  replyItem(11, { ...story, id: 11, time: 1709210096, title: 'Ask HN: Leap day?', text: 'Why?' })
  const { status, json, rows } = await askNews(t)
  t.equal(status, 200)
  t.strictSame([json.failedSources, json.partial], [[], false])
  t.strictSame(rows, [
    {
      source: 'The Guardian',
      title: content?.result.webTitle,
      url: content?.result.webUrl,
      publishedAt: '2026-11-20T10:05:00Z',
    },
    {
      source: 'Reuters',
      title: 'A headline',
      url: 'https://reuters.example.com/a',
      publishedAt: '2026-11-20T10:00:00Z',
    },
    {
      source: 'Hacker News',
      title: 'Ask HN: Leap day?',
      url: 'https://news.ycombinator.com/item?id=11',
      publishedAt: '2024-02-29T12:34:56Z',
    },
    {
      source: 'Hacker News',
      title: 'A story',
      url: 'https://story.example.com/',
      publishedAt: '2007-04-04T19:16:40Z',
    },
  ])
})

t.test('of 500 ids the first ten are asked for', async (t) => {
  replyIds(Array.from({ length: 500 }, (_, index) => index + 1))
  for (let id = 1; id <= 10; id += 1) replyItem(id, { ...story, id })
  const { rows } = await askNews(t, '/aggregate/news?sources=hackernews')
  t.equal(rows.length, 10)
})

t.test('dates from all months, and around their ends', async (t) => {
  const days = ['1970-01-01', '1972-02-29', '1999-12-31', '2000-02-29', '2000-03-01', '2025-03-01', '2027-02-28']
  const times = [...days.map((day) => `${day}T00:00:01Z`), '2024-12-31T23:59:59Z', '2099-08-31T09:05:07Z']
  replyIds(times.map((_, index) => index + 1))
  for (const [index, time] of times.entries())
    replyItem(index + 1, { ...story, id: index + 1, time: Date.parse(time) / 1000 })
  const { rows } = await askNews(t, '/aggregate/news?sources=hackernews')
  t.strictSame(
    rows.map(({ publishedAt }) => publishedAt),
    times.toSorted().reverse(),
  )
})

const REFUSALS = [
  [401, 'apiKeyInvalid'],
  [426, 'maximumResultsReached'],
  [429, 'rateLimited'],
  [500, 'unexpectedError'],
] as const

for (const [status, code] of REFUSALS) {
  t.test(`NewsAPI answers ${status} ${code}: asked once, and the others are shown`, async (t) => {
    replyNewsapi(status, { status: 'error', code, message: 'No.' })
    replyGuardian(200, { response: { status: 'ok', results: [content?.result] } })
    replyIds([])
    const { json, rows } = await askNews(t)
    t.strictSame(failures(json), [`newsapi upstream_status ${status} 1`])
    t.equal(rows.length, 1)
    t.equal(json.partial, true)
  })
}

t.test('The Guardian, in both of its ways to say no', async (t) => {
  for (const [status, body] of [
    [401, { message: 'Unauthorized' }],
    [400, { response: { status: 'error', message: 'page-size must be an integer between 0 and 200' } }],
  ] as const) {
    replyNewsapi(200, { status: 'ok', totalResults: 1, articles: [article] })
    replyGuardian(status, body)
    replyIds([])
    const { json, rows } = await askNews(t)
    t.strictSame(failures(json), [`guardian upstream_status ${status} 1`])
    t.equal(rows.length, 1)
  }
})

t.test('Hacker News: one story fails, or there are no ids', async (t) => {
  replyIds([7, 8])
  replyItem(7, story)
  replyItem(8, { error: 'Permission denied' }, 401)
  const { json, rows } = await askNews(t, '/aggregate/news?sources=hackernews')
  t.equal(rows.length, 1)
  t.match(json.failedSources, [{ id: 'hackernews', items: [{ index: 1, upstreamStatus: 401 }] }])
  nock(HACKERNEWS).get('/v0/topstories.json').reply(401, { error: 'Permission denied' })
  const none = await askNews(t, '/aggregate/news?sources=hackernews')
  t.equal(none.status, 502)
  t.strictSame(failures(none.json), ['hackernews dependency_failed null 0'])
  t.strictSame(none.json.failedSources[0].cause, { source: 'topstories', code: 'upstream_status' })
})

const london = {
  name: 'London',
  sys: { country: 'GB' },
  weather: [{ id: 500, main: 'Rain', description: 'light rain', icon: '10d' }],
  main: { temp: 9.4, feels_like: 8.1, humidity: 48 },
  wind: { speed: 2.06, deg: 40 },
  dt: 1795172400,
  cod: 200,
}

t.test('OpenWeather: a city, one that nobody knows, a key that is refused', async (t) => {
  const { app } = await inject(t, presetOf('weather'))
  const ask = async (city: string) => {
    const { statusCode, body } = await app.inject(`/aggregate?city=${encodeURIComponent(city)}`)
    t.notMatch(body, /key-o/)
    return { status: statusCode, json: JSON.parse(body) }
  }
  replyWeather('q=London&units=metric', 200, london)
  t.strictSame((await ask('London')).json.data.weather, {
    city: 'London',
    country: 'GB',
    description: 'light rain',
    temp: 9.4,
    feelsLike: 8.1,
    humidity: 48,
    wind: 2.06,
    measuredAt: 1795172400,
  })
  replyWeather('q=Atlantis&units=metric', 404, { cod: '404', message: 'city not found' })
  const unknown = await ask('Atlantis')
  t.strictSame([unknown.status, unknown.json.data, unknown.json.failedSources], [200, { weather: null }, []])
  replyWeather('q=S%C3%A3o%20Paulo%2CBR&units=metric', 401, { cod: 401, message: 'Invalid API key.' })
  const refused = await ask('São Paulo,BR')
  t.equal(refused.status, 502)
  t.strictSame(failures(refused.json), ['weather upstream_status 401 1'])
})
