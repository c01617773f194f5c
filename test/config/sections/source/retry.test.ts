import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('one attempt means no retries', async (t) => {
  t.equal(sourceOf('retry: { attempts: 1 }').retry, null)
  t.equal(sourceOf('idempotent: false').idempotent, false)
})

t.test('the default baseDelay is at most maxDelay', async (t) => {
  t.match(sourceOf('retry: { maxDelay: 10ms }').retry, { baseDelayMs: 10, maxDelayMs: 10 })
  t.match(sourceOf('retry: { maxDelay: 0 }').retry, { baseDelayMs: 0, maxDelayMs: 0 })
})

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

t.test('attempts that do not all fit into the timeout', async (t) => {
  const second = 'within timeout, which is 1s for "a"; write'
  t.same(warningsOf(oneSource('attemptTimeout: 800ms')), [
    `${at('attemptTimeout')}only 1 attempt has its full 800ms ${second} attemptTimeout: 500ms, or attempts: 1`,
  ])
  t.same(warningsOf(oneSource('attemptTimeout: 400ms, retry: { attempts: 3 }')), [
    `${at('retry.attempts')}only 2 attempts have their full 400ms ${second} attemptTimeout: 333ms, or attempts: 2`,
  ])
  t.same(warningsOf(oneSource('attemptTimeout: 400ms', 'retry: { attempts: 3 }')), [
    `defaults.retry.attempts (line 1): only 2 attempts have their full 400ms ${second} attemptTimeout: 333ms, or attempts: 2`,
  ])
  t.same(warningsOf(oneSource('attemptTimeout: 1ms, timeout: 1ms')), [
    `${at('attemptTimeout')}only 1 attempt has its full 1ms within timeout, which is 1ms for "a"; write a shorter attemptTimeout, or attempts: 1`,
  ])
  t.same(
    warningsOf(oneSource('attemptTimeout: 800ms, timeout: "${T}"'), { T: '1s' }),
    [
      `${at('attemptTimeout')}only 1 attempt has its full 800ms within timeout, which is what the environment says for "a"; write a shorter attemptTimeout, or attempts: 1`,
    ],
    'nothing tells what the environment says',
  )
  for (const fine of [
    'attemptTimeout: 500ms',
    'timeout: 1ms',
    'attemptTimeout: 800ms, retry: false',
    'attemptTimeout: 800ms, retry: { attempts: 1 }',
    'attemptTimeout: 800ms, idempotent: false',
    'attemptTimeout: 2s',
    'attemptTimeout: 800ms, retry: { attempts: 9 }',
  ])
    t.same(warningsOf(oneSource(fine)), [], fine)
})

t.test('retries and hedges of a source that is not idempotent', async (t) => {
  const never = (key: string) =>
    `is never made for "a", since idempotent is false; write ${key}: false, or idempotent: true`
  t.same(warningsOf(oneSource('idempotent: false, hedge: { after: 9ms }')), [`${at('hedge')}${never('hedge')}`])
  t.same(warningsOf(oneSource('idempotent: false', 'hedge: { after: 9ms }')), [
    `defaults.hedge (line 1): ${never('hedge')}`,
  ])
  t.same(warningsOf(oneSource('idempotent: false, retry: { attempts: 3 }')), [`${at('retry')}${never('retry')}`])
  t.same(warningsOf(oneSource('idempotent: false', 'retry: { attempts: 3 }')), [], 'a default is for others too')
  t.same(warningsOf(oneSource('idempotent: false, retry: { attempts: 1 }, hedge: false')), [])
  t.same(warningsOf(oneSource('idempotent: 0, hedge: { after: 9ms }', 'idempotent: false')), [])
})
