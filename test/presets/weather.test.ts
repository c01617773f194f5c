import t from 'tap'
import { openweather } from '../../src/demo/openweather.ts'
import { buildWeather, but, failing, failures, hanging } from './preset.ts'

/** The weather preset against the demo's service, over real sockets. */

const LONDON = {
  city: 'London',
  country: 'GB',
  description: 'light rain',
  temp: 9.4,
  feelsLike: 8.1,
  humidity: 48,
  wind: 2.06,
  measuredAt: 1795172400,
}

t.test('a city, in short', async (t) => {
  const { service } = await buildWeather(t)
  const { json } = await service.get('/aggregate')
  t.strictSame(json.data, { weather: LONDON })
  t.strictSame([json.failedSources, json.partial], [[], false])
  const { json: other } = await service.get('/aggregate?city=Paris,FR&units=imperial')
  t.match(other.data.weather, { city: 'Paris', country: 'FR', temp: 51.44 })
})

t.test('the view: four cities at once', async (t) => {
  const { service, asked } = await buildWeather(t)
  const { json } = await service.get('/aggregate/cities')
  const brief = Object.entries<typeof LONDON>(json.data).map(([key, { city, temp }]) => [key, city, temp])
  t.strictSame(brief, [
    ['london', 'London', 9.4],
    ['paris', 'Paris', 10.8],
    ['tokyo', 'Tokyo', 14.9],
    ['sao_paulo', 'São Paulo', 22.3],
  ])
  t.equal(asked.length, 4)
})

t.test('a batch of any cities; one that nobody knows is null and no failure', async (t) => {
  const { service } = await buildWeather(t)
  const requests = [
    { id: 'here', source: 'weather', params: { city: 'London' } },
    { id: 'there', source: 'weather', params: { city: 'New York,NY,US', units: 'imperial' } },
    { id: 'nowhere', source: 'weather', params: { city: 'Atlantis' } },
  ]
  const options = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests }),
  }
  const { status, json } = await service.get('/aggregate', options)
  t.equal(status, 200)
  t.strictSame(json.data.here, LONDON)
  t.match(json.data.there, { city: 'New York', temp: 45.68 })
  t.equal(json.data.nowhere, null)
  t.strictSame([json.failedSources, json.partial], [[], false])
})

t.test('a key that is refused fails the whole view', async (t) => {
  const { service, asked } = await buildWeather(t, {}, 'invalid')
  const { status, json } = await service.get('/aggregate/cities')
  t.equal(status, 502)
  t.strictSame(failures(json), [
    'london upstream_status 401 1',
    'paris upstream_status 401 1',
    'tokyo upstream_status 401 1',
    'sao_paulo upstream_status 401 1',
  ])
  t.equal(asked.length, 4)
})

t.test('too many calls: a problem that says to come back', async (t) => {
  const { service } = await buildWeather(t, {}, 'exhausted')
  const { status, headers, json } = await service.get('/aggregate')
  t.equal(status, 503)
  t.equal(headers['retry-after'], '1')
  t.strictSame(failures(json), ['weather upstream_status 429 1'])
})

t.test('one city fails, the others stand', async (t) => {
  let calls = 0
  const { service } = await buildWeather(
    t,
    but(openweather, () => (calls++ === 0 ? openweather.fault(500) : null)),
  )
  const { status, json } = await service.get('/aggregate/cities')
  t.equal(status, 200)
  t.equal(Object.values(json.data).filter((city) => city === null).length, 1)
  t.strictSame([json.failedSources.length, json.failedSources[0].upstreamStatus, json.partial], [1, 500, true])
})

t.test('down and hanging are tried twice', async (t) => {
  const { service: down } = await buildWeather(t, failing(503))
  t.strictSame(failures((await down.get('/aggregate')).json), ['weather upstream_status 503 2'])
  const { service: hung } = await buildWeather(t, hanging)
  const { status, json, ms } = await hung.get('/aggregate')
  t.equal(status, 504)
  t.strictSame(failures(json), ['weather http_response_timeout null 2'])
  t.ok(ms > 1_350 && ms < 4_000, `${ms} ms`)
})

t.test('weather without a temperature is refused', async (t) => {
  const { service } = await buildWeather(
    t,
    but(openweather, () => ({ status: 200, body: { name: 'London', cod: 200 } })),
  )
  t.strictSame(failures((await service.get('/aggregate')).json), ['weather invalid_body 200 1'])
})

t.test('what was asked for a moment ago is not asked for again', async (t) => {
  const { service, asked } = await buildWeather(t)
  for (let call = 0; call < 3; call += 1) await service.get('/aggregate/cities')
  t.equal(asked.length, 4)
})
