import fc from 'fast-check'
import t from 'tap'
import { Parameter } from '../../src/source/parameter.ts'
import { jsonOf } from '../../src/source/reading.ts'
import type { TemplateValue } from '../../src/source/template-value.ts'

const written = (value: TemplateValue, schema: unknown) => JSON.stringify(jsonOf(value, schema))
const types = (...type: string[]) => ({ type })

t.test('a text stays a string if the schema allows strings or has no type', async (t) => {
  for (const schema of [{}, undefined, null, true, { type: 'string' }, types('integer', 'string'), { enum: [1] }])
    for (const text of ['5', 'true', '', 'London', '1e5'])
      t.equal(jsonOf(text, schema), text, `${text} ${JSON.stringify(schema)}`)
})

t.test('otherwise it becomes a number with all its digits, or a boolean', async (t) => {
  for (const [text, schema, json] of [
    ['9007199254740993', { type: 'integer' }, '9007199254740993'],
    ['1.10', { type: 'number' }, '1.10'],
    ['-0', { type: 'number' }, '-0'],
    ['1E400', { type: 'number' }, '1E400'],
    ['true', { type: 'boolean' }, 'true'],
    ['false', { type: 'boolean' }, 'false'],
    ['7', types('boolean', 'integer'), '7'],
    ['true', types('boolean', 'integer'), 'true'],
    ['7', types('null', 'array', 'integer'), '7'],
  ] as const)
    t.equal(written(text, schema), json)
})

t.test('a text that is neither number nor boolean stays a string', async (t) => {
  for (const text of [
    '',
    ' 1',
    '1 ',
    '1\n',
    '+1',
    '01',
    '.5',
    '0x10',
    'Infinity',
    'NaN',
    'True',
    '{"a":1}',
    '[1]',
    'null',
  ])
    for (const schema of [types('integer', 'number', 'boolean'), types('array'), types('object', 'null')])
      t.equal(jsonOf(text, schema), text, text)
  t.equal(jsonOf('true', { type: 'integer' }), 'true')
  t.equal(jsonOf('1', { type: 'boolean' }), '1')
})

t.test('each item of a list is read by the schema of its position', async (t) => {
  const integer = { type: 'integer' }
  for (const [list, schema, json] of [
    [['1', '2'], { type: 'array', items: integer }, '[1,2]'],
    [['1', '2', '3'], { type: 'array', prefixItems: [{ type: 'string' }, integer] }, '["1",2,"3"]'],
    [['1', '2', '3'], { prefixItems: [{}], items: integer }, '["1",2,3]'],
    [['1', 'x'], { type: 'array' }, '["1","x"]'],
    [['1'], { type: 'array', items: true }, '["1"]'],
    [['1'], undefined, '["1"]'],
    [[], { items: integer }, '[]'],
    [[['1'], ['2']], { items: { items: integer } }, '[[1],[2]]'],
  ] as const)
    t.equal(written(list, schema), json)
})

t.test('all other values are unchanged', async (t) => {
  const map = { a: '1' }
  for (const value of [5, true, null, map]) t.equal(jsonOf(value, { type: 'integer' }), value)
})

t.test('a number from a query keeps all its digits', async () => {
  const schema = { type: 'integer' }
  const parameter = new Parameter({ name: 'p', schema, required: false })
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (number) => {
      const read = parameter.fromQuery([String(number)])
      return 'value' in read && written(read.value, schema) === String(number)
    }),
  )
})
