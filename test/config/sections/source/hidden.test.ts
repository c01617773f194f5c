import t from 'tap'
import { problemsOf, warningsOf } from '../../support.ts'

/** A source that takes data from others: `a: { … }`. */
const bound = (id: string, ...from: readonly string[]) =>
  `  ${id}: { url: "https://${id}.example{?${from.map((_, i) => `v${i}`)}}", bind: { ${from.map((other, i) => `v${i}: { from: ${other} }`).join(', ')} } }`

const each = (id: string, from: string) =>
  `  ${id}: { url: "https://${id}.example{?x}", forEach: { from: ${from}, as: x } }`

const plain = (id: string) => `  ${id}: { url: "https://${id}.example/" }`

const file = (...lines: readonly string[]) => `sources:\n${lines.join('\n')}\n`

t.test('at least one source must be visible, or there must be a view', async (t) => {
  t.same(problemsOf('sources: {}'), ['sources (line 1): is empty; write at least one source'])
  const nothing = (line: number) => [
    `sources (line ${line}): every source is hidden and there is no view, so there is nothing to ask; write a view, or hidden: false`,
  ]
  const hidden = 'sources: { a: { url: "https://a/", hidden: true } }'
  t.same(problemsOf(hidden), nothing(1))
  t.same(problemsOf('defaults: { hidden: true }\nsources: { a: { url: "https://a/" } }'), nothing(2))
  t.same(problemsOf(`${hidden}\nviews: { v: { sources: [a] } }`), [], 'a view shows what is hidden')
  t.equal(problemsOf('sources: { a: { url: "https://a/", hidden: yes } }').length, 1)
  t.equal(problemsOf('sources: 1').length, 1)
})

t.test('a hidden source that nothing reads', async (t) => {
  const hidden = '  h: { url: "https://h.example/", hidden: true }'
  t.same(warningsOf(file(hidden, plain('a'))), [
    'sources.h.hidden (line 2): no view, bind or forEach uses "h", so it is never called; leave hidden out',
  ])
  t.same(warningsOf(`defaults: { hidden: true }\n${file(plain('h'), '  a: { url: "https://a/", hidden: false }')}`), [
    'defaults.hidden (line 1): no view, bind or forEach uses "h", so it is never called; leave hidden out',
  ])
  t.same(warningsOf(file(hidden, bound('a', 'h'))), [])
  t.same(warningsOf(file(hidden, each('a', 'h'))), [])
  t.same(
    warningsOf(file(hidden, '  a: { url: "https://a/", bind: { x: h } }')),
    [],
    'one that is broken may have meant it',
  )
})
