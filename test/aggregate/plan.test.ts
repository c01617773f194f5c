import fc from 'fast-check'
import t from 'tap'
import { menuOf } from '../../src/aggregate/menu.ts'
import type { Asked } from '../../src/aggregate/params.ts'
import { makePlan, type Plan } from '../../src/aggregate/plan.ts'
import { run } from '../../src/aggregate/run.ts'
import type { Settings } from '../../src/aggregate/settings.ts'
import type { SourceRequest } from '../../src/core/call.ts'
import { Problem, type RequestError } from '../../src/http/problem.ts'
import type { SourceOptions } from '../../src/source/options.ts'
import { compileTemplate } from '../../src/source/template.ts'
import { USUAL_ALLOWANCE } from '../support/allowance.ts'
import { withoutBugs } from '../support/events.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { asker, json, makeEntry, makeOptions, makeSource, type Params, stubSource } from './bench.ts'

const FACTS = { needs: [], shown: true, isUnsafe: false, isPersonal: false, exposes: false }

const NOTHING: Settings = { deadlineMs: null, strict: false, explain: false, simulated: [], applied: [] }
const ENDPOINT = {
  view: 'home',
  shape: null,
  deadlineMs: 2000,
  menu: menuOf([], new Map()),
  allowed: { explain: true, simulate: true, unknownQuery: 'refuse' as const },
  constant: null,
  bare: null,
}
const OPTIONS = { deadlineMs: 2000, reserveMs: 25 }

/** Requests that were sent, in order. */
const sent: SourceRequest[] = []

function source(id: string, url: string, params: Params, over: Partial<SourceOptions> = {}) {
  return stubSource(makeOptions(id, params, { template: compileTemplate(url), ...over }), async ({ request }) => {
    sent.push(request)
    return json('1')
  })
}

const values = { units: 'metric' }
const weather = source('weather', 'http://127.0.0.1:9/w/{+units}{?q}', { q: { type: 'string' } }, { values })
const path = source('path', 'http://127.0.0.1:9/{city}/now', { city: { type: 'string' } }, { required: true })

const ask = (key: string, source = weather, params: Asked['params'] = {}, errorPath = ''): Asked => {
  return { entry: makeEntry(key, source), params, errorPath, shown: true, needs: [], askedFor: key }
}

function plan(asked: readonly Asked[], settings: Partial<Settings> = {}, { deadlineMs, reserveMs } = OPTIONS): Plan {
  const endpoint = { ...ENDPOINT, vary: '', deadlineMs }
  return makePlan(
    { endpoint, asker: asker(), settings: { ...NOTHING, ...settings }, asked, isGet: true, constant: null },
    reserveMs,
  )
}

/** The errors of a request, as its client receives them. */
function errorsOf(asked: readonly Asked[]): readonly RequestError[] {
  try {
    plan(asked)
  } catch (error) {
    if (error instanceof Problem) return error.details.errors ?? []
    throw error
  }
  return []
}

/** Runs a plan. Returns the requests that it sent. */
async function sentBy(made: Plan): Promise<readonly SourceRequest[]> {
  sent.length = 0
  await run(made, { clock: new FakeClock(), allowance: USUAL_ALLOWANCE, events: withoutBugs() })
  return [...sent]
}

t.test('a plan has one node per source, in the requested order, with its request', async (t) => {
  const made = plan([ask('b', weather, { q: 'São Paulo' }), ask('a', path, { city: 'x/y' })])
  t.strictSame(
    made.nodes.map(({ start, label, ...node }) => node),
    [
      { ...FACTS, key: 'b', source: 'weather', required: false },
      { ...FACTS, key: 'a', source: 'path', required: true },
    ],
  )
  const requests = await sentBy(made)
  t.strictSame(
    requests.map(({ method, path, body }) => [method, path, body]),
    [
      ['GET', '/w/metric?q=S%C3%A3o%20Paulo', null],
      ['GET', '/x%2Fy/now', null],
    ],
  )
  t.equal((await sentBy(made))[0], requests[0], 'made once: every attempt sends the same')
  t.match(made, { view: 'home', shape: null, startedAt: 1000, deadlineMs: 2000, reserveMs: 25, explain: false })
})

t.test('clients cannot set `values`', async (t) => {
  const [request] = await sentBy(plan([ask('a', weather, { units: 'kelvin' })]))
  t.equal(request?.path, '/w/metric')
})

t.test('strict makes every asked source required', async (t) => {
  const { nodes } = plan([ask('a'), ask('b', path, { city: 'x' })], { strict: true })
  t.strictSame(
    nodes.map(({ required }) => required),
    [true, true],
  )
})

t.test('`required` and strict do not apply to dependencies', async (t) => {
  const asked = [
    { ...ask('a'), needs: [1] },
    { ...ask('b', path, { city: 'x' }), shown: false },
  ]
  for (const strict of [false, true]) {
    t.strictSame(
      plan(asked, { strict }).nodes.map(({ key, needs, shown, required }) => [key, needs, shown, required]),
      [
        ['a', [1], true, strict],
        ['b', [], false, false],
      ],
    )
  }
})

t.test("a client's deadline can only shorten, and the reserve is at most half of the deadline", async () => {
  const ms = fc.integer({ min: 1, max: 10_000 })
  fc.assert(
    fc.property(ms, fc.option(ms), fc.nat(500), (deadlineMs, asked, reserveMs) => {
      const made = plan([ask('a')], { deadlineMs: asked }, { deadlineMs, reserveMs })
      const expected = Math.min(deadlineMs, asked ?? deadlineMs)
      return made.deadlineMs === expected && made.reserveMs === Math.min(reserveMs, expected / 2)
    }),
  )
})

t.test('a value that does not fit into the URL is rejected, with the path of the client', async (t) => {
  const errors = errorsOf([
    ask('a', path, { city: '..' }),
    ask('b', weather, { q: 'x' }),
    ask('c', weather, { q: 'a\r\nb' }, 'requests[2].params.'),
    ask('d', weather, { q: '\ud800' }, 'requests[3].params.'),
    ask('e', path, { city: '' }),
  ])
  t.equal(errors.length, 4)
  t.match(errors, [
    { path: 'city', message: /\(for a\)\.$/ },
    { path: 'requests[2].params.q', message: /line break.*\(for c\)\.$/ },
    { path: 'requests[3].params.q', message: /lone surrogate.*\(for d\)\.$/ },
    { path: 'city', message: /empty.*\(for e\)\.$/ },
  ])
})

t.test('a problem without a single parameter is rejected under its part of the request', async (t) => {
  const odd = Object.assign(makeSource('odd'), { prepare: () => ({ problem: 'the URL would leave', variable: null }) })
  const errors = errorsOf([ask('a', odd, {}, 'requests[0].params.'), ask('b')])
  t.equal(errors.length, 1)
  t.match(errors, [{ path: /^requests\[0\]\.params/, message: 'The URL would leave (for a).' }])
})

t.test('each plan has its own cancel', async (t) => {
  const [one, other] = [plan([ask('a')]), plan([ask('a')])]
  one.cancel.cancel('client')
  t.equal(other.cancel.reason, null)
})
