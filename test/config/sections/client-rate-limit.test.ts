import t from 'tap'
import { configOf, MINIMAL, problemsOf } from '../support.ts'

const file = (limit: string) => `server: { rateLimit: ${limit} }\n${MINIMAL}`

t.test('server.rateLimit', async (t) => {
  t.equal(configOf(file('false')).server.rateLimit, null)
  t.same(configOf(file('{ max: 100, per: 1m }')).server.rateLimit, { max: 100, perMs: 60_000 })
  t.same(problemsOf(file('{ max: 5 }')), ['server.rateLimit.per (line 1): is missing; write for example 1m'])
  t.same(problemsOf(file('{ per: 1s }')), ['server.rateLimit.max (line 1): is missing; write for example 100'])
  t.equal(problemsOf(file('{}')).length, 2)
  for (const wrong of [
    '{ max: 0, per: 1s }',
    '{ max: 1.5, per: 1s }',
    '{ max: 1, per: 0 }',
    '{ max: 1, per: 5 }',
    '100',
    'true',
  ])
    t.equal(problemsOf(file(wrong)).length, 1, wrong)
  t.match(problemsOf(file('100'))[0], /100 must be a map, or false; write for example \{ max: 100, per: 1m \}/)
})
