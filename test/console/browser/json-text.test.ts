import fc from 'fast-check'
import t from 'tap'
import { membersOf, pretty } from '../../../src/console/browser/json-text.js'

const text = (json: string, limit = 1_000_000) =>
  pretty(json, limit)
    .pieces.map(({ text }) => text)
    .join('')

t.test('it is laid out as JSON.stringify does', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, '\t'), (value, space) => {
      const json = JSON.stringify(value, null, space)
      return text(json) === JSON.stringify(JSON.parse(json), null, 2)
    }),
  )
})

t.test('what is written stays: digits, escapes, repeated keys', async (t) => {
  t.equal(
    text('{"n":9007199254740993,"n":1.50e+10,"s":"\\u00e9\\"\\\\"}'),
    '{\n  "n": 9007199254740993,\n  "n": 1.50e+10,\n  "s": "\\u00e9\\"\\\\"\n}',
  )
  t.equal(text('[ ]'), '[]')
  t.equal(text('"a, {b}: [c]"'), '"a, {b}: [c]"')
  t.equal(text(' null '), 'null')
})

t.test('each piece says what it is', async (t) => {
  t.same(
    pretty('{"k":["s",-1,true,null]}', 100).pieces.map(({ kind }) => kind),
    ['mark', 'key', 'mark', 'mark', 'string', 'mark', 'number', 'mark', 'word', 'mark', 'word', 'mark', 'mark'],
  )
})

t.test('no more than the limit, within a long text too', async (t) => {
  const json = JSON.stringify(['x'.repeat(1000), 1])
  for (const limit of [0, 1, 10, 500]) {
    t.equal(text(json, limit).length, limit)
    t.equal(pretty(json, limit).isCut, true)
  }
  t.equal(pretty('[1]', 1000).isCut, false)
  const deep = '['.repeat(20_000) + ']'.repeat(20_000)
  t.ok(text(deep, 100_000).length <= 100_000, 'nor does depth make more of it')
})

t.test('a large answer does not hold the page up', async (t) => {
  const json = JSON.stringify(Array.from({ length: 400_000 }, (_, id) => ({ id })))
  const before = process.cpuUsage()
  t.equal(pretty(json, 100_000).isCut, true)
  const { user } = process.cpuUsage(before)
  t.ok(user < 200_000, `${user / 1000} ms of processor time`)
})

t.test('members, as they are written', async (t) => {
  const members = membersOf('{"id":"a","ok":true,"data": {"x":[1,{"data":"}"}],"n":9007199254740993 } ,"failure":null}')
  t.same(
    [...members],
    [
      ['id', '"a"'],
      ['ok', 'true'],
      ['data', '{"x":[1,{"data":"}"}],"n":9007199254740993 }'],
      ['failure', 'null'],
    ],
  )
  t.same([...membersOf('{}')], [])
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
      const json = JSON.stringify(value)
      const read = [...membersOf(json)].map(([name, text]) => [name, JSON.parse(text)])
      t.same(Object.fromEntries(read), JSON.parse(json))
    }),
  )
})
