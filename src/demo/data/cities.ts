const SKIES = {
  clear: { id: 800, main: 'Clear', description: 'clear sky', icon: '01d' },
  fewClouds: { id: 801, main: 'Clouds', description: 'few clouds', icon: '02d' },
  brokenClouds: { id: 803, main: 'Clouds', description: 'broken clouds', icon: '04d' },
  mist: { id: 701, main: 'Mist', description: 'mist', icon: '50d' },
  lightRain: { id: 500, main: 'Rain', description: 'light rain', icon: '10d' },
  lightSnow: { id: 600, main: 'Snow', description: 'light snow', icon: '13d' },
}

type Sky = keyof typeof SKIES
type Row = [
  id: number,
  name: string,
  country: string,
  lat: number,
  lon: number,
  hours: number,
  sky: Sky,
  celsius: number,
]

// The places are real, the weather is not.
const rows: Row[] = [
  [2643743, 'London', 'GB', 51.5085, -0.1257, 0, 'lightRain', 9.4],
  [2988507, 'Paris', 'FR', 48.8534, 2.3488, 1, 'brokenClouds', 10.8],
  [2950159, 'Berlin', 'DE', 52.5244, 13.4105, 1, 'mist', 4.2],
  [5128581, 'New York', 'US', 40.7143, -74.006, -5, 'clear', 7.6],
  [1850144, 'Tokyo', 'JP', 35.6895, 139.6917, 9, 'fewClouds', 14.9],
  [3448439, 'São Paulo', 'BR', -23.5475, -46.6361, -3, 'lightRain', 22.3],
  [3117735, 'Madrid', 'ES', 40.4165, -3.7026, 1, 'clear', 12.1],
  [184745, 'Nairobi', 'KE', -1.2833, 36.8167, 3, 'brokenClouds', 21.5],
  [1275339, 'Mumbai', 'IN', 19.0144, 72.8479, 5.5, 'mist', 28.7],
  [2147714, 'Sydney', 'AU', -33.8679, 151.2073, 11, 'fewClouds', 23.4],
  [6167865, 'Toronto', 'CA', 43.7001, -79.4163, -5, 'lightSnow', -0.8],
  [360630, 'Cairo', 'EG', 30.0626, 31.2497, 2, 'clear', 24.6],
]

// A fixed time, not now: the same request gets the same bytes.
const MIDNIGHT = Date.parse('2026-11-20T00:00:00Z') / 1000
const HOUR = 3600

/** The weather of a city in OpenWeather's shape and metric units. */
export type City = ReturnType<typeof cityOf>

function cityOf([id, name, country, lat, lon, hours, sky, celsius]: Row, index: number) {
  const timezone = hours * HOUR
  return {
    coord: { lon, lat },
    weather: [SKIES[sky]],
    base: 'stations',
    main: {
      temp: celsius,
      feels_like: celsius - 1.3,
      temp_min: celsius - 1.8,
      temp_max: celsius + 1.6,
      pressure: 1009 + index,
      humidity: 48 + 3 * index,
      sea_level: 1009 + index,
      grnd_level: 1003 + index,
    },
    visibility: sky === 'mist' ? 3500 : 10000,
    wind: { speed: 2.06 + index * 0.4, deg: (40 + 67 * index) % 360 },
    clouds: { all: sky === 'clear' ? 0 : 20 + 6 * index },
    ...(sky === 'lightRain' && { rain: { '1h': 0.42 } }),
    ...(sky === 'lightSnow' && { snow: { '1h': 0.2 } }),
    dt: MIDNIGHT + 11 * HOUR,
    sys: { type: 2, id: 2_000_000 + index, country, ...sunOf(timezone) },
    timezone,
    id,
    name,
    cod: 200,
  }
}

/** Sunrise at 7:00 and sunset at 16:30 local time, everywhere. */
function sunOf(timezone: number) {
  return { sunrise: MIDNIGHT + 7 * HOUR - timezone, sunset: MIDNIGHT + 16.5 * HOUR - timezone }
}

export const cities: readonly City[] = rows.map(cityOf)
