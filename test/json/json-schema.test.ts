import t from 'tap'
import { compileGuard, compileLocate, compileSchema } from '../../src/json/json-schema.ts'
import { cpuMs } from '../support/cpu-time.ts'

/** `uniqueItems` is ours: that of ajv takes quadratic time (JSON Schema 2020-12, validation, section 6.4.3). */

const unique = { type: 'array', uniqueItems: true }

for (const [items, fits] of [
  ['[]', true],
  ['[1,2]', true],
  ['[1,1.0]', false],
  ['[1,"1",true,null,[1],{"a":1}]', true],
  ['[{"a":1,"b":2},{"b":2,"a":1}]', false],
  ['[{"a":{"c":1,"d":2}},{"a":{"d":2,"c":1}}]', false],
  ['[[1,2],[2,1]]', true],
  ['[null,null]', false],
] as const) {
  t.test(`items of ${items} are ${fits ? '' : 'not '}unique`, async (t) => {
    t.equal(compileGuard(unique)(JSON.parse(items)).length, fits ? 0 : 1)
    t.equal(compileSchema(unique)(JSON.parse(items)).length, fits ? 0 : 1)
    t.strictSame(compileGuard({ type: 'array', uniqueItems: false })(JSON.parse(items)), [])
  })
}

t.test('it says what is wrong', async (t) => {
  t.match(compileGuard(unique)([1, 1]), [{ path: '', message: 'must not hold the same item twice' }])
})

t.test('many items take no longer than they are many', async (t) => {
  const items = Array.from({ length: 100_000 }, (_, i) => ({ i }))
  const startedAt = cpuMs()
  t.strictSame(compileGuard(unique)(items), [])
  t.ok(cpuMs() - startedAt < 2000, 'compared with each other they would take minutes')
})

t.test('where a value does not fit, as JSON pointers, each once', async (t) => {
  const schema = {
    type: 'object',
    required: ['a/b~'],
    properties: { list: { type: 'array', items: { type: 'string', minLength: 2, pattern: '^x' } } },
  }
  const [first, all] = [compileLocate(schema, false), compileLocate(schema, true)]
  const fits = { 'a/b~': 1, list: ['xx'] }
  t.strictSame([first(fits), all(fits)], [[], []])
  const misfit = { list: ['xx', 'y', 1] }
  t.strictSame(all(misfit), ['/a~1b~0', '/list/1', '/list/2'])
  t.equal(first(misfit).length, 1)
  const many = { 'a/b~': 1, list: Array.from({ length: 50 }, () => 1) }
  t.equal(all(many).length, 10, 'and no more than ten')
  t.strictSame(compileLocate({ type: 'string' }, true)(1), [''])
})
