import t from 'tap'
import { compileExpression } from '../../src/json/jmespath.ts'
import { errorsOf, evaluate, joinParts, partsOf, type Shape } from '../../src/json/shape.ts'

const whole = (text: string): Shape => ({ whole: compileExpression(text) })
const parts = (texts: Readonly<Record<string, string>>): Shape => {
  return { parts: new Map(Object.entries(texts).map(([key, text]) => [key, compileExpression(text)])) }
}

function shaped(shape: Shape, data: unknown) {
  const { bounded, endless } = partsOf(shape)
  const made = evaluate([...bounded, ...endless], data, JSON.stringify)
  const text = Buffer.concat(joinParts(shape, made)).toString()
  return { text, errors: errorsOf(made).map(({ key, error }) => `${key}: ${error instanceof Error}`) }
}

const DATA = { news: { articles: [{ title: 'Ünter "x"' }] }, weather: { temp: 11.2 }, alerts: null }

t.test('of the whole is what the expression yields, as JSON', async (t) => {
  t.strictSame(shaped(whole('{headline: news.articles[0].title, temp: weather.temp}'), DATA), {
    text: '{"headline":"Ünter \\"x\\"","temp":11.2}',
    errors: [],
  })
  t.strictSame(shaped(whole('news.articles[].title'), DATA).text, '["Ünter \\"x\\""]')
  t.strictSame(shaped(whole('weather.temp'), DATA).text, '11.2')
  t.strictSame(JSON.parse(shaped(whole('@'), DATA).text), DATA)
})

t.test('of parts is an object of them, in their order', async (t) => {
  t.strictSame(shaped(parts({ temp: 'weather.temp', all: 'news.articles' }), DATA), {
    text: '{"temp":11.2,"all":[{"title":"Ünter \\"x\\""}]}',
    errors: [],
  })
  t.strictSame(shaped(parts({}), DATA), { text: '{}', errors: [] })
})

t.test('sees null for what is missing, and has null there', async (t) => {
  const nothing = { news: null, weather: null }
  t.strictSame(shaped(whole('{a: news.articles[0].title, b: weather, c: nobody.x}'), nothing), {
    text: '{"a":null,"b":null,"c":null}',
    errors: [],
  })
  t.strictSame(shaped(parts({ a: 'news.articles[0].title', b: 'weather || `"none"`' }), nothing), {
    text: '{"a":null,"b":"none"}',
    errors: [],
  })
  t.strictSame(shaped(whole('nobody'), nothing), { text: 'null', errors: [] })
})

t.test('a part that errs is null and told with its key; the others stand', async (t) => {
  t.strictSame(
    shaped(parts({ a: 'weather.temp', b: 'length(alerts)', c: 'sum(news)', d: 'news.articles | [0]' }), DATA),
    {
      text: '{"a":11.2,"b":null,"c":null,"d":{"title":"Ünter \\"x\\""}}',
      errors: ['b: true', 'c: true'],
    },
  )
})

t.test('a whole that errs is null, and told', async (t) => {
  t.strictSame(shaped(whole('{a: weather.temp, b: length(alerts)}'), DATA), { text: 'null', errors: ['null: true'] })
})

t.test('what is nested too deeply to be written is an error of its own part', async (t) => {
  const depth = 200_000
  const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
  const deep = JSON.parse(`{"deep":${nested},"a":1}`)
  const canWrite = canBeWritten(deep)
  const inParts = shaped(parts({ a: 'a', deep: 'deep', some: 'deep[0] != `null`' }), deep)
  // not by t.equal, which would print the brackets
  t.ok(inParts.text === `{"a":1,"deep":${canWrite ? nested : 'null'},"some":true}`)
  t.strictSame(inParts.errors, canWrite ? [] : ['deep: true'])
  const asWhole = shaped(whole('@'), deep)
  t.ok(asWhole.text === (canWrite ? `{"deep":${nested},"a":1}` : 'null'))
  t.strictSame(asWhole.errors, canWrite ? [] : ['null: true'])
})

/** JSON.stringify of Node 24 calls itself for each level and ends the stack; that of Node 26 does not. */
function canBeWritten(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}

t.test('a list of 10 MB is taken from', async (t) => {
  const items = Array.from({ length: 500_000 }, (_, id) => ({ id }))
  const { text, errors } = shaped(parts({ last: '[-1].id', count: 'length(@)', some: '[?id < `3`].id' }), items)
  t.equal(text, '{"last":499999,"count":500000,"some":[0,1,2]}')
  t.strictSame(errors, [])
})

t.test('keys that lead out of the data lead nowhere, and those that are data change nothing else', async (t) => {
  const hostile = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toJSON":"x","a":1}',
  )
  t.strictSame(
    shaped(
      parts({ a: '__proto__.polluted', b: 'constructor', c: 'constructor.prototype', d: 'toString', e: 'a' }),
      hostile,
    ),
    { text: '{"a":null,"b":null,"c":null,"d":null,"e":1}', errors: [] },
  )
  shaped(parts({ a: 'merge(@, @)', b: 'from_items(items(@))', c: 'values(@)' }), hostile)
  t.equal(({} as { polluted?: number }).polluted, undefined)
  const own: Shape = { parts: new Map([['__proto__', compileExpression('a')]]) }
  t.equal(shaped(own, hostile).text, '{"__proto__":1}')
})

t.test('data is not changed by what is made of it', async (t) => {
  const before = JSON.stringify(DATA)
  shaped(
    parts({ a: 'reverse(news.articles)', b: 'sort_by(news.articles, &title)', c: 'merge(@, {weather: `1`})' }),
    DATA,
  )
  t.equal(JSON.stringify(DATA), before)
})
