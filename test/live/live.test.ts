import t, { type Test } from 'tap'
import { presetText, type Row } from '../presets/preset.ts'
import { build } from '../support/build.ts'

/**
 * The presets against the real services: their keys come from the environment, and what has none is skipped. Only the
 * form of what comes back is looked at.
 */

const { NEWSAPI_KEY, GUARDIAN_KEY, OPENWEATHER_KEY, LIVE } = process.env

/** What skips a test: a reason, or false. */
const unless = (value: string | undefined, reason: string) => ({ skip: value ? false : reason })

/** For the services that a test does not ask. */
const UNUSED = { NEWSAPI_KEY: 'unused', GUARDIAN_KEY: 'unused', OPENWEATHER_KEY: 'unused' }

async function checkRows(t: Test, source: string, key: object, from?: string): Promise<void> {
  const { get } = await build(t, presetText('news'), { ...UNUSED, ...key })
  const { status, json } = await get(`/aggregate/news?sources=${source}`)
  t.equal(status, 200)
  t.strictSame([json.failedSources, json.partial], [[], false])
  const rows: Row[] = json.data ?? []
  t.ok(rows.length > 0, 'there is news')
  for (const row of rows) {
    t.strictSame(Object.keys(row), ['source', 'title', 'url', 'publishedAt'])
    t.ok(row.title.length > 0)
    t.match(row.url, /^https?:\/\//)
    t.match(row.publishedAt, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d/)
    t.equal(row.source, from ?? row.source)
  }
}

t.test('NewsAPI: top headlines', unless(NEWSAPI_KEY, 'NEWSAPI_KEY is not set'), (t) =>
  checkRows(t, 'newsapi', { NEWSAPI_KEY }),
)

t.test('The Guardian: the newest articles', unless(GUARDIAN_KEY, 'GUARDIAN_KEY is not set'), (t) =>
  checkRows(t, 'guardian', { GUARDIAN_KEY }, 'The Guardian'),
)

t.test('Hacker News: the top stories', unless(LIVE, 'LIVE=1 is not set'), (t) =>
  checkRows(t, 'hackernews', {}, 'Hacker News'),
)

t.test(
  'OpenWeather: four cities, and one that nobody knows',
  unless(OPENWEATHER_KEY, 'OPENWEATHER_KEY is not set'),
  async (t) => {
    const { get } = await build(t, presetText('weather'), { OPENWEATHER_KEY })
    const { status, json } = await get('/aggregate/cities')
    t.equal(status, 200)
    t.strictSame([json.failedSources, json.partial], [[], false])
    for (const city of Object.values(json.data ?? {})) t.match(city, { city: String, country: String, temp: Number })
    const unknown = await get('/aggregate?city=Qwxyzzyplugh')
    t.strictSame([unknown.status, unknown.json.data], [200, { weather: null }])
  },
)
