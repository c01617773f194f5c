import t from 'tap'
import { compileGuard } from '../../src/json/json-schema.ts'

/** Each keyword of JSON Schema that a value can fail, and the end of the sentence that says so. */
const MESSAGES: readonly (readonly [object | boolean, unknown, string, string?])[] = [
  [{ type: 'integer' }, 's3cret', 'must be an integer'],
  [{ type: 'number' }, 's3cret', 'must be a number'],
  [{ type: 'string' }, 1, 'must be a string'],
  [{ type: 'boolean' }, 's3cret', 'must be true or false'],
  [{ type: 'array' }, 's3cret', 'must be a list'],
  [{ type: 'object' }, 's3cret', 'must be an object'],
  [{ type: ['string', 'null'] }, 1, 'must be a string or null'],
  [{ minLength: 1 }, '', 'must have at least 1 character'],
  [{ maxLength: 2 }, 's3cret', 'must have at most 2 characters'],
  [{ minItems: 2 }, ['s3cret'], 'must have at least 2 items'],
  [{ maxItems: 1 }, ['s3cret', 1], 'must have at most 1 item'],
  [{ minProperties: 1 }, {}, 'must have at least 1 member'],
  [{ maxProperties: 0 }, { s3cret: 1 }, 'must have at most 0 members'],
  [{ minimum: 1 }, 0, 'must be at least 1'],
  [{ maximum: 1 }, 2, 'must be at most 1'],
  [{ exclusiveMinimum: 1 }, 1, 'must be greater than 1'],
  [{ exclusiveMaximum: 1 }, 1, 'must be less than 1'],
  [{ multipleOf: 5 }, 3, 'must be a multiple of 5'],
  [{ pattern: '^[a-z]+$' }, 's3cret', 'must match the pattern ^[a-z]+$'],
  [{ format: 'date' }, 's3cret', 'must have the format "date"'],
  [{ required: ['a'] }, {}, 'must have a member "a"'],
  [{ additionalProperties: false }, { a: 's3cret' }, 'has an unknown member "a"'],
  [{ unevaluatedProperties: false }, { a: 's3cret' }, 'has an unknown member "a"'],
  [{ enum: ['a', 1] }, 's3cret', 'must be one of "a", 1'],
  [{ const: 'a' }, 's3cret', 'must be "a"'],
  [{ uniqueItems: true }, ['s3cret', 's3cret'], 'must not hold the same item twice'],
  [{ anyOf: [{ const: 1 }, false] }, 's3cret', 'must have one of the allowed forms'],
  [{ oneOf: [true, true] }, 's3cret', 'must have exactly one of the allowed forms'],
  [{ not: true }, 's3cret', 'must not have the form that is excluded'],
  [false, 's3cret', 'is not allowed'],
  [{ properties: { a: { items: { type: 'integer' } } } }, { a: ['s3cret'] }, 'must be an integer', 'a[0]'],
  [{ contains: { const: 1 } }, ['s3cret'], 'must contain at least 1 valid item(s)'],
]

for (const [schema, value, message, path = ''] of MESSAGES) {
  t.test(`${JSON.stringify(schema)}: ${message}`, async (t) => {
    const problems = compileGuard(schema)(value)
    t.strictSame(problems.at(-1), { path, message })
    t.notMatch(JSON.stringify(problems), 's3cret', 'the value itself is not shown')
  })
}
