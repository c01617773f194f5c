import t from 'tap'
import { schemaSteps } from '../../src/json/json-schema.ts'

t.test('a schema costs what it is compared with', async (t) => {
  t.equal(schemaSteps({}), 1)
  t.ok(schemaSteps({ type: 'object', properties: { a: { type: 'string' }, b: { items: { minimum: 1 } } } }) < 20)
  const nested = { allOf: Array.from({ length: 10 }, () => ({ anyOf: Array(10).fill({ type: 'string' }) })) }
  t.ok(schemaSteps(nested) > 200)
})

t.test('references cost what they lead to, and those that lead back have no end', async (t) => {
  const item = { properties: { a: {}, b: {} } }
  const once = schemaSteps({ $defs: { item }, items: { $ref: '#/$defs/item' } })
  const twice = schemaSteps({ $defs: { item }, items: { $ref: '#/$defs/item' }, contains: { $ref: '#/$defs/item' } })
  t.ok(once < twice && twice < 30)
  for (const endless of [
    { properties: { child: { $ref: '#' } } },
    { $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { items: { $ref: '#/$defs/a' } } }, $ref: '#/$defs/a' },
    { $id: 'tree', items: { $ref: 'tree' } },
    { items: { $dynamicRef: '#node' } },
    { items: { $ref: 'https://example.org/schema' } },
  ])
    t.equal(schemaSteps(endless), Number.POSITIVE_INFINITY, JSON.stringify(endless))
})

t.test('each level that refers twice to the next doubles the cost', async (t) => {
  const level = (n: number) => [`l${n}`, { allOf: [{ $ref: `#/$defs/l${n + 1}` }, { $ref: `#/$defs/l${n + 1}` }] }]
  const levels = Object.fromEntries(Array.from({ length: 15 }, (_, n) => level(n)))
  t.ok(schemaSteps({ $defs: { ...levels, l15: { type: 'string' } }, $ref: '#/$defs/l0' }) > 2 ** 15)
})

for (const pattern of [
  '^[A-Z]{3}$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^https?://',
  'a|b',
  '^[a-z]+$',
  '^x-',
  '^(a|b)c$',
  '^\\+\\(\\)$',
])
  t.test(`the pattern ${pattern} takes no longer than its text`, async (t) => {
    t.ok(schemaSteps({ pattern }) < 10)
    t.ok(schemaSteps({ patternProperties: { [pattern]: {} } }) < 10)
  })

for (const pattern of [
  '(a+)+$',
  '^(a|a)*$',
  'a+b',
  '^.*a.*b',
  '(a)\\1',
  '^(?<x>a)\\k<x>',
  'a?a?a?a?a?a?a?aaaaaaa',
  '^a|b+c',
  '^a{1,50}a{1,50}$',
])
  t.test(`the pattern ${pattern} may take long`, async (t) => {
    t.equal(schemaSteps({ pattern }), Number.POSITIVE_INFINITY)
    t.equal(schemaSteps({ items: { patternProperties: { [pattern]: {} } } }), Number.POSITIVE_INFINITY)
  })
