import t, { type Test } from 'tap'
import { entryOf, menuOf } from '../../src/aggregate/menu.ts'
import { SIMULATED_CODES } from '../../src/aggregate/simulated.ts'
import { parseConfig } from '../../src/config/load.ts'
import { offerOf } from '../../src/console/offer.ts'
import type { Offer } from '../../src/console/offered.ts'
import { Runtime } from '../../src/runtime.ts'
import { silentLog } from '../../src/telemetry/logger.ts'
import { inject } from '../support/inject.ts'

const URL = 'http://127.0.0.1:9/'

/** What is offered of all sources of a configuration. */
function offered(t: Test, config: object): Offer {
  const { config: loaded, problems } = parseConfig(JSON.stringify(config), {})
  if (loaded === null) throw new Error(JSON.stringify(problems))
  const runtime = Runtime.start(loaded, { log: silentLog() })
  t.teardown(() => runtime.release())
  const visible = [...runtime.sources.values()].filter((source) => source.isVisible).map(entryOf)
  const menu = menuOf(visible, runtime.sources)
  const all = { view: null, method: 'GET', path: 'aggregate', description: null, deadlineMs: 2000, streams: true, menu }
  return offerOf([all], loaded.server)
}

t.test('a parameter has the keys that take it, also through what they need', async (t) => {
  const offer = offered(t, {
    sources: {
      user: { url: `${URL}{?id}`, hidden: true, params: { id: { type: 'integer', required: true } } },
      orders: {
        url: `${URL}{?user,q}`,
        params: { q: { type: 'string' } },
        bind: { user: { from: 'user', select: 'id' } },
      },
      news: { url: `${URL}{?q,size}`, params: { q: { type: 'string' }, size: { type: 'integer', default: 3 } } },
      plain: { url: URL },
    },
  })
  const [all] = offer.endpoints
  t.same(
    all?.parameters.map(({ name, takenBy, neededBy, isForOne }) => ({ name, takenBy, neededBy, isForOne })),
    [
      { name: 'q', takenBy: ['orders', 'news'], neededBy: [], isForOne: false },
      { name: 'size', takenBy: ['news'], neededBy: [], isForOne: false },
      { name: 'id', takenBy: ['orders'], neededBy: ['orders'], isForOne: false },
      { name: 'orders.q', takenBy: ['orders'], neededBy: [], isForOne: true },
      { name: 'news.q', takenBy: ['news'], neededBy: [], isForOne: true },
    ],
  )
  t.same(
    all?.entries.map(({ key }) => key),
    ['orders', 'news', 'plain'],
    'what is hidden cannot be picked',
  )
})

t.test('types, choices and defaults of a parameter', async (t) => {
  const params = {
    kind: { type: 'string', enum: ['x', 'y'], default: 'y' },
    ids: { type: 'array', items: { type: 'integer' } },
    level: { enum: [1, 2] },
    either: { type: ['integer', 'string'], description: 'One or the other' },
  }
  const offer = offered(t, { sources: { a: { url: `${URL}{?kind,ids*,level,either}`, params } } })
  t.match(offer.endpoints[0]?.parameters, [
    { name: 'kind', types: ['string'], values: ['x', 'y'], default: 'y' },
    { name: 'ids', types: ['array'], values: null, default: null },
    { name: 'level', types: [], values: ['1', '2'], default: null },
    { name: 'either', types: ['integer', 'string'], description: /One or the other\./ },
  ])
})

t.test('defaults that differ are left to the description', async (t) => {
  const source = (size: number) => ({ url: `${URL}{?size}`, params: { size: { type: 'integer', default: size } } })
  const offer = offered(t, { sources: { a: source(1), b: source(2) } })
  t.match(offer.endpoints[0]?.parameters[0], {
    name: 'size',
    default: null,
    description: /`1` for `a` and `2` for `b`/,
  })
})

t.test('headers that sources get, but not cookies', async (t) => {
  const offer = offered(t, {
    sources: {
      a: { url: URL, forwardHeaders: ['cookie', 'accept-language'] },
      b: { url: URL, forwardHeaders: ['authorization', 'accept-language'] },
    },
  })
  t.same(offer.endpoints[0]?.headers, ['accept-language', 'authorization'])
})

t.test('every way to end a call that is offered is one that the service takes', async (t) => {
  const config = { server: { simulate: true }, sources: { a: { url: URL } } }
  const { endings } = offered(t, config)
  t.same(
    SIMULATED_CODES.filter((code) => !endings.some((one) => one.startsWith(code))),
    [],
    'every code is there',
  )
  const { app } = await inject(t, config)
  for (const ending of endings.filter((one) => !one.startsWith('delay'))) {
    const { statusCode } = await app.inject({ url: `/aggregate?simulate=a:${ending}` })
    t.equal(statusCode === 400, false, `${ending}: ${statusCode}`)
  }
  const delayed = await app.inject({ url: '/aggregate?deadlineMs=1&simulate=a:delay=200ms' })
  t.equal(delayed.statusCode, 504)
  t.same(offered(t, { sources: { a: { url: URL } } }).endings, [])
})
