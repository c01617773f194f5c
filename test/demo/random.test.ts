import t from 'tap'
import { seededRandom, seedFor } from '../../src/demo/random.ts'

const first = (seed: number, count = 1000) => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, random)
}

t.test('the same seed gives the same numbers, another seed others', async (t) => {
  t.same(first(7), first(7))
  t.notSame(first(7, 3), first(8, 3))
})

t.test('numbers spread over [0, 1)', async (t) => {
  const numbers = first(42)
  t.ok(numbers.every((number) => number >= 0 && number < 1))
  const tenths = new Set(numbers.map((number) => Math.floor(number * 10)))
  t.equal(tenths.size, 10)
})

t.test('each name has a seed of its own', async (t) => {
  t.equal(seedFor('a', 1), seedFor('a', 1))
  t.not(seedFor('a', 1), seedFor('b', 1))
  t.not(seedFor('a', 1), seedFor('a', 2))
})
