import t, { type Test } from 'tap'
import { GONE } from '../../src/demo/data/items.ts'
import { hackernews } from '../../src/demo/hackernews.ts'
import { newsapi } from '../../src/demo/newsapi.ts'
import { buildNews, but, failing, failures, hanging, type NewsUpstreams, type Row } from './preset.ts'

/** The news preset against the demo's services, over real sockets. */

/** The answer of a new service, and how many rows each publisher has. */
async function ask(t: Test, behaviour: NewsUpstreams = {}, { keys = {}, path = '/aggregate/news' } = {}) {
  const { get } = await buildNews(t, behaviour, keys)
  const { status, json, ms } = await get(path)
  const rows: Row[] = json.data ?? []
  const of = (from: string) => rows.filter(({ source }) => source === from).length
  const counts = {
    newsapi: rows.length - of('The Guardian') - of('Hacker News'),
    guardian: of('The Guardian'),
    hackernews: of('Hacker News'),
  }
  return { status, json, ms, rows, counts }
}

const WHOLE = { newsapi: 10, guardian: 10, hackernews: 10 }
const DOWN = failing(503)

t.test('one list of all three, the newest first, and no gap in it', async (t) => {
  const { status, json, rows, counts } = await ask(t)
  t.equal(status, 200)
  t.strictSame(counts, WHOLE)
  t.strictSame([json.failedSources, json.partial, json.meta.truncated], [[], false, undefined])
  for (const row of rows) {
    t.strictSame(Object.keys(row), ['source', 'title', 'url', 'publishedAt'])
    t.ok(row.source.length > 0 && row.title.length > 0)
    t.ok(URL.canParse(row.url), row.url)
    t.match(row.publishedAt, /^2026-11-\d\dT\d\d:\d\d:\d\dZ$/)
  }
  const times = rows.map(({ publishedAt }) => publishedAt)
  t.strictSame(times, times.toSorted().reverse())
  t.strictSame(rows.slice(0, 4), [
    {
      source: 'Hacker News',
      title: 'A queue that forgets: bounded memory for unbounded work',
      url: 'https://quietfern.example.com/a-queue-that-forgets-bounded-memory-for-unbounded-work',
      publishedAt: '2026-11-20T10:40:00Z',
    },
    {
      source: 'Hacker News',
      title: 'Show HN: Tidepool, a database you can read aloud',
      url: 'https://odd-socket.example.com/show-hn-tidepool-a-database-you-can-read-aloud',
      publishedAt: '2026-11-20T10:19:00Z',
    },
    {
      source: 'The Guardian',
      title: 'Two capitals, one timetable: the night train that nobody expected to fill',
      url: 'https://guardian.example.com/world/2026/nov/20/two-capitals-one-timetable-the-night-train-that-nobody-expected-to-fill',
      publishedAt: '2026-11-20T10:05:00Z',
    },
    {
      source: 'Hacker News',
      title: 'The compiler that explains itself',
      url: 'https://mlindholm.example.com/the-compiler-that-explains-itself',
      publishedAt: '2026-11-20T09:58:00Z',
    },
  ])
  t.strictSame(
    rows.find(({ title }) => title === 'Ferry line returns after nine years'),
    {
      source: 'Harbour Herald',
      title: 'Ferry line returns after nine years',
      url: 'https://harbour-herald.example.com/general/ferry-line-returns-after-nine-years',
      publishedAt: '2026-11-20T09:30:00Z',
    },
  )
  const asking = rows.find(({ title }) => title.startsWith('Ask HN'))
  t.equal(asking?.url, 'https://news.ycombinator.com/item?id=40999940', 'a question has its own page')
})

t.test('without the view each list is under its key; the ids are nowhere', async (t) => {
  const { get } = await buildNews(t)
  const { json } = await get('/aggregate')
  t.strictSame(Object.keys(json.data), ['newsapi', 'guardian', 'hackernews'])
  for (const list of Object.values<Row[]>(json.data)) t.equal(list.length, 10)
})

t.test('a client may search two of them, and say how much', async (t) => {
  const { rows } = await ask(t, {}, { path: '/aggregate/news?sources=newsapi,guardian&q=energy&pageSize=2' })
  t.equal(rows.length, 4)
  t.strictSame(new Set(rows.map(({ source }) => source)).has('Hacker News'), false)
  for (const path of ['/aggregate/news?pageSize=0', '/aggregate/news?country=USA', '/aggregate/news?id=1']) {
    t.equal((await ask(t, {}, { path })).status, 400, path)
  }
})

t.test('what NewsAPI had to take back is left out', async (t) => {
  const { rows } = await ask(t, {}, { path: '/aggregate/news?sources=newsapi&country=gb' })
  t.strictSame(
    rows.map(({ title }) => title),
    [
      'Canal boats deliver parcels to the centre',
      'Village builds its own network in a weekend',
      'Hedgehogs prefer jazz, a garden study finds',
      'Rain stops play, then joins it',
    ],
  )
})

t.test('NewsAPI refuses the key: 401, and it is not asked again', async (t) => {
  const { status, json, counts } = await ask(t, {}, { keys: { NEWSAPI_KEY: 'invalid' } })
  t.equal(status, 200)
  t.strictSame(counts, { ...WHOLE, newsapi: 0 })
  t.strictSame(failures(json), ['newsapi upstream_status 401 1'])
  t.equal(json.partial, true)
})

t.test('NewsAPI has had enough: 429 without Retry-After is not tried again, 426 never', async (t) => {
  const exhausted = await ask(t, {}, { keys: { NEWSAPI_KEY: 'exhausted' } })
  t.strictSame(failures(exhausted.json), ['newsapi upstream_status 429 1'])
  t.equal(exhausted.json.failedSources[0].retryable, true)
  const body = { status: 'error', code: 'maximumResultsReached', message: 'Developer accounts are limited.' }
  const upgrade = but(newsapi, () => ({ status: 426, body }))
  const { json, counts } = await ask(t, { newsapi: upgrade })
  t.strictSame(failures(json), ['newsapi upstream_status 426 1'])
  t.strictSame(counts, { ...WHOLE, newsapi: 0 })
})

t.test('an error that calls itself a success is a failure, and not a lack of news', async (t) => {
  const body = { status: 'error', code: 'unexpectedError', message: 'Try again.' }
  const { json, counts } = await ask(t, { newsapi: but(newsapi, () => ({ status: 200, body })) })
  t.strictSame(failures(json), ['newsapi upstream_error 200 1'])
  t.strictSame(counts, { ...WHOLE, newsapi: 0 })
  // nor is a body that says nothing of an error, and has no articles
  const other = await ask(t, { newsapi: but(newsapi, () => ({ status: 200, body: {} })) })
  t.strictSame(failures(other.json), ['newsapi select_failed 200 1'])
})

t.test('The Guardian refuses the key, is down, or hangs', async (t) => {
  const refused = await ask(t, {}, { keys: { GUARDIAN_KEY: 'invalid' } })
  t.strictSame(failures(refused.json), ['guardian upstream_status 401 1'])
  const limited = await ask(t, {}, { keys: { GUARDIAN_KEY: 'exhausted' } })
  t.strictSame(failures(limited.json), ['guardian upstream_status 429 1'])
  const down = await ask(t, { guardian: DOWN })
  t.strictSame(failures(down.json), ['guardian upstream_status 503 2'])
  const hung = await ask(t, { guardian: hanging })
  t.strictSame(failures(hung.json), ['guardian http_response_timeout null 2'])
  t.ok(hung.ms > 1_350 && hung.ms < 4_000, `${hung.ms} ms: two attempts of 700 ms, within 1500 ms`)
  for (const { status, counts } of [refused, limited, down, hung]) {
    t.strictSame([status, counts], [200, { ...WHOLE, guardian: 0 }])
  }
})

t.test('a story that is null, deleted or dead is no row, and no failure', async (t) => {
  const ids = [41_000_000, 1, GONE.deleted, GONE.dead, 40_999_990]
  const top = but(hackernews, (path) => (path === '/v0/topstories.json' ? { status: 200, body: ids } : null))
  const { rows, json, counts } = await ask(t, { hackernews: top })
  t.strictSame(counts, { ...WHOLE, hackernews: 2 })
  t.strictSame([json.failedSources, json.partial], [[], false])
  t.notOk(rows.includes(null as never))
})

t.test('some stories fail: the others are shown, and it is said which', async (t) => {
  const broken = but(hackernews, (path) => (/4099999|4099997/.test(path) ? hackernews.fault(500) : null))
  const { json, counts } = await ask(t, { hackernews: broken })
  t.strictSame(counts, { ...WHOLE, hackernews: 8 })
  t.strictSame(failures(json), ['hackernews upstream_status 500 10'])
  t.strictSame(json.failedSources[0].items, [
    { index: 1, code: 'upstream_status', upstreamStatus: 500 },
    { index: 3, code: 'upstream_status', upstreamStatus: 500 },
  ])
  t.equal(json.partial, true)
})

t.test('no ids, no stories: dependency_failed, which says why', async (t) => {
  const { status, json, counts } = await ask(t, { hackernews: DOWN })
  t.equal(status, 200)
  t.strictSame(counts, { ...WHOLE, hackernews: 0 })
  t.strictSame(failures(json), ['hackernews dependency_failed null 0'])
  t.strictSame(json.failedSources[0].cause, { source: 'topstories', code: 'upstream_status' })
  const page = but(hackernews, () => ({ status: 200, body: { error: 'Permission denied' } }))
  const other = await ask(t, { hackernews: page })
  t.strictSame(other.json.failedSources[0].cause, { source: 'topstories', code: 'invalid_body' })
})

t.test('one down and one that hangs: the rest, in time', async (t) => {
  const { status, json, ms, counts } = await ask(t, { newsapi: DOWN, hackernews: hanging })
  t.equal(status, 200)
  t.strictSame(counts, { newsapi: 0, guardian: 10, hackernews: 0 })
  t.strictSame(failures(json), ['newsapi upstream_status 503 2', 'hackernews dependency_failed null 0'])
  t.strictSame(json.failedSources[1].cause, { source: 'topstories', code: 'http_response_timeout' })
  t.ok(ms < 1_300, `${ms} ms`)
})

t.test('all down: a problem, and no list', async (t) => {
  const { status, json } = await ask(t, { newsapi: DOWN, guardian: DOWN, hackernews: DOWN })
  t.equal(status, 502)
  t.equal(json.data, undefined)
  t.strictSame(
    json.failedSources.map(({ id }: { id: string }) => id),
    ['newsapi', 'guardian', 'hackernews'],
  )
})

t.test('what was asked for within the minute is not asked for again', async (t) => {
  const { get } = await buildNews(t)
  const first = await get('/aggregate/news')
  const second = await get('/aggregate/news?explain=true')
  t.strictSame(second.json.data, first.json.data)
  for (const id of ['newsapi', 'guardian', 'hackernews']) {
    t.match(second.json.meta.sources[id], { from: 'cache', attempts: 0 }, id)
  }
})
