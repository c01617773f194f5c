import t from 'tap'
import { MINIMAL, problemsOf } from '../support.ts'

t.test('deadline.default and deadline.max', async (t) => {
  const problem = (value: string) => problemsOf(`deadline: { ${value} }\n${MINIMAL}`)
  t.same(problem('default: 11s'), [
    'deadline.default (line 1): 11s is above max, which is 10s; lower default or raise max',
  ])
  t.same(problem('max: 1s'), [], 'the default that nobody wrote follows')
  t.same(problem('max: 1s, default: 1s'), [])
  t.equal(problem('max: 1s, default: 5').length, 1)
})
