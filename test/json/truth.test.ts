import fc from 'fast-check'
import t from 'tap'
import { compileExpression } from '../../src/json/jmespath.ts'
import { isTruthy } from '../../src/json/truth.ts'

t.test('all but null, false and what is empty is true', async (t) => {
  for (const value of [null, undefined, false, '', [], {}]) t.equal(isTruthy(value), false, JSON.stringify(value))
  for (const value of [true, 0, -0, Number.NaN, ' ', 'false', [null], [[]], { a: null }])
    t.equal(isTruthy(value), true, JSON.stringify(value))
})

t.test('it agrees with the not of JMESPath', async () => {
  const not = compileExpression('!@')
  fc.assert(fc.property(fc.jsonValue(), (value) => not(value) === !isTruthy(JSON.parse(JSON.stringify(value)))))
})
