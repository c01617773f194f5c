import t from 'tap'
import { oneSource, warningsOf } from '../../support.ts'

t.test('an unused value', async (t) => {
  t.same(warningsOf(oneSource('values: { x: 1 }')), ['sources.a.values.x (line 3): is used nowhere; leave it out'])
  t.same(warningsOf(oneSource('', 'values: { x: 1 }')), ['defaults.values.x (line 1): is used nowhere; leave it out'])
  const used = 'b: { url: "https://b/{x}" }'
  t.same(
    warningsOf(`defaults: { values: { x: 1 } }\nsources: { a: { url: "https://a/" }, ${used} }`),
    [],
    'one use is enough',
  )
})
