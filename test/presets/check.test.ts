import { readdirSync } from 'node:fs'
import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { presetText } from './preset.ts'

/** The presets are right as they are, and say which key is missing. */

const PRESETS = {
  news: { keys: ['NEWSAPI_KEY', 'GUARDIAN_KEY'], origins: ['NEWSAPI_URL', 'GUARDIAN_URL', 'HACKERNEWS_URL'] },
  weather: { keys: ['OPENWEATHER_KEY'], origins: ['OPENWEATHER_URL'] },
} as const

t.test('these are all', async (t) => {
  const files = readdirSync(new URL('../../config', import.meta.url))
  t.strictSame(files.sort(), ['demo.yaml', 'news.yaml', 'weather.yaml'])
})

for (const name of ['news', 'weather'] as const) {
  const { keys, origins } = PRESETS[name]
  const set = (names: readonly string[], value: string) => Object.fromEntries(names.map((one) => [one, value]))

  t.test(`${name}: no problem and no warning, with real origins and with others`, async (t) => {
    for (const environment of [
      set(keys, 'secret'),
      { ...set(keys, 'secret'), ...set(origins, 'http://127.0.0.1:9') },
    ]) {
      const { problems, warnings } = parseConfig(presetText(name), environment)
      t.strictSame(problems, [])
      t.strictSame(warnings, [])
    }
  })

  t.test(`${name}: each missing key is named`, async (t) => {
    const messages = parseConfig(presetText(name), {}).problems.map(({ message }) => message)
    t.equal(messages.length, keys.length)
    for (const key of keys) t.ok(messages.some((message) => message.includes(`${key} is not set`)))
  })
}
