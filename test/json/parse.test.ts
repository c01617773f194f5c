import fc from 'fast-check'
import t from 'tap'
import { deeplyPlain, LongNumber } from '../../src/json/long-number.ts'
import { holdingLong, mayBeLong, parseJson } from '../../src/json/parse.ts'

const parse = (json: string): unknown => parseJson(Buffer.from(json))

t.test('JSON without long numbers is what JSON.parse makes of it', async (t) => {
  for (const json of ['{"a":[1,1.0,-0,1e2,"7615917337495251231"]}', '7', 'null', '"\\ud800"', '[9007199254740992]']) {
    t.strictSame(parse(json), JSON.parse(json))
    t.notOk(mayBeLong(parse(json)), json)
  }
})

t.test('long numbers keep their digits, in any place', async (t) => {
  for (const json of [
    '7615917337495251231',
    '[1e400,-1e400]',
    '{"a":{"b":[0.1000000000000000055511151231257827]},"c":"é"}',
    '{"__proto__":7615917337495251231,"constructor":[1e400]}',
    `{"a":${'7'.repeat(100_000)}}`,
  ]) {
    t.equal(JSON.stringify(parse(json)), json)
    t.ok(mayBeLong(parse(json)))
  }
  t.equal(JSON.stringify(parse(' {"2": 1e400, "1": 1, "2": 1e401}')), '{"1":1,"2":1e401}', 'the last of two counts')
  t.equal(Object.getPrototypeOf(parse('{"__proto__":1e400}')), Object.prototype)
})

t.test('data nested a million deep keeps its digits', async (t) => {
  const depth = 1e6
  let value = parse(`${'['.repeat(depth)}1e400${']'.repeat(depth)}`)
  for (let level = 0; level < depth; level += 1) value = (value as unknown[])[0]
  t.equal(String(value), '1e400')
})

t.test('what is no JSON is refused', async (t) => {
  for (const json of ['{', '[1e400', '7615917337495251231 7615917337495251231', '[1e400,]'])
    t.throws(() => parse(json), SyntaxError, json)
})

t.test('a long number is a double in arithmetic, and its digits as text', async (t) => {
  const long = parse('7615917337495251231') as LongNumber
  t.ok(long instanceof LongNumber)
  t.equal(Number(long), Number('7615917337495251231'))
  t.equal(`${long}`, '7615917337495251231')
  t.strictSame(Object.keys(long), [])
  t.strictSame(deeplyPlain([{ a: long, b: [null, 'x', long] }]), [{ a: Number(long), b: [null, 'x', Number(long)] }])
})

t.test('a value can be said to hold long numbers', async (t) => {
  const value = {}
  t.notOk(mayBeLong(value))
  t.equal(holdingLong(value), value)
  t.ok(mayBeLong(value))
  for (const scalar of [null, 1, 'a', true]) t.notOk(mayBeLong(holdingLong(scalar)))
})

t.test('any JSON is the same as with doubles, but for the digits', async () => {
  const long = fc.stringMatching(/^[1-9]\d{17,40}$/).filter((text) => !text.endsWith('0'))
  const { json } = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      long,
      fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
      fc.array(tie('json')).map((items) => `[${items.join(',')}]`),
      fc.dictionary(fc.string(), tie('json')).map((members) => {
        return `{${Object.entries(members).map(([key, item]) => `${JSON.stringify(key)}:${item}`)}}`
      }),
    ),
  }))
  fc.assert(
    fc.property(json, (text) => {
      const value = parse(text)
      const isSame = JSON.stringify(deeplyPlain(value)) === JSON.stringify(JSON.parse(text))
      return isSame && digitsIn(JSON.stringify(value)) === digitsIn(text)
    }),
    { numRuns: 2000 },
  )
})

/** All long runs of digits, sorted: keys that are numbers change their places. */
function digitsIn(text: string): string {
  return [...text.matchAll(/\d{18,}/g)].flat().sort().join()
}
