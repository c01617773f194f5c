import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { parse } from 'yaml'
import { publicSchema } from '../../../src/config/configuration.ts'

interface Schema {
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
}

const published = JSON.parse(readFileSync(new URL('../../../config.schema.json', import.meta.url), 'utf8'))

const fits = new Ajv2020({ allowUnionTypes: true, strictTypes: false }).compile(published)

t.test('config.schema.json is up to date (else: npm run schema)', async (t) => {
  t.same(published, JSON.parse(JSON.stringify(publicSchema())))
})

t.test('every key has a description, and examples and a default that fit it', async (t) => {
  const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false })
  const visit = (schema: Schema, path: string): void => {
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      const here = `${path}.${key}`
      t.ok((inner.description?.length ?? 0) > 10, `${here} has a description`)
      t.ok((inner.examples?.length ?? 0) > 0, `${here} has an example`)
      const validate = ajv.compile({ ...inner, $defs: published.$defs })
      for (const example of [...(inner.examples ?? []), ...('default' in inner ? [inner.default] : [])]) {
        t.ok(validate(example), `${here}: ${JSON.stringify(example)}`)
      }
      if ('default' in inner) t.match(inner.description, /Default/, here)
      visit(inner, here)
    }
    for (const inner of Object.values(schema.patternProperties ?? {})) visit(inner, `${path}.*`)
    for (const inner of schema.anyOf ?? []) visit(inner, path)
  }
  visit(published, '')
})

t.test('accepts what the service accepts', async (t) => {
  t.ok(
    fits(
      parse(`
server: { port: "\${PORT}", trustProxy: "\${X:-false}", drainDelay: 0, explain: "\${E}" }
deadline: { default: "\${D}", max: 5s }
cache: { maxBytes: 1mb }
defaults: { bulkhead: false, timeout: 1s, rateLimit: { per: 1s } }
sources:
  weather:
    url: https://api.example/weather{?q,appid}
    params: { q: { type: string, required: true } }
    values: { appid: "\${KEY}" }
    maxBytes: "\${N}kb"
    emptyStatuses: ["\${S}"]
    bulkhead: { maxInFlight: "\${B}" }
    retry: { attempts: "\${A}", baseDelay: 0, budget: { ratio: 0.1, minPerSecond: "\${M}" } }
    breaker: { failureRate: 1 }
    hedge: { maxExtraLoad: "\${H}" }
    rateLimit: { max: 5 }
    cache: { ttl: 0 }
    redirects: "\${R}"
    deadlineHeader: "\${D}"
  stories:
    url: "https://b.example/{id}{?user}"
    method: "\${M}"
    format: "\${F}"
    select: "\${S}"
    body: { id: "{id}", key: "\${KEY}", deep: [1, null] }
    bind: { user: { from: weather, select: "\${S}" } }
    forEach: { from: weather, as: id, limit: "\${L}", concurrency: 1 }
views:
  shaped: { sources: [weather], shape: "weather" }
  parts: { sources: [weather], shape: { temp: weather.temp } }
  home: { sources: { a: { source: weather, params: { q: London } } } }
  list: { sources: [weather] }
`),
    ),
    JSON.stringify(fits.errors),
  )
})

t.test('refuses what the service refuses', async (t) => {
  const source = { url: 'https://a.example/' }
  const wrong = [
    {},
    { sources: { 'news-api': source } },
    { sources: { a: {} } },
    { sources: { a: { ...source, timeout: 10 } } },
    { sources: { a: { ...source, timeout: '10' } } },
    { sources: { a: { ...source, select: 1 } } },
    { sources: { a: { ...source, method: 'FETCH' } } },
    { sources: { a: { ...source, bind: { 'x-y': { from: 'b' } } } } },
    { sources: { a: { ...source, bind: { x: {} } } } },
    { sources: { a: { ...source, forEach: { from: 'b', as: 'x', limit: 0 } } } },
    { sources: { a: source }, defaults: { bind: {} } },
    { sources: { a: source }, views: { v: { sources: ['a'], shape: {} } } },
    { sources: { a: { ...source, retry: { attempts: 6 } } } },
    { sources: { a: { ...source, retry: { budget: { ratio: 2 } } } } },
    { sources: { a: { ...source, breaker: { failureRate: 0 } } } },
    { sources: { a: { ...source, hedge: { after: 0 } } } },
    { sources: { a: { ...source, redirects: 11 } } },
    { sources: { a: { ...source, required: 'yes' } } },
    { sources: { a: source }, server: { port: '80' } },
    { sources: { a: source }, server: { cors: true } },
    { sources: { a: source }, views: { v: { sources: [] } } },
    { sources: { a: source }, views: { v: { sources: ['${A}'] } } },
  ]
  for (const config of wrong) t.notOk(fits(config), JSON.stringify(config))
})

t.test('contains no keyword of our own', async (t) => {
  const keywords = (value: unknown): string[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]) => [key, ...keywords(inner)])
  for (const own of ['unit', 'expects', 'literal', 'keys']) t.notOk(keywords(published).includes(own), own)
})
