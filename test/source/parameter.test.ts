import fc from 'fast-check'
import t from 'tap'
import { Parameter, type ParameterOptions, type Read } from '../../src/source/parameter.ts'
import { cpuMs } from '../support/cpu-time.ts'

const parameter = (schema: object, more: Partial<ParameterOptions> = {}) =>
  new Parameter({ name: 'p', schema, required: false, ...more })

const accepted = (read: Read) => 'value' in read
const integer = { type: 'integer' }

t.test('a query value is checked as the declared type, and sent as the client wrote it', async (t) => {
  for (const [schema, text] of [
    [integer, '9007199254740993'],
    [integer, '1.0'],
    [integer, '-0'],
    [integer, '1e2'],
    [{ type: 'number' }, '0.10000000000000000555'],
    [{ type: 'boolean' }, 'false'],
    [{ type: 'string' }, '007'],
    [{ type: 'string' }, ''],
    [{ type: 'string', format: 'date' }, '2026-02-28'],
    [{ type: ['integer', 'string'], maxLength: 3 }, 'abc'],
    [{ type: ['string', 'null'] }, 'null'],
    [{ anyOf: [{ type: 'integer', minimum: 5 }, { const: 'all' }] }, '5'],
    [{ anyOf: [{ type: 'integer', minimum: 5 }, { const: 'all' }] }, 'all'],
    [{ enum: [1, 'two', true] }, '1'],
    [{ enum: [1, 'two', true] }, 'two'],
    [{ enum: [1, 'two', true] }, 'true'],
    [{}, 'anything'],
    [true, 'anything'],
  ] as const) {
    t.strictSame(parameter(schema as object).fromQuery([text]), { value: text }, `${text}: ${JSON.stringify(schema)}`)
  }
})

t.test('a query value that does not match the schema is rejected with the reason', async (t) => {
  for (const [schema, text, why] of [
    [integer, '0x10', 'must be an integer'],
    [integer, '+1', 'must be an integer'],
    [integer, ' 1', 'must be an integer'],
    [integer, '01', 'must be an integer'],
    [integer, '1.5', 'must be an integer'],
    [integer, '1e400', 'must be an integer'],
    [integer, 'NaN', 'must be an integer'],
    [integer, '', 'must be an integer'],
    [{ type: 'number' }, 'Infinity', 'must be a number'],
    [{ type: 'number' }, '.5', 'must be a number'],
    [{ type: 'boolean' }, 'True', 'must be true or false'],
    [{ type: 'boolean' }, '1', 'must be true or false'],
    [{ type: 'integer', minimum: 1 }, '0', 'must be at least 1'],
    [{ type: 'string', minLength: 1 }, '', 'must have at least 1 character'],
    [{ type: 'object' }, '{}', 'must be an object'],
    [{ type: ['integer', 'boolean'] }, 'abc', 'must be an integer or true or false'],
    [{ enum: [1, 'two'] }, '3', 'must be one of 1, "two"'],
    [{ type: 'integer', enum: [1, 2] }, '3', 'must be one of 1, 2'],
  ] as const) {
    t.strictSame(
      parameter(schema).fromQuery([text]),
      { problems: [{ path: '', message: why }] },
      `"${text}": ${JSON.stringify(schema)}`,
    )
  }
})

t.test('maxLength protects from a pattern that is slow on long texts', async (t) => {
  const it = parameter({ type: 'string', maxLength: 100, pattern: '\\s+$' })
  const before = cpuMs()
  t.strictSame(it.fromJson(`${' '.repeat(60_000)}x`), {
    problems: [{ path: '', message: 'must have at most 100 characters' }],
  })
  t.ok(cpuMs() - before < 1000)
})

t.test('a number that parsing has changed is rejected', async (t) => {
  const it = parameter({ type: ['number', 'array', 'object'] })
  for (const text of ['9007199254740993', '1e999', '[1, -1e999]', '{"a": {"b": 9007199254740993}}']) {
    t.match(it.fromJson(JSON.parse(text)), { problems: [{ path: '', message: /cannot carry exactly/ }] }, text)
  }
  for (const text of ['9007199254740991', '1.5', '[1e-300]']) t.ok('value' in it.fromJson(JSON.parse(text)), text)
})

t.test('only a parameter that is declared as a list accepts a repeated key', async (t) => {
  t.strictSame(parameter(integer).fromQuery(['1', '2']), {
    problems: [{ path: '', message: 'takes one value and was given more than once; give it once' }],
  })
  const list = parameter({ type: 'array', items: integer, maxItems: 2 })
  t.strictSame(list.fromQuery(['1', '9007199254740993']), { value: ['1', '9007199254740993'] })
  t.strictSame(list.fromQuery(['1']), { value: ['1'] }, 'a list of one is a list')
  t.strictSame(list.fromQuery(['1', 'x']), { problems: [{ path: '[1]', message: 'must be an integer' }] })
  t.strictSame(list.fromQuery(['1', '2', '3']), { problems: [{ path: '', message: 'must have at most 2 items' }] })
})

t.test('a parameter that may be one value or a list is one value when given once', async (t) => {
  const either = parameter({ type: ['array', 'string'], items: { type: 'string' } })
  t.strictSame(either.fromQuery(['a']), { value: 'a' })
  t.strictSame(either.fromQuery(['a', 'b']), { value: ['a', 'b'] })
})

t.test('an item is read as any type that the list allows', async (t) => {
  for (const items of [{ enum: [1, 2] }, { anyOf: [{ type: 'integer' }, { const: 'all' }] }]) {
    t.strictSame(
      parameter({ type: 'array', items }).fromQuery(['1', '2']),
      { value: ['1', '2'] },
      JSON.stringify(items),
    )
  }
  const pair = parameter({ type: 'array', prefixItems: [integer, { type: 'string' }] })
  t.strictSame(pair.fromQuery(['1', 'a']), { value: ['1', 'a'] }, 'prefixItems')
})

t.test('a value from a JSON body is never converted', async (t) => {
  t.strictSame(parameter(integer).fromJson(5), { value: 5 })
  t.strictSame(parameter(integer).fromJson('5'), { problems: [{ path: '', message: 'must be an integer' }] })
  t.strictSame(parameter({ type: 'array', items: integer }).fromJson(5), {
    problems: [{ path: '', message: 'must be a list' }],
  })
  t.strictSame(parameter({ type: 'array', items: integer }).fromJson([1, 'x']), {
    problems: [{ path: '[1]', message: 'must be an integer' }],
  })
  const bounds = { type: 'object', properties: { lat: { type: 'number' } } }
  t.strictSame(parameter(bounds).fromJson({ lat: '1' }), { problems: [{ path: 'lat', message: 'must be a number' }] })
})

t.test('a default in a schema is not inserted into values; the plan does that', async (t) => {
  const schema = { type: 'object', properties: { a: { default: 1 } } }
  t.strictSame(parameter(schema).fromJson({}), { value: {} })
  t.match(parameter({ type: 'string' }, { default: 'London', required: true }), { default: 'London', required: true })
})

t.test('an invalid schema is rejected when the source is created', async (t) => {
  t.throws(() => parameter({ type: 'text' }))
})

t.test('every number that JSON.stringify writes is accepted and sent unchanged', async () => {
  const number = parameter({ type: 'number' })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.bigInt().filter((n) => n < 10n ** 300n),
      ),
      (n) => {
        const text = typeof n === 'bigint' ? String(n) : JSON.stringify(n)
        const read = number.fromQuery([text])
        return 'value' in read && read.value === text
      },
    ),
  )
})

t.test('a text is accepted as a number exactly if it is a JSON number that a double can hold', async () => {
  const number = parameter({ type: 'number' })
  const isNumber = (text: string) => {
    try {
      return !/\s/.test(text) && Number.isFinite(JSON.parse(text))
    } catch {
      return false
    }
  }
  const near = fc.stringMatching(/^[-+ ]?[0-9x_n]{0,3}\.?[0-9]{0,2}([eE][-+]?[0-9]{0,3})?\s?$/)
  fc.assert(
    fc.property(fc.oneof(near, fc.string()), (text) => accepted(number.fromQuery([text])) === isNumber(text)),
    { numRuns: 1000 },
  )
})

t.test('a very deeply nested value is rejected, not a crash', async (t) => {
  const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
  const parameter = new Parameter({ name: 'p', schema: { type: 'array' }, required: false })
  t.ok('value' in parameter.fromJson(nested(32)))
  for (const levels of [33, 5000, 30_000])
    t.strictSame(parameter.fromJson(nested(levels)), {
      problems: [{ path: '', message: 'must not be nested more than 32 levels deep' }],
    })
})
