import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { DEMO_CONFIG } from '../../src/demo/config.ts'
import { type DemoOptions, startDemo } from '../../src/demo/demo.ts'
import { build } from '../support/build.ts'

/** What the demo answers, over real sockets, as a newcomer sees it. */

async function start(t: Test, options: DemoOptions = {}) {
  const demo = await startDemo(options)
  t.teardown(() => demo.close())
  return build(t, readFileSync(DEMO_CONFIG, 'utf8'), demo.environment)
}

const QUICK = { latencyMs: [5, 10] } as const
const DOWN = { ...QUICK, failing: { share: 1, statuses: [503] } } as const
const ALL_QUICK = { NEWSAPI: QUICK, GUARDIAN: QUICK, HACKERNEWS: QUICK, OPENWEATHER: QUICK }

const failures = ({ failedSources }: { failedSources: { id: string; code: string; attempts: number }[] }) =>
  failedSources.map(({ id, code, attempts }) => `${id} ${code} ${attempts}`)

interface Row {
  readonly source: string
  readonly title: string
  readonly url: string
  readonly publishedAt: string
}
const brief = (rows: readonly Row[]) => rows.map(({ source, title, publishedAt }) => [source, title, publishedAt])

const STORIES = [
  ['Hacker News', 'A queue that forgets: bounded memory for unbounded work', '2026-11-20T10:40:00Z'],
  ['Hacker News', 'Show HN: Tidepool, a database you can read aloud', '2026-11-20T10:19:00Z'],
  ['Hacker News', 'The compiler that explains itself', '2026-11-20T09:58:00Z'],
  ['Hacker News', 'Why our tests run backwards', '2026-11-20T09:37:00Z'],
  ['Hacker News', 'Notes from ten years of on-call', '2026-11-20T09:16:00Z'],
]
const ARTICLES = [
  ['The Guardian', 'Two capitals, one timetable: the night train that nobody expected to fill', '2026-11-20T10:05:00Z'],
  ['The Guardian', 'The programmers who write for machines older than they are', '2026-11-20T09:34:00Z'],
  ['The Guardian', 'Tidal energy: the village that sells its moonlight', '2026-11-20T09:03:00Z'],
]
const HEADLINES = [
  ['Harbour Herald', 'Ferry line returns after nine years', '2026-11-20T09:30:00Z'],
  ['Tech Lantern', 'Pocket satellite maps wildfire smoke by the minute', '2026-11-20T08:43:00Z'],
  ['Northern Ledger', 'Small bakeries share one oven', '2026-11-20T07:56:00Z'],
]
const newestFirst = (...lists: string[][][]) => lists.flat().sort(([, , a = ''], [, , b = '']) => (a < b ? 1 : -1))

t.test('the first four answers: complete, one timed out, one failed, one tried again', async (t) => {
  const { get } = await start(t)
  const seen = []
  for (let call = 0; call < 4; call += 1) {
    const { status, json } = await get('/aggregate?explain=true')
    t.equal(status, 200)
    t.strictSame(Object.keys(json.data), ['weather', 'newsapi', 'guardian', 'hackernews', 'story', 'stories'])
    t.equal(json.data.stories.length, 5)
    seen.push([json.partial, ...failures(json), json.meta.sources.newsapi.attempts])
  }
  t.strictSame(seen, [
    [false, 1],
    [true, 'guardian http_response_timeout 1', 1],
    [true, 'newsapi upstream_status 1', 1],
    [false, 2],
  ])
})

t.test('the news view is one list, the newest first', async (t) => {
  const { get } = await start(t, { manners: ALL_QUICK })
  const { json } = await get('/aggregate/news')
  t.strictSame(brief(json.data), newestFirst(STORIES, ARTICLES, HEADLINES))
  t.strictSame([json.failedSources, json.partial], [[], false])
  for (const row of json.data) {
    t.strictSame(Object.keys(row), ['source', 'title', 'url', 'publishedAt'])
    t.match(row.url, /^https:\/\/[a-z-]+\.example\.com\/[a-z0-9/-]+$/)
  }
})

t.test('the news view works on the demo with one source down and one slow', async (t) => {
  const { get } = await start(t, {
    manners: { ...ALL_QUICK, NEWSAPI: DOWN, GUARDIAN: { latencyMs: [3_000, 3_001] } },
  })
  const { status, json, ms } = await get('/aggregate/news')
  t.equal(status, 200)
  t.strictSame(brief(json.data), STORIES)
  t.strictSame(failures(json), ['newsapi upstream_status 2', 'guardian http_response_timeout 1'])
  t.equal(json.partial, true)
  t.ok(ms > 480 && ms < 2_500, `${ms} ms: as long as the slow one may take, and no longer`)
})

t.test('the news view without Hacker News, whose fallback says that there are no stories', async (t) => {
  const { get } = await start(t, { manners: { ...ALL_QUICK, HACKERNEWS: DOWN } })
  const { json } = await get('/aggregate/news')
  t.strictSame(brief(json.data), newestFirst(ARTICLES, HEADLINES))
})

t.test('a story that was there a moment ago is not asked for again', async (t) => {
  const { get } = await start(t, { manners: ALL_QUICK })
  await get('/aggregate?sources=stories')
  const { json } = await get('/aggregate?sources=stories&explain=true')
  t.match(json.meta.sources.stories, { from: 'cache', attempts: 0, bytes: 0 })
})
