import fc from 'fast-check'
import t from 'tap'
import type { Asked } from '../../src/aggregate/entry.ts'
import { makePlan } from '../../src/aggregate/plan.ts'
import type { Settings } from '../../src/aggregate/settings.ts'
import type { RequestError } from '../../src/problem.ts'
import { compileTemplate } from '../../src/source/template.ts'
import { CONTEXT, makeEntry, makeSource } from './bench.ts'

const NOTHING: Settings = { deadlineMs: null, strict: false, explain: false, applied: [] }
const OPTIONS = { view: 'home', context: CONTEXT, startedAt: 1000, deadlineMs: 2000, reserveMs: 25 }

const weather = makeSource(
  'weather',
  { q: { type: 'string' } },
  { values: { units: 'metric' }, template: compileTemplate('http://127.0.0.1:9/w/{+units}{?q}') },
)
const path = makeSource(
  'path',
  { city: { type: 'string' } },
  { template: compileTemplate('http://127.0.0.1:9/{city}/now'), required: true },
)

const ask = (key: string, source = weather, params: Asked['params'] = {}, errorPath = ''): Asked => {
  return { entry: makeEntry(key, source), params, errorPath }
}

function plan(asked: readonly Asked[], settings: Partial<Settings> = {}, options = OPTIONS) {
  const errors: RequestError[] = []
  return { errors, plan: makePlan(asked, { ...NOTHING, ...settings }, options, errors) }
}

t.test('a node a call, in the order asked, with its request made', async (t) => {
  const { errors, plan: made } = plan([ask('b', weather, { q: 'São Paulo' }), ask('a', path, { city: 'x/y' })])
  t.same(errors, [])
  t.equal(made.nodes.length, 2)
  t.match(made.nodes, [
    { key: 'b', source: 'weather', shown: true, required: false, call: weather.call },
    { key: 'a', source: 'path', shown: true, required: true, call: path.call },
  ])
  const requests = made.nodes.map((node) => node.prepare([]))
  t.match(requests, [
    { method: 'GET', path: '/w/metric?q=S%C3%A3o%20Paulo', body: null },
    { method: 'GET', path: '/x%2Fy/now', body: null },
  ])
  t.equal(made.nodes[0]?.prepare([]), requests[0], 'every attempt sends the same')
  t.match(made, { view: 'home', startedAt: 1000, deadlineMs: 2000, reserveMs: 25, explain: false })
})

t.test('no client sets what is under `values`', async (t) => {
  const { plan: made } = plan([ask('a', weather, { units: 'kelvin' })])
  t.match(made.nodes[0]?.prepare([]), { path: '/w/metric' })
})

t.test('strict makes every asked source required', async (t) => {
  const { nodes } = plan([ask('a'), ask('b', path, { city: 'x' })], { strict: true }).plan
  t.same(
    nodes.map(({ required }) => required),
    [true, true],
  )
})

t.test("a client's deadline only ever shortens, and the reserve is never more than half of what is left", async () => {
  const ms = fc.integer({ min: 1, max: 10_000 })
  fc.assert(
    fc.property(ms, fc.option(ms), fc.nat(500), (deadlineMs, asked, reserveMs) => {
      const made = plan([ask('a')], { deadlineMs: asked }, { ...OPTIONS, deadlineMs, reserveMs }).plan
      const expected = Math.min(deadlineMs, asked ?? deadlineMs)
      return made.deadlineMs === expected && made.reserveMs === Math.min(reserveMs, expected / 2)
    }),
  )
})

t.test('what a URL cannot take is refused, where the client wrote it', async (t) => {
  const { errors, plan: made } = plan([
    ask('a', path, { city: '..' }),
    ask('b', weather, { q: 'x' }),
    ask('c', weather, { q: 'a\r\nb' }, 'requests[2].params.'),
    ask('d', weather, { q: '\ud800' }, 'requests[3].params.'),
    ask('e', path, { city: '' }),
  ])
  t.equal(errors.length, 4)
  t.match(errors, [
    { path: 'city', message: /\(for a\)$/ },
    { path: 'requests[2].params.q', message: /line break.*\(for c\)$/ },
    { path: 'requests[3].params.q', message: /lone surrogate.*\(for d\)$/ },
    { path: 'city', message: /empty.*\(for e\)$/ },
  ])
  t.same(
    made.nodes.map(({ key }) => key),
    ['b'],
  )
})

t.test("what is no one parameter's fault is refused under the part of the request", async (t) => {
  const odd = Object.assign(makeSource('odd'), { prepare: () => ({ problem: 'the URL would leave', variable: null }) })
  const { errors, plan: made } = plan([ask('a', odd, {}, 'requests[0].params.'), ask('b')])
  t.equal(errors.length, 1)
  t.match(errors, [{ path: /^requests\[0\]\.params/, message: 'the URL would leave (for a)' }])
  t.equal(made.nodes.length, 1)
})

t.test('each plan can be called off by itself', async (t) => {
  const [one, other] = [plan([ask('a')]).plan, plan([ask('a')]).plan]
  one.cancel.cancel('client')
  t.equal(other.cancel.reason, null)
})
