import t from 'tap'
import { cyclesOf } from '../../../../src/config/sections/source/dependencies.ts'
import { problemsOf } from '../../support.ts'

/** A source that takes data from others: `a: { … }`. */
const bound = (id: string, ...from: readonly string[]) =>
  `  ${id}: { url: "https://${id}.example{?${from.map((_, i) => `v${i}`)}}", bind: { ${from.map((other, i) => `v${i}: { from: ${other} }`).join(', ')} } }`

const each = (id: string, from: string) =>
  `  ${id}: { url: "https://${id}.example{?x}", forEach: { from: ${from}, as: x } }`

const plain = (id: string) => `  ${id}: { url: "https://${id}.example/" }`

const file = (...lines: readonly string[]) => `sources:\n${lines.join('\n')}\n`

t.test('a source that does not exist', async (t) => {
  t.same(problemsOf(file(plain('user'), bound('a', 'usr'), each('b', 'userr'))), [
    'sources.a.bind.v0.from (line 3): there is no source "usr"; did you mean "user"?',
    'sources.b.forEach.from (line 4): there is no source "userr"; did you mean "user"?',
  ])
  t.same(problemsOf(file(plain('b'), bound('a', 'constructor'))), [
    'sources.a.bind.v0.from (line 3): there is no source "constructor"; the only one is "b"',
  ])
  t.match(problemsOf(file('  b: 5', bound('a', 'b'))), [/^sources\.b .* must be a map/], 'b was told of')
})

t.test('a source that depends on itself', async (t) => {
  const itself = 'is the source itself, which would wait for its own data; name another one'
  t.same(problemsOf(file(bound('a', 'a'))), [`sources.a.bind.v0.from (line 2): ${itself}`])
  t.same(problemsOf(file(each('a', 'a'))), [`sources.a.forEach.from (line 2): ${itself}`])
})

t.test('a forEach over a forEach', async (t) => {
  t.same(problemsOf(file(plain('l'), each('a', 'l'), each('b', 'a'))), [
    'sources.b.forEach.from (line 4): "a" has a forEach itself; a forEach over another one is not possible; name another source',
  ])
  t.same(problemsOf(file(plain('l'), each('a', 'l'), bound('b', 'a'))), [], 'its data may be bound')
  t.same(problemsOf(file(plain('l'), bound('a', 'l'), each('b', 'a'))), [])
})

t.test('a cycle is reported once, with all its sources', async (t) => {
  const circle = (path: string, spelt: string) =>
    `sources.${path}: these sources wait for each other: ${spelt}; remove one of these dependencies`
  t.same(problemsOf(file(bound('a', 'b'), bound('b', 'a'))), [circle('a.bind.v0.from (line 2)', 'a -> b -> a')])
  t.same(
    problemsOf(file(plain('l'), bound('a', 'l', 'c'), each('b', 'a'), bound('c', 'b', 'b'))),
    [circle('a.bind.v1.from (line 3)', 'a -> c -> b -> a')],
    'through forEach, and named twice',
  )
  t.same(
    problemsOf(file(bound('z', 'a'), bound('a', 'b'), bound('b', 'a'), bound('c', 'd'), bound('d', 'c'))),
    [circle('a.bind.v0.from (line 3)', 'a -> b -> a'), circle('c.bind.v0.from (line 5)', 'c -> d -> c')],
    'two, and one that only leads there',
  )
  t.same(problemsOf(file(bound('a', 'b', 'c'), bound('b', 'a'), bound('c', 'a'))), [
    circle('a.bind.v0.from (line 2)', 'a -> b -> a'),
    circle('a.bind.v1.from (line 2)', 'a -> c -> a'),
  ])
  t.same(problemsOf(file(plain('a'), bound('b', 'a'), bound('c', 'a'), bound('d', 'b', 'c'))), [], 'a diamond is none')
})

t.test('a long cycle', async (t) => {
  const ids = Array.from({ length: 3000 }, (_, index) => `s${index}`)
  const chain = new Map(ids.map((id, index) => [id, ids[index + 1] === undefined ? [] : [`s${index + 1}`]]))
  t.same(cyclesOf(chain), [])
  const circle = new Map(ids.map((id, index) => [id, [`s${(index + 1) % ids.length}`]]))
  t.same(cyclesOf(circle), [ids])
  const all = ids.slice(0, 12)
  t.ok(cyclesOf(new Map(all.map((id) => [id, all]))).length <= 12 * 12, 'not every path of many')
})
