import t from 'tap'
import { bodyValue, exactValue, keepValue } from '../../src/json/values.ts'

t.test('a body is parsed when somebody first asks, and only then', async (t) => {
  const body = Buffer.from('{"a":1}')
  body.write('2', 5)
  const value = bodyValue(body)
  t.strictSame(value, { a: 2 })
  body.write('3', 5)
  t.equal(bodyValue(body), value)
  t.strictSame(bodyValue(Buffer.from(body)), { a: 3 }, 'another body, even with the same text, has a value of its own')
})

t.test('no body is null, and so is a body that says so', async (t) => {
  t.equal(bodyValue(null), null)
  t.equal(bodyValue(Buffer.from('null')), null)
})

t.test('a value that was kept is the one that is given out', async (t) => {
  const body = Buffer.from('no JSON, so it is not parsed')
  for (const value of [{ kept: true }, null, 0, '', undefined]) {
    keepValue(body, value)
    t.equal(bodyValue(body), value)
  }
  const parsed = Buffer.from('1')
  t.equal(bodyValue(parsed), 1)
  keepValue(parsed, 2)
  t.equal(bodyValue(parsed), 2, 'also after it was parsed')
})

t.test('a value whose numbers have lost digits is not kept', async (t) => {
  const body = Buffer.from('{"id":7615917337495251231}')
  keepValue(body, JSON.parse(body.toString()))
  t.equal(JSON.stringify(bodyValue(body)), body.toString())
  const selected = bodyValue(body)
  const other = Buffer.from(body)
  keepValue(other, selected)
  t.equal(bodyValue(other), selected)
})

t.test('JSON of any depth has a value', async (t) => {
  const body = Buffer.from('['.repeat(1e6) + ']'.repeat(1e6))
  t.ok(Array.isArray(bodyValue(body)))
})

t.test('an exact value is written with the digits that it had', async (t) => {
  const json = '{"a":[7615917337495251231,1e400,1.0,-0,0.1],"__proto__":{"b":"1.0"},"c":null}'
  t.equal(JSON.stringify(exactValue(json)), json)
  t.strictSame(exactValue('{"a":[1,"x",true]}'), { a: [1, 'x', true] })
  const deep = '['.repeat(2048) + ']'.repeat(2048)
  t.equal(JSON.stringify(exactValue(deep)), deep, 'as deep as 4 KiB can be')
})

t.test('what is no JSON has none', async (t) => {
  t.throws(() => bodyValue(Buffer.from('{')), SyntaxError)
})
