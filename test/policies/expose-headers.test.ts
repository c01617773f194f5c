import { Events } from '../../src/core/events.ts'
import type { HeaderLeftOut } from '../../src/core/left-out.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { exposeHeaders } from '../../src/policies/expose-headers.ts'
import { answering, DATA, status, test } from './bench.ts'

const header = (name: string, value: string) => ({ name, value })

test('only the headers that are exposed pass, and of these only what may be shown', async (t, bench) => {
  const seen: HeaderLeftOut[] = []
  const events = new Events()
  events.listen({ header: (event) => seen.push(event) })
  const policy = exposeHeaders({ names: ['link', 'x-a'], mayShow: (value) => !value.includes('secret'), events })
  const of = async (outcome: Outcome) => (await policy(answering(outcome))(bench.call('w'))).headers
  const [link, a, hidden, other] = [header('link', '1'), header('x-a', '2'), header('x-a', 'secret'), header('b', '3')]
  t.strictSame(await of({ ...DATA, headers: [link, a, other] }), [link, a])
  t.strictSame(await of({ ...status(404), headers: [a] }), [a], 'of a failed answer too')
  t.same(seen, [])
  t.strictSame(await of({ ...DATA, headers: [link, hidden] }), [link])
  t.match(seen, [{ requestId: 'request', source: 'weather', id: 'w', name: 'x-a', reason: /^it holds a secret/ }])
  t.equal(await of({ ...DATA, headers: [hidden, other] }), undefined)
  t.strictSame(await policy(answering(DATA))(bench.call()), DATA)
})
