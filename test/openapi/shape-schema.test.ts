import fc from 'fast-check'
import t from 'tap'
import { compileExpression, type Expression } from '../../src/json/jmespath.ts'
import { newAjv } from '../../src/json/json-schema.ts'
import { valueAt } from '../../src/openapi/rebase.ts'
import { exact, type Schema } from '../../src/openapi/schemas.ts'
import { shapeSchema } from '../../src/openapi/shape-schema.ts'
import { documentFor } from './service.ts'

/** The schema of a shape's result: what is derived, what is left open, and that it is never wrong. */

const STRING = { type: 'string' }
const NULL = { type: 'null' }
const item = exact({ id: { type: 'integer' }, tags: { type: 'array', items: STRING } }, { note: STRING })
const COMPONENTS = {
  newsData: { type: 'object', required: ['items'], properties: { items: { type: 'array', items: item } } },
  treeData: {
    type: 'object',
    required: ['name'],
    properties: { name: STRING, kids: { type: 'array', items: { $ref: '#/components/schemas/treeData' } } },
  },
}
const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const orNull = (...schemas: Schema[]) => ({ anyOf: [...schemas, NULL] })
const DATA = exact({
  news: orNull(refTo('newsData')),
  sure: refTo('newsData'),
  tree: orNull(refTo('treeData')),
  list: orNull({ type: 'array', items: orNull(item) }, { const: [] }),
  numbers: { type: 'array', items: { type: 'number' } },
  map: { type: 'object', additionalProperties: { type: 'integer' } },
  closed: exact({ a: STRING }),
  either: { type: ['string', 'integer', 'null'] },
  kind: { enum: ['a', 'b', null] },
  any: {},
})

const lookup = (reference: string) => valueAt({ components: { schemas: COMPONENTS } }, reference)
const derived = (text: string) => shapeSchema({ whole: compileExpression(text) as Expression }, DATA, lookup)

t.test('what is derived', async (t) => {
  const expected: Record<string, Schema> = {
    news: { anyOf: [orNull(refTo('newsData')), NULL] },
    sure: orNull(refTo('newsData')),
    'sure.items': orNull({ type: 'array', items: item }),
    'sure.items[0].id': orNull({ type: 'integer' }),
    'sure.items[*].id': orNull({ type: 'array', items: { type: 'integer' } }),
    'sure.items[:2].note': orNull({ type: 'array', items: STRING }),
    'sure.items[].tags[]': orNull({ type: 'array', items: STRING }),
    'sure.items[?id > `3`].tags': orNull({ type: 'array', items: { type: 'array', items: STRING } }),
    'list[?@].id': orNull({ type: 'array', items: { type: 'integer' } }, { const: [] }),
    'news.items[0].tags[0]': orNull(STRING),
    'sure.{n: items}': orNull(exact({ n: { type: 'array', items: item } })),
    '[sure.items[0].id, any == `1`]': orNull({
      type: 'array',
      items: { anyOf: [{ type: 'integer' }, NULL, { type: 'boolean' }] },
    }),
    'tree.kids[0].kids[0].name': orNull(STRING),
    "tree.name || 'none'": orNull(STRING),
    "'a text' && `true`": orNull(STRING, { type: 'boolean' }),
    'news || `[]`': { anyOf: [refTo('newsData'), { const: [] }, NULL] },
    'any ? sure : `1`': orNull(refTo('newsData'), { type: 'number' }),
    'let $x = sure.items[0] in {id: $x.id}': orNull(exact({ id: orNull({ type: 'integer' }) })),
    'length(numbers)': orNull({ type: 'integer' }),
    'sum(numbers) + `1`': { anyOf: [{ type: 'number' }, NULL] },
    'max(numbers)': orNull({ type: 'number' }),
    'sort_by(sure.items, &id)[0].id': orNull({ type: 'integer' }),
    'map(&note, sure.items)': orNull({ type: 'array', items: orNull(STRING) }),
    "join(',', sure.items[0].tags)": orNull(STRING),
    'not_null(tree.name, sure.items[0].id)': orNull(STRING, { type: 'integer' }),
    'map.x': orNull({ type: 'integer' }),
    'closed.b': NULL,
    'closed.a.b': NULL,
    either: { anyOf: [{ type: ['string', 'integer', 'null'] }, NULL] },
    'either.x': NULL,
    'numbers[0].x': NULL,
    'any[].{a: b}': orNull({ type: 'array', items: exact({ a: {} }) }),
  }
  for (const [text, schema] of Object.entries(expected)) t.same(derived(text), schema, text)
})

t.test('what is left open', async (t) => {
  const open = ['any', 'any.x', 'any[0]', 'any || sure', 'merge(sure, closed)', '`{"a": 1}`', 'sure.other', 'any[:2].x']
  for (const text of open) t.same(derived(text), {}, text)
})

t.test('a schema that would be very large is any value', async (t) => {
  const doubling = ['@', ...Array.from({ length: 40 }, () => '{a: @, b: @}')].join(' | ')
  t.ok(JSON.stringify(derived(doubling)).length < 100_000)
})

t.test('an expression that is nested too deeply for the call stack', async (t) => {
  const tooDeep = Object.assign(() => null, { text: `sure${'.items[]'.repeat(9000)}`, steps: () => 0, maxWeight: 0 })
  t.same(shapeSchema({ whole: tooDeep }, DATA, lookup), {})
})

t.test('a reference to itself, or to nowhere, is any value', async (t) => {
  const loop = (reference: string) => valueAt({ a: { $ref: '#/a' } }, reference)
  const shape = { whole: compileExpression('x.y') }
  t.same(shapeSchema(shape, exact({ x: { $ref: '#/a' } }), loop), {})
  t.same(shapeSchema(shape, exact({ x: { $ref: '#/b' } }), loop), {})
  t.same(shapeSchema(shape, exact({ x: { $ref: 'https://a.example/' } }), loop), {})
})

t.test('schemas that refer to each other many times are read once', async (t) => {
  const chain = Array.from({ length: 40 }, (_, n) => {
    return [`s${n}`, { anyOf: [{ $ref: `#/s${n + 1}` }, { $ref: `#/s${n + 1}` }, { type: 'null' }] }] as const
  })
  const schemas = { ...Object.fromEntries(chain), s40: exact({ y: STRING }) }
  const shape = { whole: compileExpression('x.y') }
  t.same(
    shapeSchema(shape, exact({ x: { $ref: '#/s0' } }), (reference) => valueAt(schemas, reference)),
    orNull(STRING),
  )
})

t.test('no text of an expression is repeated: it may come from the environment', async (t) => {
  t.notMatch(JSON.stringify(derived("{a: 's3cret', b: `\"s3cret\"`, c: any || 's3cret'}")), /s3cret/)
})

const json = fc.jsonValue({ maxDepth: 2 })
const text = fc.constantFrom('a', 'b', 'x')
const anItem = fc.record({ id: fc.integer(), tags: fc.array(text), note: text }, { requiredKeys: ['id', 'tags'] })
const news = fc.record({ items: fc.array(anItem, { maxLength: 3 }) })
const tree = fc.record({ name: text, kids: fc.array(fc.record({ name: text }), { maxLength: 2 }) })
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const data = fc.record({
  news: nullable(news),
  sure: news,
  tree: nullable(tree),
  list: nullable(fc.array(nullable(anItem), { maxLength: 3 })),
  numbers: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
  map: fc.dictionary(text, fc.integer()),
  closed: fc.record({ a: text }),
  either: fc.oneof(text, fc.integer(), fc.constant(null)),
  kind: fc.constantFrom('a', 'b', null),
  any: json,
})

const name = fc.constantFrom(
  ...['news', 'sure', 'items', 'id', 'tags', 'note', 'tree', 'kids', 'name', 'list'],
  ...['numbers', 'map', 'closed', 'a', 'either', 'kind', 'any', 'x'],
)
const one = [
  ...['sure.items', 'news.items', 'tree.kids', 'list', 'numbers', 'sure.items[].tags', 'sure.items[0]', 'list[0]'],
  ...['F', 'F', 'F', '@', '$', '`1`', "'a'", '`null`', '`[]`', '`[1, null]`'],
]
const several = [
  ...[
    'X.F',
    'X[0]',
    'X[-1]',
    'X[*].F',
    'X[]',
    'X[].F',
    'X[:2]',
    'X[1:].F',
    'X[::-1]',
    'X[?F]',
    'X[?@].F',
    'X[?F == Y]',
    'X.*',
    'X.*.F',
  ],
  ...[
    'X | Y',
    '{a: X, b: Y}',
    'X.{a: F, b: @}',
    'X[].{a: F}',
    '[X, Y]',
    'X.[F, @]',
    'X || Y',
    'X && Y',
    '!X',
    'X == Y',
    'X < Y',
  ],
  ...[
    '(X ? Y : X)',
    '(let $v = X in $v.F)',
    '(let $v = X in [$v, Y])',
    'X + Y',
    'X * Y',
    '-X',
    'length(X)',
    'not_null(X, Y)',
  ],
  ...[
    'map(&F, X)',
    'map(&@, X)',
    'sort_by(X, &id)',
    'reverse(X)',
    'max_by(X, &id)',
    'min(X)',
    'sum(X)',
    'avg(X)',
    'keys(X)',
    'values(X)',
  ],
  ...[
    "join(',', X)",
    'to_string(X)',
    'to_number(X)',
    'type(X)',
    "split(',', X)",
    "contains(X, 'a')",
    "find_first(X, 'a')",
    'merge(X, Y)',
  ],
  ...[
    'to_array(X)',
    'zip(X, Y)',
    'items(X)',
    'group_by(X, &F)',
    'sort(X)',
    'abs(X)',
    'ceil(X)',
    'upper(X)',
    "pad_left(X, `3`, 'a')",
  ],
]
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.tuple(fc.constantFrom(...one), name).map(([form, f]) => form.replace('F', f)),
    fc
      .tuple(fc.constantFrom(...several), tie('expression'), tie('expression'), name)
      .map(([form, x, y, f]) =>
        form.replaceAll(/[XYF]/g, (letter) => (letter === 'F' ? f : `(${letter === 'X' ? x : y})`)),
      ),
  ),
}))

t.test('whatever a shape yields fits the schema that is derived', async (t) => {
  const ajv = newAjv({ strict: false })
  ajv.addSchema({ $id: 'openapi', components: { schemas: COMPONENTS } })
  const absolute = (schema: object) => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'))
  const isData = ajv.compile(absolute(DATA))
  const seen = { open: 0, typed: 0, yielded: 0 }
  const property = fc.property(expression, fc.array(data, { minLength: 1, maxLength: 4 }), (text, values) => {
    // within an object, so that null is told apart from an expression that fails
    const shape = compileExpression(`{result: ${text}}`)
    const schema = shapeSchema({ whole: shape }, DATA, lookup)
    seen[JSON.stringify(schema).includes('"result":{}') ? 'open' : 'typed'] += 1
    const fits = ajv.compile(absolute(schema))
    for (const value of values) {
      if (!isData(value)) throw new Error(`the data is none: ${ajv.errorsText(isData.errors)}`)
      const result = resultOf(shape, value)
      if (result !== null && (result as { result: unknown }).result !== null) seen.yielded += 1
      if (!fits(result)) throw new Error(`${text} yields ${JSON.stringify(result)}, not ${JSON.stringify(schema)}`)
    }
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
  t.ok(seen.typed > seen.open / 2, JSON.stringify(seen))
  t.ok(seen.yielded > 100, 'not everything is null')
})

/** What an answer has: null where the expression fails. */
function resultOf(expression: Expression, value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(expression(value)))
  } catch {
    return null
  }
}

t.test('in the document: a view with a whole shape, and one with parts', async (t) => {
  const schema = {
    type: 'object',
    required: ['temp'],
    properties: { temp: { type: 'number' }, sky: { $ref: '#/$defs/sky' } },
    $defs: { sky: { type: 'object', required: ['main'], properties: { main: { type: 'string' } } } },
    examples: [{ temp: 9.4, sky: { main: 'Rain' } }],
  }
  const document = await documentFor({
    sources: { weather: { url: 'http://a.example/', schema }, other: { url: 'http://b.example/' } },
    views: {
      whole: { sources: ['weather'], shape: 'weather.{temp: temp, sky: sky}' },
      parts: {
        sources: ['weather', 'other'],
        shape: { temp: 'weather.temp', other: 'other.x', twice: 'abs(weather.temp)' },
      },
    },
  })
  const contentOf = (view: string) =>
    document.paths[`/aggregate/${view}`].get.responses[200].content['application/json']
  const whole = contentOf('whole')
  t.match(whole.schema.properties.data.anyOf[0].properties, {
    temp: { type: 'number' },
    sky: { anyOf: [{ $ref: '#/components/schemas/weatherData-sky' }, { type: 'null' }] },
  })
  t.same(
    whole.examples.complete.value.data,
    { temp: 9.4, sky: { main: 'Rain' } },
    'the example is what it makes of that of the source',
  )
  const parts = contentOf('parts')
  t.same(parts.schema.properties.data.required, ['temp', 'other', 'twice'])
  t.match(parts.schema.properties.data.properties, { temp: orNull({ type: 'number' }), other: {} })
  t.same(parts.examples.complete.value.data, { temp: 9.4, other: null, twice: 9.4 })
  t.same(parts.examples.partial.value.data.other, null)
})
