import t, { type Test } from 'tap'
import { DEFAULT_SEED, startDemo, turnsOf, upstreams } from '../../src/demo/demo.ts'
import { fetchJson } from './ask.ts'

/** A demo that the test closes, as the origins of its upstreams. */
async function start(t: Test, options?: { seed: number }) {
  const demo = await startDemo(options)
  t.teardown(() => demo.close())
  const { DEMO_NEWSAPI = '', DEMO_GUARDIAN = '', DEMO_HACKERNEWS = '', DEMO_OPENWEATHER = '' } = demo.environment
  return { demo, DEMO_NEWSAPI, DEMO_GUARDIAN, DEMO_HACKERNEWS, DEMO_OPENWEATHER }
}

const HEADLINES = '/v2/top-headlines?country=us&apiKey=any'

async function statuses(origin: string, count: number) {
  const seen = []
  for (let call = 0; call < count; call++) seen.push((await fetchJson(origin + HEADLINES)).status)
  return seen
}

t.test('four upstreams on loopback', async (t) => {
  const { demo, ...origins } = await start(t)
  t.same(Object.keys(demo.environment), Object.keys(origins))
  for (const origin of Object.values(demo.environment)) t.match(origin, /^http:\/\/127\.0\.0\.1:\d+$/)
  const city = await fetchJson(`${origins.DEMO_OPENWEATHER}/data/2.5/weather?appid=any&q=S%C3%A3o+Paulo`)
  t.match(city, { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } })
  t.equal(city.body.name, 'São Paulo')
  t.equal((await fetchJson(`${origins.DEMO_HACKERNEWS}/v0/item/1.json`)).body, null)
  t.equal((await fetchJson(`${origins.DEMO_GUARDIAN}/search`, { 'api-key': 'any' })).body.response.status, 'ok')
  t.equal((await fetchJson(`${origins.DEMO_HACKERNEWS}//`)).status, 401, 'a path that is no URL')
})

t.test('the same seed gives the same run over HTTP, whatever the others are asked', async (t) => {
  const [one, two] = [await start(t, { seed: 3 }), await start(t, { seed: 3 })]
  const [first] = await Promise.all([statuses(one.DEMO_NEWSAPI, 10), statuses(one.DEMO_GUARDIAN, 2)])
  t.same(first, await statuses(two.DEMO_NEWSAPI, 10))
  t.ok(new Set(first).size > 1, 'with failures in it')
})

t.test('NewsAPI fails as its turns say', async (t) => {
  const expected = turnsOf('NEWSAPI', upstreams.NEWSAPI.manners, DEFAULT_SEED)
    .take(6)
    .map(({ fault }) => fault ?? 200)
    .toArray()
  t.same(await statuses((await start(t)).DEMO_NEWSAPI, 6), expected)
})

t.test('The Guardian is late as its turns say', async (t) => {
  const { DEMO_GUARDIAN } = await start(t)
  const turns = turnsOf('GUARDIAN', upstreams.GUARDIAN.manners, DEFAULT_SEED).take(6).toArray()
  const times = turns.map(async ({ delayMs }) => {
    const startedAt = performance.now()
    await fetchJson(`${DEMO_GUARDIAN}/search?api-key=any`)
    return { delayMs, tookMs: performance.now() - startedAt }
  })
  // They arrive together, in whatever order: only the longest is surely the longest.
  const took = (await Promise.all(times)).map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const delays = turns.map(({ delayMs }) => delayMs).sort((a, b) => a - b)
  // A timer may fire a millisecond early.
  t.ok(
    took.every((tookMs, place) => tookMs > (delays[place] ?? 0) - 2),
    `${took} for ${delays}`,
  )
})
