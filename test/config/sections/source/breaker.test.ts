import t from 'tap'
import { oneSource, problemsOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('slowRate without slowAfter', async (t) => {
  const needs = 'needs slowAfter, which says what is slow; write one, or leave slowRate out'
  t.same(problemsOf(oneSource('breaker: { slowRate: 0.5 }')), [`${at('breaker.slowRate')}${needs}`])
  t.same(problemsOf(oneSource('breaker: {}', 'breaker: { slowRate: 0.5 }')), [
    `defaults.breaker.slowRate (line 1): ${needs}`,
  ])
  t.same(problemsOf(oneSource('breaker: { slowAfter: 9ms }', 'breaker: { slowRate: 0.5 }')), [])
  t.same(problemsOf(oneSource('breaker: { slowRate: 0.5, slowAfter: 9 }')).length, 1, 'one is enough')
})

t.test('slowAfter is not below the timeout of an attempt', async (t) => {
  const late = (bound: string) => `500ms is not below ${bound} for "a", so it has no effect; write less`
  t.same(warningsOf(oneSource('breaker: { slowAfter: 500ms }, timeout: 400ms')), [
    `${at('breaker.slowAfter')}${late('timeout, which is 400ms')}`,
  ])
  t.same(warningsOf(oneSource('attemptTimeout: 500ms', 'breaker: { slowAfter: 500ms }')), [
    `defaults.breaker.slowAfter (line 1): ${late('attemptTimeout, which is 500ms')}`,
  ])
  t.same(warningsOf(oneSource('breaker: { slowAfter: 499ms }, attemptTimeout: 500ms')), [])
  t.same(warningsOf(oneSource('breaker: { slowAfter: 2s }, timeout: 1')), [])
})
