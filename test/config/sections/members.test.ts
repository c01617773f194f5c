import t from 'tap'
import { problemsOf, warningsOf } from '../support.ts'

/** Warnings of members that expressions read but the data never has: at run time, they are null without an error. */

const SHOP = `
sources:
  product: { url: "https://p.example/" }
  price: { url: "https://r.example/" }
`

const shop = (shape: string, environment = {}) =>
  warningsOf(
    `${SHOP}views:\n  shop: { sources: { product: {}, cost: { source: price } }, shape: ${shape} }\n`,
    environment,
  )

const atShape = 'views.shop.shape'

t.test('the shape of a view reads a key that the view does not have', async (t) => {
  const lacks = 'which the view does not have, so that it is null'
  t.same(shop('{ a: produkt.items }'), [`${atShape}.a (line 6): reads "produkt", ${lacks}; did you mean "product"?`])
  t.same(shop('"{a: produkt.items}"'), [`${atShape} (line 6): reads "produkt", ${lacks}; did you mean "product"?`])
  t.same(
    shop('{ a: price }'),
    [`${atShape}.a (line 6): reads "price", ${lacks}; known are product, cost`],
    'the key in the view counts, not the source',
  )
  t.same(shop('{ a: cost.x, b: "product[?x]" }'), [])
  t.same(shop('{ a: "${E}" }', { E: 's3cret' }), [
    `${atShape}.a (line 6): reads a member that the view does not have, so that it is null`,
  ])
})

t.test('broken parts are not checked', async (t) => {
  t.match(problemsOf(`${SHOP}views: { shop: { sources: [produkt], shape: produkt.x } }`), [
    /there is no source "produkt"/,
  ])
  t.same(shop('{ a: cost }'), [])
})

const typed = (keys: string, rest = '') => `
sources:
  stories: { url: "https://s.example/", ${keys} }
  story: { url: "https://s.example/{id}", ${rest} }
views: { v: { sources: [stories, story], shape: { a: "stories[0].titel" } } }
`

const SCHEMA = 'schema: { type: array, items: { type: object, properties: { id: {}, title: {} } } }'

const PARAMS = 'params: { id: {} }'

t.test('a member that the schema of a source does not name', async (t) => {
  const told = [
    'views.v.shape.a (line 5): reads "titel", which the schema of "stories" does not name; did you mean "title"?',
  ]
  t.same(warningsOf(typed(SCHEMA, PARAMS)), told)
  t.same(warningsOf(typed(SCHEMA.replace('type: object', 'type: [object, "null"]'), PARAMS)), told)
  t.same(warningsOf(typed(SCHEMA.replace('properties', 'additionalProperties: false, properties'), PARAMS)), told)
  const open = [
    'additionalProperties: true',
    'additionalProperties: {}',
    'patternProperties: { "^t": {} }',
    'anyOf: [true]',
  ]
  for (const more of open)
    t.same(warningsOf(typed(SCHEMA.replace('properties', `${more}, properties`), PARAMS)), [], more)
  t.same(warningsOf(typed(`${SCHEMA}, fallback: []`, PARAMS)), [], 'a fallback need not fit it')
  t.same(warningsOf(typed('schema: { type: array }', PARAMS)), [])
})

t.test('a member that the select of a source does not yield', async (t) => {
  const told = 'reads "titel", which the select of "stories" does not yield, so that it is null; did you mean "title"?'
  t.same(warningsOf(typed('select: "hits[].{title: t}"', PARAMS)), [`views.v.shape.a (line 5): ${told}`])
  t.same(warningsOf(typed('select: "hits[]"', PARAMS)), [])
  const each = typed('select: "{title: t}"', 'forEach: { from: stories, as: id }').replace('stories[0]', 'story[0]')
  t.same(warningsOf(each), [])
})

t.test('a member that bind and forEach read', async (t) => {
  const quiet = (text: string) => text.replace('titel', 'title')
  t.same(warningsOf(quiet(typed(SCHEMA, 'bind: { id: { from: stories, select: "[0].ids" } }'))), [
    'sources.story.bind.id.select (line 4): reads "ids", which the schema of "stories" does not name; did you mean "id"?',
  ])
  t.same(warningsOf(quiet(typed(SCHEMA, 'forEach: { from: stories, select: "[].Id", as: id }'))), [
    'sources.story.forEach.select (line 4): reads "Id", which the schema of "stories" does not name; did you mean "id"?',
  ])
  t.same(warningsOf(quiet(typed(SCHEMA, 'forEach: { from: stories, select: "[].id", as: id }'))), [])
})

t.test('the data of a source with forEach is a list of items that match its schema', async (t) => {
  const text = (expression: string) => `
sources:
  ids: { url: "https://s.example/" }
  story: { url: "https://s.example/{id}", forEach: { from: ids, as: id }, schema: { properties: { title: {} } } }
views: { v: { sources: [story], shape: { a: "${expression}" } } }
`
  t.match(warningsOf(text('story[].titel')), [/reads "titel", which the schema of "story" does not name/])
  t.same(warningsOf(text('story[].title')), [])
  t.same(warningsOf(text('story.titel')), [], 'a list has no members, and no schema says so')
})

t.test('the result of select never matches the schema', async (t) => {
  const selecting = (schema: string, select: string, defaults = '') =>
    warningsOf(`defaults: { ${defaults} }\nsources:\n  a: { url: "https://a/", schema: ${schema}, ${select} }`)
  const strict = '{ type: object, additionalProperties: false, required: [temp], properties: { temp: {} } }'
  const at = 'sources.a.select (line 3)'
  t.same(selecting(strict, 'select: "{tmp: main.temp}"'), [
    `${at}: yields no "temp", which the schema requires; add it, or take it out of "required"`,
    `${at}: yields "tmp", which the schema does not allow; did you mean "temp"?`,
  ])
  t.match(selecting(strict, '', 'select: "{tmp: t}"'), [/^defaults\.select \(line 1\): yields no/, /yields "tmp"/])
  t.same(selecting(strict, 'select: "{temp: main.temp}"'), [])
  t.same(selecting(strict, 'select: main'), [], 'what it yields is not known')
  t.same(selecting('{ properties: { temp: {} } }', 'select: "{tmp: t}"'), [], 'others are allowed')
  t.same(selecting('{ additionalProperties: false, patternProperties: { "^t": {} } }', 'select: "{tmp: t}"'), [])
  t.match(selecting(`{ type: array, items: ${strict} }`, 'select: "[].{temp: t, x: x}"'), [/yields "x"/])
  t.match(selecting(`{ properties: { now: ${strict} } }`, 'select: "{now: {x: x}}"'), [/no "temp"/, /yields "x"/])
})
