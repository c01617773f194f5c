import fc from 'fast-check'
import t from 'tap'
import { exposedBy } from '../../src/aggregate/exposed.ts'
import type { ResponseHeader } from '../../src/core/outcome.ts'
import { json, makeSettled } from './bench.ts'

const header = (name: string, value: string): ResponseHeader => ({ name, value })
const settled = (...headers: ResponseHeader[]) => makeSettled('a', { ...json('1'), headers })
const of = (...sources: (readonly ResponseHeader[])[]) => exposedBy(sources.map((headers) => settled(...headers)))

t.test('of several sources it is the first that has the header; of one, all its values', async (t) => {
  const { headers, unfit } = of(
    [header('link', '<1>')],
    [header('link', '<2>'), header('x-a', '1'), header('x-a', '2')],
    [header('x-a', '3'), header('x-b', '')],
  )
  t.strictSame(headers, { link: '<1>', 'x-a': '1, 2', 'x-b': '' })
  t.same(unfit, [])
  t.strictSame(exposedBy([makeSettled('a', json('1'))]).headers, {})
})

t.test('of cookies it is all, each once, for our host', async (t) => {
  const cookie = (value: string) => header('set-cookie', value)
  const { headers } = of(
    [cookie('a=1; Domain=upstream.example; Path=/; HttpOnly'), cookie('b=2;domain=.example')],
    [cookie('c=domain=3; DOMAIN ; Secure'), cookie('b=2')],
  )
  t.strictSame(headers, { 'set-cookie': ['a=1; Path=/; HttpOnly', 'b=2', 'c=domain=3; Secure'] })
})

t.test('what is above 8 KiB together is left out, and what is smaller may still fit', async (t) => {
  const { headers, unfit } = of(
    [header('x-a', 'x'.repeat(5000))],
    [header('x-b', 'x'.repeat(5000)), header('x-c', 'x')],
    [header('x-b', 'y')],
  )
  t.same(Object.keys(headers), ['x-a', 'x-c', 'x-b'])
  t.equal(headers['x-b'], 'y')
  t.match(unfit, [{ name: 'x-b' }])
})

t.test('never more than 8 KiB, no Domain, and no name twice', async () => {
  const value = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.integer({ min: 0, max: 9000 }).map((length) => 'x'.repeat(length)),
    fc.string({ maxLength: 10 }).map((text) => `a=1; DoMain = ${text}; Path=/`),
  )
  const one = fc.record({ name: fc.constantFrom('set-cookie', 'link', 'x-a', 'x-b'), value })
  fc.assert(
    fc.property(fc.array(fc.array(one, { maxLength: 6 }), { maxLength: 5 }), (sources) => {
      const { headers } = of(...sources)
      const texts = Object.entries(headers).flatMap(([name, values]) => [values].flat().map((text) => name + text))
      const bytes = texts.reduce((total, { length }) => total + length, 0)
      const cookies = [headers['set-cookie'] ?? []].flat()
      return bytes <= 8192 && cookies.every((cookie) => !/;\s*domain/i.test(cookie))
    }),
  )
})
