import t from 'tap'
import { openweather } from '../../src/demo/openweather.ts'
import { ask } from './ask.ts'

const weather = (q: string, units = 'metric') =>
  ask(openweather, `/data/2.5/weather?appid=any&units=${units}&q=${encodeURIComponent(q)}`)

t.test('the weather of a city', async (t) => {
  const { status, body } = weather('London')
  t.equal(status, 200)
  t.match(body, {
    coord: { lon: -0.1257, lat: 51.5085 },
    weather: [{ id: 500, main: 'Rain', description: 'light rain', icon: '10d' }],
    base: 'stations',
    main: { temp: 9.4, feels_like: 8.1, temp_min: 7.6, temp_max: 11, pressure: Number, humidity: Number },
    visibility: Number,
    wind: { speed: Number, deg: Number },
    clouds: { all: Number },
    rain: { '1h': Number },
    dt: Number,
    sys: { country: 'GB', sunrise: Number, sunset: Number },
    timezone: 0,
    id: 2643743,
    name: 'London',
    cod: 200,
  })
})

t.test('many cities, however they are written', async (t) => {
  for (const name of ['London', 'Paris', 'Berlin', 'New York', 'Tokyo', 'São Paulo']) {
    t.equal(weather(name).body.name, name)
    t.equal(weather(name.toUpperCase()).body.name, name)
  }
  t.equal(weather('sao paulo').body.name, 'São Paulo')
  for (const q of ['london,gb', 'London, UK', 'New York,NY,US']) t.equal(weather(q).status, 200)
  t.equal(weather('Toronto').body.snow['1h'], 0.2)
})

t.test('units', async (t) => {
  const temperatures = ['metric', 'imperial', 'standard', ''].map((units) => weather('Paris', units).body.main.temp)
  t.same(temperatures, [10.8, 51.44, 283.95, 283.95])
  t.equal(weather('London', 'imperial').body.wind.speed, 4.61)
  t.equal(weather('London', 'standard').body.wind.speed, 2.06)
})

t.test('errors: cod is a string or a number, as at the real one', async (t) => {
  t.same(weather('Atlantis'), { status: 404, body: { cod: '404', message: 'city not found' } })
  t.equal(weather('London,FR').status, 404)
  t.same(weather(''), { status: 400, body: { cod: '400', message: 'Nothing to geocode' } })
  t.match(ask(openweather, '/data/2.5/weather?q=London'), {
    status: 401,
    body: { cod: 401, message: /^Invalid API key/ },
  })
  t.match(ask(openweather, '/data/2.5/weather?q=London&appid=invalid'), { status: 401, body: { cod: 401 } })
  t.match(ask(openweather, '/data/2.5/weather?appid=exhausted'), { status: 429, body: { cod: 429, message: String } })
  t.match(ask(openweather, '/data/9?appid=any'), { status: 404, body: { cod: '404' } })
  t.match(openweather.fault(500), { status: 500, body: { cod: 500, message: String } })
})
