import t from 'tap'
import { oneSource, warningsOf } from './support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('attempts that cannot all have their time', async (t) => {
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

t.test('what is never made, since the same request may not be made twice', async (t) => {
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

t.test('a hedge that starts too late', async (t) => {
  const late = (after: string, timeout: string) =>
    `${after} is not below timeout, which is ${timeout} for "a", so it has no effect; write less`
  t.same(warningsOf(oneSource('hedge: { after: 1s }')), [`${at('hedge.after')}${late('1s', '1s')}`])
  t.same(warningsOf(oneSource('timeout: 50ms', 'hedge: { after: 80ms }')), [
    `defaults.hedge.after (line 1): ${late('80ms', '50ms')}`,
  ])
  t.same(warningsOf(oneSource('hedge: { after: "${A}" }'), { A: '1s' }), [
    `${at('hedge.after')}${late('what the environment says', '1s')}`,
  ])
  t.same(warningsOf(oneSource('hedge: { after: 999ms }')), [])
  t.same(warningsOf(oneSource('hedge: { after: 600ms }, attemptTimeout: 500ms')), [], 'a first attempt may have queued')
  t.same(warningsOf(oneSource('hedge: { maxExtraLoad: 0.1 }')), [])
  t.same(warningsOf(oneSource('hedge: { after: 1s }, timeout: 1')), [])
})

t.test('an attempt that is cut off before it is slow', async (t) => {
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
