import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('a hedge has a fixed or a learned delay', async (t) => {
  t.same(sourceOf('hedge: { maxExtraLoad: 0.02 }').hedge, { maxExtraLoad: 0.02 })
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
