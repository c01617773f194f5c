import t from 'tap'
import { formatSummary, summarize } from '../../src/config/summary.ts'
import { configOf, oneSource } from './support.ts'

const line = (keys: string) => formatSummary(summarize(configOf(oneSource(keys)))).at(-1)

t.test('settings with default values are omitted', async (t) => {
  t.equal(line(''), '  source a: timeout 1s')
  t.equal(line('retry: { attempts: 2 }, breaker: {}, cache: false'), '  source a: timeout 1s')
})

t.test('settings of attempts are shown', async (t) => {
  t.equal(
    line('retry: { attempts: 3 }, hedge: { after: 9ms }, rateLimit: { max: 5, per: 1s }, cache: { ttl: 30s }'),
    '  source a: timeout 1s; 3 attempts; hedged; at most 5 per 1s; cached 30s',
  )
  t.equal(line('retry: false'), '  source a: timeout 1s; 1 attempt')
  t.equal(line('idempotent: false, hedge: { after: 9ms }'), '  source a: timeout 1s; 1 attempt')
})

t.test('origins are counted, and not shown', async (t) => {
  const origins = 'origins: ["http://a.internal", "http://b.internal"]'
  t.equal(line(origins), '  source a: 2 origins; timeout 1s')
  t.equal(line(`${origins}, balance: failover`), '  source a: 2 origins (failover); timeout 1s')
  t.equal(line('origins: ["http://a.internal"]'), '  source a: 1 origin; timeout 1s')
  t.match(summarize(configOf(oneSource(origins))).sources[0], { origins: 2, balance: 'roundRobin' })
})

t.test('the summary for programs', async (t) => {
  t.match(summarize(configOf(oneSource('cache: { ttl: 0 }'))).sources[0], {
    attempts: 2,
    hedged: false,
    rateLimit: null,
    cacheTtlMs: 0,
  })
})

t.test('how sources and views are composed', async (t) => {
  const summary = summarize(
    configOf(`
sources:
  user: { url: "https://u.example/", method: POST, safe: true, body: { key: secret } }
  stories: { url: "https://s.example/", hidden: true }
  story: { url: "https://s.example/{id}{?user,x}", forEach: { from: stories, as: id }, bind: { user: { from: user }, x: { from: user } } }
views:
  home: { sources: [user, story], shape: story }
`),
  )
  t.same(formatSummary(summary).slice(2), [
    '  source user: POST; timeout 1s',
    '  source stories: timeout 1s; hidden',
    '  source story: timeout 1s; needs user, stories; one call per item of stories',
    '  view home: deadline 2s; shaped; user, story',
  ])
  t.match(summary.sources[2], { method: 'GET', needs: ['user', 'stories'], itemsOf: 'stories' })
  t.match(summary.views[0], { shaped: true })
})
