import t from 'tap'
import { problemsOf, sourceOf } from '../../support.ts'

t.test("a source's keys take precedence over defaults", async (t) => {
  t.equal(sourceOf('', {}, 'timeout: 700ms').timeoutMs, 700)
  t.equal(sourceOf('timeout: 5ms', {}, 'timeout: 700ms').timeoutMs, 5)
  t.same(sourceOf('emptyStatuses: [404]', {}, 'emptyStatuses: [410]').emptyStatuses, [404])
  t.same(sourceOf('forwardHeaders: []', {}, 'forwardHeaders: [a]').forwardHeaders, [])
  t.same(sourceOf('', {}, 'fallback: null').fallback, { value: null })
  t.same(sourceOf('fallback: {b: 1}', {}, 'fallback: {a: 1}').fallback, { value: { b: 1 } }, 'a value is no block')
  t.equal(sourceOf('', {}, 'description: All alike').description, 'All alike')
})

t.test('blocks merge key by key', async (t) => {
  const both = 'maxInFlight: 3'
  t.same(sourceOf('bulkhead: {maxQueue: 2}', {}, `bulkhead: {${both}}`).bulkhead, { maxInFlight: 3, maxQueue: 2 })
  t.same(sourceOf('bulkhead: {}', {}, `bulkhead: {${both}}`).bulkhead, {
    maxInFlight: 3,
    maxQueue: Number.POSITIVE_INFINITY,
  })
  const url = 'url: "https://a.example{?x,y}"'
  t.same(sourceOf(`${url}, values: {x: 1}`, {}, 'values: {x: 0, y: 0}').values, { x: 1, y: 0 })
})

t.test('retry, its budget, breaker and other blocks merge key by key', async (t) => {
  const { retry, budget } = sourceOf(
    'retry: {maxDelay: 1s, budget: {minPerSecond: 1}}',
    {},
    'retry: {attempts: 3, budget: {ratio: 0.1, minPerSecond: 9}}',
  )
  t.same(retry, { attempts: 3, baseDelayMs: 25, maxDelayMs: 1000, minTimeMs: 10 })
  t.same(budget, { ratio: 0.1, minPerSecond: 1 })
  t.match(sourceOf('breaker: {minCalls: 5}', {}, 'breaker: {minCalls: 9, openFor: 1s}').breaker, {
    minCalls: 5,
    openForMs: 1000,
    windowMs: 10_000,
  })
  t.same(sourceOf('rateLimit: {max: 5}', {}, 'rateLimit: {per: 1m}').rateLimit, { max: 5, perMs: 60_000 })
  t.same(sourceOf('cache: {ttl: 0}', {}, 'cache: {ttl: 1s, staleIfError: 1m}').cache, {
    ttlMs: 0,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 60_000,
  })
})

t.test("a source's own hedge replaces that of defaults, whichever key either has", async (t) => {
  t.same(sourceOf('hedge: {maxExtraLoad: 0.1}', {}, 'hedge: {after: 80ms}').hedge, { maxExtraLoad: 0.1 })
  t.same(sourceOf('hedge: {after: 9ms}', {}, 'hedge: {maxExtraLoad: 0.1}').hedge, { afterMs: 9 })
  t.same(sourceOf('hedge: {after: 9ms}', {}, 'hedge: {after: 80ms}').hedge, { afterMs: 9 })
  t.same(sourceOf('hedge: {}', {}, 'hedge: {after: 80ms}').hedge, { afterMs: 80 })
  t.same(sourceOf('', {}, 'hedge: {after: 80ms}').hedge, { afterMs: 80 })
})

t.test('header names merge without regard to case', async (t) => {
  const { headers } = sourceOf('headers: {ACCEPT: b}', {}, 'headers: {Accept: a, X-One: c}')
  t.same(headers, { accept: 'b', 'x-one': 'c' })
})

t.test('false switches a block off', async (t) => {
  t.equal(sourceOf('bulkhead: false').bulkhead, null)
  t.equal(sourceOf('bulkhead: false', {}, 'bulkhead: {maxQueue: 1}').bulkhead, null)
  t.equal(sourceOf('', {}, 'bulkhead: false').bulkhead, null)
  t.same(sourceOf('bulkhead: {maxQueue: 1}', {}, 'bulkhead: false').bulkhead, { maxInFlight: 100, maxQueue: 1 })
  const all = 'retry: {attempts: 3}, breaker: {}, hedge: {after: 9ms}, rateLimit: {max: 1, per: 1s}, cache: {ttl: 1s}'
  const off = sourceOf('retry: false, breaker: false, hedge: false, rateLimit: false, cache: false', {}, all)
  t.same([off.retry, off.breaker, off.hedge, off.rateLimit, off.cache], [null, null, null, null, null])
  t.same(sourceOf('headers: false', {}, 'headers: {a: b}').headers, {})
  t.same(sourceOf('values: false', {}, 'values: {a: b}').values, {})
})

t.test('a problem has the path where the key is written', async (t) => {
  const text = `
defaults: { attemptTimeout: 2s, headers: { Upgrade: x }, forwardHeaders: [te] }
sources:
  a: { url: "https://a.example/" }
  b: { url: "https://b.example/", forwardHeaders: [], attemptTimeout: 1s, headers: { UPGRADE: y } }
`
  t.same(problemsOf(text), [
    'defaults.headers.Upgrade (line 2): is set by Tributary; leave it out',
    'defaults.forwardHeaders (line 2): "te" is set by Tributary; leave it out',
    'defaults.attemptTimeout (line 2): 2s is above timeout, which is 1s for "a"; write at most that',
    'sources.b.headers.UPGRADE (line 5): is set by Tributary; leave it out',
  ])
})

t.test('a problem of defaults is reported once, not for each source', async (t) => {
  const text = 'defaults: {headers: {te: x}}\nsources: {a: {url: "https://a/"}, b: {url: "https://b/"}}'
  t.equal(problemsOf(text).length, 1)
})

t.test('the budget exists without retries, since hedges share it, and is switched off separately', async (t) => {
  const budget = { ratio: 0.2, minPerSecond: 3 }
  t.same(sourceOf('retry: false').budget, budget)
  t.same(sourceOf('retry: {attempts: 1, budget: {ratio: 0.1}}').budget, { ...budget, ratio: 0.1 })
  t.equal(sourceOf('retry: {budget: false}').budget, null)
  t.equal(sourceOf('retry: {attempts: 3}', {}, 'retry: {budget: false}').budget, null)
  t.same(sourceOf('retry: {budget: {}}', {}, 'retry: {budget: false}').budget, budget)
  t.same(sourceOf('retry: {budget: {ratio: 0}}', {}, 'retry: false').budget, { ...budget, ratio: 0 })
})

t.test('a fallback may be any JSON value', async (t) => {
  t.same(sourceOf('fallback: null').fallback, { value: null })
  t.same(sourceOf('fallback: false').fallback, { value: false })
  t.same(sourceOf('fallback:').fallback, { value: null })
  t.same(sourceOf('fallback: [1, {a: b}]').fallback, { value: [1, { a: 'b' }] })
})
