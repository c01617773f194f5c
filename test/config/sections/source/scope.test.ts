import t from 'tap'
import { oneSource, problemsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('required keys of rateLimit and cache', async (t) => {
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
