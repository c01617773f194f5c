import { type City, cities } from './data/cities.ts'
import { plain } from './data/query.ts'
import { EXHAUSTED_KEY, INVALID_KEY, type Reply, type Service } from './service.ts'

/** Imitates OpenWeather's current weather: https://openweathermap.org/current#name */
export const openweather: Service = {
  answer({ path, query }) {
    const key = query.get('appid')
    if (!key || key === INVALID_KEY) return error(401, 'Invalid API key: send yours as the appid parameter.')
    if (key === EXHAUSTED_KEY) return error(429, 'This key has made more requests than its subscription has.')
    if (path !== '/data/2.5/weather') return error('404', 'Internal error')
    const q = query.get('q')
    if (!q) return error('400', 'Nothing to geocode')
    const city = cityNamed(q)
    return city ? { status: 200, body: weatherOf(city, query.get('units')) } : error('404', 'city not found')
  },
  fault: (status) => error(status, 'Internal error'),
}

/** `cod` is a number or a string, depending on the kind of error, as in the real service. */
function error(cod: number | string, message: string): Reply {
  return { status: Number(cod), body: { cod, message } }
}

/** Finds a city by `London`, `london,gb`, or with a state in between: `New York,NY,US`. */
function cityNamed(q: string): City | undefined {
  const [name = '', ...region] = q.split(',').map(plain)
  const country = region.at(-1)?.replace('uk', 'gb')
  return cities.find((city) => plain(city.name) === name && (!country || plain(city.sys.country) === country))
}

const DEGREES = { standard: (c: number) => c + 273.15, metric: (c: number) => c, imperial: (c: number) => c * 1.8 + 32 }

function weatherOf(city: City, asked: string | null) {
  const units = asked === 'metric' || asked === 'imperial' ? asked : 'standard'
  const degrees = (celsius: number) => rounded(DEGREES[units](celsius))
  const speed = (metersPerSecond: number) => rounded(metersPerSecond * (units === 'imperial' ? 2.237 : 1))
  const { temp, feels_like, temp_min, temp_max } = city.main
  return {
    ...city,
    main: {
      ...city.main,
      temp: degrees(temp),
      feels_like: degrees(feels_like),
      temp_min: degrees(temp_min),
      temp_max: degrees(temp_max),
    },
    wind: { ...city.wind, speed: speed(city.wind.speed) },
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
