import t from 'tap'
import { oneSource, problemsOf, sourceOf } from './support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('waits between attempts', async (t) => {
  t.same(problemsOf(oneSource('retry: { baseDelay: 300ms }')), [
    `${at('retry.baseDelay')}300ms is above maxDelay, which is 250ms for "a"; lower baseDelay or raise maxDelay`,
  ])
  t.same(problemsOf(oneSource('retry: { maxDelay: 10ms }', 'retry: { baseDelay: 20ms }')), [
    'defaults.retry.baseDelay (line 1): 20ms is above maxDelay, which is 10ms for "a"; lower baseDelay or raise maxDelay',
  ])
  t.same(problemsOf(oneSource('retry: { baseDelay: "${B}" }'), { B: '300ms' }), [
    `${at('retry.baseDelay')}what the environment says is above maxDelay, which is 250ms for "a"; lower baseDelay or raise maxDelay`,
  ])
  t.same(problemsOf(oneSource('retry: { baseDelay: 300ms, maxDelay: 300ms }')), [])
  t.same(problemsOf(oneSource('retry: { baseDelay: 300ms, maxDelay: 1 }')).length, 1, 'one is enough')
})

t.test('how many are slow, without what slow is', async (t) => {
  const needs = 'needs slowAfter, which says what is slow; write one, or leave slowRate out'
  t.same(problemsOf(oneSource('breaker: { slowRate: 0.5 }')), [`${at('breaker.slowRate')}${needs}`])
  t.same(problemsOf(oneSource('breaker: {}', 'breaker: { slowRate: 0.5 }')), [
    `defaults.breaker.slowRate (line 1): ${needs}`,
  ])
  t.same(problemsOf(oneSource('breaker: { slowAfter: 9ms }', 'breaker: { slowRate: 0.5 }')), [])
  t.same(problemsOf(oneSource('breaker: { slowRate: 0.5, slowAfter: 9 }')).length, 1, 'one is enough')
})

t.test('a hedge has one of its two keys', async (t) => {
  const both = 'has both after and maxExtraLoad; leave one out'
  const neither = 'has neither after nor maxExtraLoad; write for example after: 80ms'
  t.same(problemsOf(oneSource('hedge: { after: 9ms, maxExtraLoad: 0.1 }')), [`${at('hedge')}${both}`])
  t.same(problemsOf(oneSource('', 'hedge: { after: 9ms, maxExtraLoad: 0.1 }')), [`defaults.hedge (line 1): ${both}`])
  t.same(problemsOf(oneSource('hedge: {}')), [`${at('hedge')}${neither}`])
  t.same(problemsOf(oneSource('hedge: {}', 'hedge: false')), [`${at('hedge')}${neither}`])
  t.same(problemsOf(oneSource('hedge: { after: 9ms }', 'hedge: { maxExtraLoad: 0.1 }')), [])
  t.same(problemsOf(oneSource('hedge: { after: 9 }')).length, 1, 'one is enough')
})

t.test('what rateLimit and cache cannot do without', async (t) => {
  const missing = (key: string, example: string) => `${at(key)}is missing for "a"; write for example ${example}`
  t.same(problemsOf(oneSource('rateLimit: { max: 5 }')), [missing('rateLimit.per', '1s')])
  t.same(problemsOf(oneSource('rateLimit: { per: 1s }')), [missing('rateLimit.max', '50')])
  t.same(problemsOf(oneSource('rateLimit: {}')), [missing('rateLimit.max', '50'), missing('rateLimit.per', '1s')])
  t.same(problemsOf(oneSource('cache: { staleIfError: 1m }')), [missing('cache.ttl', '30s')])
  t.same(problemsOf(oneSource('', 'cache: { staleIfError: 1m }')), [
    'defaults.cache.ttl (line 1): is missing for "a"; write for example 30s',
  ])
  t.same(problemsOf(oneSource('cache: { ttl: 1s }', 'cache: { staleIfError: 1m }')), [])
  t.same(problemsOf(oneSource('cache: false', 'cache: { staleIfError: 1m }')), [])
  t.same(problemsOf(oneSource('cache: { ttl: 1 }')).length, 1, 'one is enough')
})

t.test('a private address where those are refused', async (t) => {
  const refused = [
    `${at('url')}its host is a private address, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or another host`,
  ]
  const problem = (host: string, defaults = '') =>
    problemsOf(oneSource(`url: "https://${host}/"${defaults === '' ? ', denyPrivateAddresses: true' : ''}`, defaults))
  for (const host of ['127.0.0.1', '10.1.2.3:8443', '0x7f.1', '169.254.169.254', '[::1]', '[fd00::1]:80'])
    t.same(problem(host), refused, host)
  t.same(problem('10.0.0.1', 'denyPrivateAddresses: true'), refused)
  for (const host of ['localhost', 'a.example', '9.9.9.9', '[2606:4700::1111]']) t.same(problem(host), [], host)
  t.same(problemsOf(oneSource('url: "https://127.0.0.1/"')), [])
  t.same(problemsOf(oneSource('url: "https://10.0.0.1/", denyPrivateAddresses: 1', 'denyPrivateAddresses: true')), [
    `${at('denyPrivateAddresses')}1 must be true or false`,
  ])
})

t.test('the header that tells the time left', async (t) => {
  const problem = (name: string, more = '') => problemsOf(oneSource(`deadlineHeader: "${name}"${more}`))
  const here = at('deadlineHeader')
  for (const name of ['', 'a b', 'ü', 'a:'])
    t.same(problem(name), [`${here}is no valid header name; it holds letters, digits and "-"`], name)
  for (const name of ['te', 'content-length', 'proxy-x'])
    t.same(problem(name), [`${here}is set by Tributary; leave it out`], name)
  for (const name of [
    'Host',
    'x-request-id',
    'Traceparent',
    'accept',
    'accept-encoding',
    'user-agent',
    'content-type',
  ]) {
    t.same(problem(name), [`${here}is a header with a meaning of its own; choose another name`], name)
    t.same(
      problem(name, ', propagate: false'),
      [`${here}is a header with a meaning of its own; choose another name`],
      name,
    )
  }
  t.same(problem('x-a', ', headers: { X-A: b }'), [`${here}is also in headers; leave one out`])
  t.same(problem('X-A', ', forwardHeaders: [x-a]'), [`${here}is also in forwardHeaders; leave one out`])
  t.same(problemsOf(oneSource('headers: { x-a: b }', 'deadlineHeader: x-a')), [
    'defaults.deadlineHeader (line 1): is also in headers; leave one out',
  ])
  t.equal(sourceOf('deadlineHeader: X-Timeout').deadlineHeader, 'x-timeout')
})
