import t from 'tap'
import { newAjv } from '../../src/json/json-schema.ts'
import { dataComponents } from '../../src/openapi/data-schema.ts'

/** What becomes of a source's schema in the document. */

const ROOT = '#/components/schemas/a'

t.test('definitions become components, and references follow them', async (t) => {
  const schema = {
    type: 'array',
    items: { $ref: '#/$defs/one' },
    $defs: {
      one: { type: 'object', properties: { two: { $ref: '#/$defs/two/items' }, self: { $ref: '#' } } },
      two: { type: 'array', items: { type: 'string' } },
    },
  }
  t.same(dataComponents('a', schema), {
    a: { type: 'array', items: { $ref: `${ROOT}-one` } },
    'a-one': { type: 'object', properties: { two: { $ref: `${ROOT}-two/items` }, self: { $ref: ROOT } } },
    'a-two': { type: 'array', items: { type: 'string' } },
  })
})

t.test('a definition whose name no component can have stays where it is', async (t) => {
  const schema = { $ref: '#/$defs/a b', $defs: { 'a b': { $ref: '#/$defs/c' }, c: { type: 'string' } } }
  t.same(dataComponents('a', schema), {
    a: { $ref: `${ROOT}/$defs/a b`, $defs: { 'a b': { $ref: `${ROOT}-c` } } },
    'a-c': { type: 'string' },
  })
})

t.test('an object of which nothing is said may have any members', async (t) => {
  const any = { type: 'object', additionalProperties: true }
  const { a } = dataComponents('a', {
    type: 'object',
    properties: {
      bare: { type: 'object', description: 'any' },
      nullable: { type: ['object', 'null'] },
      list: { type: 'array', items: { type: 'object' } },
      closed: { type: 'object', additionalProperties: false },
      named: { type: 'object', properties: {} },
      mixed: { type: 'object', anyOf: [{ required: ['a'] }] },
      // no keywords, but names
      type: { type: 'string' },
      const: { type: 'object' },
    },
    examples: [{ type: 'object' }],
    default: { type: 'object' },
  })
  t.same((a as { properties: object }).properties, {
    bare: { ...any, description: 'any' },
    nullable: { ...any, type: ['object', 'null'] },
    list: { type: 'array', items: any },
    closed: { type: 'object', additionalProperties: false },
    named: { type: 'object', properties: {} },
    mixed: { type: 'object', anyOf: [{ required: ['a'] }] },
    type: { type: 'string' },
    const: any,
  })
  t.match(a, { examples: [{ type: 'object' }], default: { type: 'object' } }, 'data stays as it is')
})

t.test('where that would change what is valid, nothing is added', async (t) => {
  const schema = {
    allOf: [{ type: 'object' }, { properties: { a: { type: 'string' } } }],
    unevaluatedProperties: false,
  }
  const { a = {} } = dataComponents('a', schema)
  t.same(a, schema)
  t.notOk(newAjv().validate(a, { b: 1 }))
})

t.test('a schema with an $id is left as it is', async (t) => {
  const schema = { $id: 'https://a.example/', $ref: '#/$defs/x', $defs: { x: { type: 'string' } } }
  t.same(dataComponents('a', schema), { a: schema })
})
