import t from 'tap'
import type { SourceConfig } from '../../../../src/config/config.ts'
import { configOf, oneSource, problemsOf } from '../../support.ts'

const LIST = '  list: { url: "https://l.example/" }\n'

function withList(keys: string, environment = {}): SourceConfig {
  const source = configOf(`${oneSource(keys)}${LIST}`, environment).sources.get('a')
  if (!source) throw new Error('no source')
  return source
}

t.test('bind and forEach', async (t) => {
  const { bind, forEach } = withList(
    'url: "https://a.example{?x,y,id}", bind: { x: { from: list, select: id }, y: { from: list } }, forEach: { from: list, select: "[:2]", as: id }',
  )
  const [x, y] = bind
  t.match(
    [x, y],
    [
      { name: 'x', from: 'list' },
      { name: 'y', from: 'list', select: null },
    ],
  )
  t.equal(x?.select?.({ id: 7 }), 7)
  t.match(forEach, { from: 'list', as: 'id', limit: 50, concurrency: 10 })
  t.same(forEach?.select?.([1, 2, 3]), [1, 2])
  const url = 'url: "https://a.example{?id}"'
  const bounds = withList(`${url}, forEach: { from: list, as: id, limit: "\${L}", concurrency: 100 }`, { L: '1000' })
  t.same(bounds.forEach, {
    ...{ from: 'list', param: null, select: null, as: 'id', limit: 1000, concurrency: 100 },
    batch: null,
  })
})

t.test('keys and bounds of bind and forEach', async (t) => {
  const wrong: Record<string, string> = {
    'bind: { x: { from: list, selct: id } }': 'bind.x.selct (line 3): is an unknown key; did you mean "select"?',
    'bind: { x: { from: list, select: 1 } }': 'bind.x.select (line 3): 1 must be a string; write it in quotes',
    'forEach: { from: list, as: id, limit: 0 }': 'forEach.limit (line 3): 0 must be at least 1',
    'forEach: { from: list, as: id, limit: 1001 }': 'forEach.limit (line 3): 1001 must be at most 1000',
    'forEach: { from: list, as: id, limit: 1.5 }': 'forEach.limit (line 3): 1.5 must be a whole number',
    'forEach: { from: list, as: id, concurrency: 0 }': 'forEach.concurrency (line 3): 0 must be at least 1',
    'forEach: { from: list, as: id, concurrency: 101 }': 'forEach.concurrency (line 3): 101 must be at most 100',
  }
  for (const [keys, problem] of Object.entries(wrong))
    t.same(problemsOf(`${oneSource(keys)}${LIST}`), [`sources.a.${problem}`], keys)
})
