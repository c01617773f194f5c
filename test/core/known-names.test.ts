import t from 'tap'
import { listed, quoteName, thereIsNo } from '../../src/core/known-names.ts'
import { cpuMs } from '../support/cpu-time.ts'

t.test('the most similar known name comes first, the others in their order', async (t) => {
  t.equal(
    thereIsNo('source', 'wether', ['weather', 'news']),
    'There is no source "wether"; known sources: weather, news.',
  )
  t.equal(
    thereIsNo('view', 'citty', ['home', 'news', 'city']),
    'There is no view "citty"; known views: city, home, news.',
  )
})

t.test('without known names, the message says so', async (t) => {
  t.equal(thereIsNo('parameter', 'q', []), 'There is no parameter "q"; known parameters: none.')
})

t.test('long lists are cut', async (t) => {
  const names = Array.from({ length: 10 }, (_, i) => `s${i}`)
  t.equal(listed(names.slice(0, 8)), 's0, s1, s2, s3, s4, s5, s6, s7')
  t.equal(listed(names), 's0, s1, s2, s3, s4, s5, s6, s7 and 2 more')
  t.match(thereIsNo('source', 's9x', names), /: s9, s0, s1, s2, s3, s4, s5, s6 and 2 more\.$/)
})

t.test('long names are cut, but never inside a character', async (t) => {
  t.equal(quoteName('a'.repeat(64)), `"${'a'.repeat(64)}"`)
  t.equal(quoteName('a'.repeat(65)), `"${'a'.repeat(64)}…"`)
  t.ok(quoteName(`${'a'.repeat(63)}😀`).isWellFormed())
})

t.test('a name of any length is compared quickly', async (t) => {
  const known = Array.from({ length: 1000 }, (_, i) => `source_${i}`)
  const startedAt = cpuMs()
  for (let i = 0; i < 20; i += 1) thereIsNo('source', 'x'.repeat(60_000) + i, known)
  // uncut names would take about 10 s
  t.ok(cpuMs() - startedAt < 2000)
})
