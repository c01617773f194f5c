import t from 'tap'
import { configOf } from '../support.ts'

t.test('sources whose data is read for bind, forEach or shape', async (t) => {
  const { sources } = configOf(`
sources:
  bound: { url: "https://a.example/", hidden: true }
  list: { url: "https://a.example/" }
  shaped: { url: "https://a.example/" }
  renamed: { url: "https://a.example/" }
  shown: { url: "https://a.example/" }
  reader: { url: "https://a.example{?x,y}", bind: { x: { from: bound } }, forEach: { from: list, as: y } }
views:
  one: { sources: [shaped], shape: shaped }
  two: { sources: { r: { source: renamed } }, shape: { r: r } }
  plain: { sources: [shown, reader] }
`)
  const read = [...sources.values()].filter(({ isRead }) => isRead).map(({ id }) => id)
  t.same(read, ['bound', 'list', 'shaped', 'renamed'])
})
