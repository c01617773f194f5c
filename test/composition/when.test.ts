import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Conditions: sources that are asked only where their `when` is true. */

const problems = (config: object) =>
  parseConfig(JSON.stringify(config), {}).problems.map(({ path, message }) => `${path}: ${message}`)
const warnings = (config: object) =>
  parseConfig(JSON.stringify(config), {}).warnings.map(({ path, message }) => `${path}: ${message}`)

t.test('params decide: a skipped source is null, is not called, and is no failure', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    sources: {
      user: { url: upstream.url('/ok'), select: '{id: `7`, plan: `"pro"`, none: `[]`}' },
      extra: {
        url: `${upstream.origin}/echo/extra{?n,on}`,
        params: { n: { type: 'integer' }, on: { type: 'boolean', default: false } },
        when: 'params.on && (params.n == null || params.n > `2`)',
        select: 'target',
      },
      orders: {
        url: `${upstream.origin}/echo/{id}`,
        bind: { id: { from: 'user', select: 'id' } },
        when: "user.plan == 'pro'",
        select: 'path',
      },
      poor: { url: `${upstream.origin}/echo/{id}`, bind: { id: { from: 'user', select: 'id' } }, when: 'user.none' },
      never: { url: `${upstream.origin}/echo/never`, when: '`false`', required: true },
      after: { url: `${upstream.origin}/echo/{x}`, bind: { x: { from: 'never', select: 'path' } } },
      down: { url: 'http://127.0.0.1:1/', retry: false },
    },
    views: {
      only: { sources: ['never'] },
      both: { sources: ['never', 'down'] },
      shaped: { sources: ['never'], shape: '{n: never.path}' },
    },
  })
  const { json, headers } = await built.get('/aggregate?sources=extra,orders,poor,never,after&explain=true')
  t.same(json.data, { extra: null, orders: '/echo/7', poor: null, never: null, after: null })
  t.same([json.partial, json.failedSources], [false, []])
  t.match(json.meta.sources, {
    extra: { from: 'skipped', attempts: 0, upstreamStatus: null },
    never: { from: 'skipped' },
    after: { from: 'live', attempts: 0 },
    orders: { from: 'live' },
  })
  t.equal(headers['aggregate-partial'], 'false')
  t.equal(upstream.count('/echo/never') + upstream.count('/echo/extra'), 0)
  t.same((await built.get('/aggregate?sources=extra&on=true')).json.data.extra, '/echo/extra?on=true')
  t.same(
    (await built.get('/aggregate?sources=extra&on=true&n=2')).json.data.extra,
    null,
    'texts are read by their schemas',
  )
  t.same((await built.get('/aggregate?sources=extra&on=true&n=10')).json.data.extra, '/echo/extra?n=10&on=true')
  t.same((await built.get('/aggregate/only')).status, 200, 'all skipped is no failure')
  t.same((await built.get('/aggregate/both')).status, 502, 'a skipped source counts neither way')
  t.same((await built.get('/aggregate/shaped')).json.data, { n: null })
  const lines = built.log.named('upstream').filter(({ source }) => source === 'never')
  t.match(lines[0], { level: 30, outcome: 'skipped', from: 'skipped', attempts: 0 })
  const metrics = (await built.get('/metrics')).body
  t.match(metrics, /tributary_upstream_duration_seconds_count\{source="never",outcome="skipped"\}/)
})

t.test('it decides before a dependency that failed does, and errs as select_failed', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    sources: {
      down: { url: 'http://127.0.0.1:1/', retry: false, hidden: true },
      a: {
        url: `${upstream.origin}/echo/{x}{?on}`,
        params: { on: { type: 'boolean', default: false } },
        bind: { x: { from: 'down' } },
        when: 'params.on',
      },
      wrong: {
        url: `${upstream.origin}/echo{?on}`,
        params: { on: { type: 'boolean', default: false } },
        when: 'length(params.on) > `1`',
      },
    },
  })
  t.match((await built.get('/aggregate?sources=a')).json, { data: { a: null }, failedSources: [] })
  t.match((await built.get('/aggregate?sources=a&on=true')).json.failedSources, [
    { id: 'a', code: 'dependency_failed' },
  ])
  const { json } = await built.get('/aggregate?sources=wrong')
  t.match(json.failedSources, [
    { id: 'wrong', code: 'select_failed', message: 'the condition of wrong could not be evaluated' },
  ])
})

t.test('a condition on a large dependency is evaluated apart, and a simulated source is called', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, {
    server: { simulate: true },
    deadline: { default: '10s' },
    defaults: { timeout: '8s' },
    sources: {
      large: { url: upstream.url('/ok?bytes=800000'), hidden: true },
      a: {
        url: `${upstream.origin}/echo/{x}`,
        bind: { x: { from: 'large', select: 'nope || `1`' } },
        when: 'large.nope',
        select: 'path',
      },
      b: {
        url: `${upstream.origin}/echo/{x}`,
        bind: { x: { from: 'large', select: 'nope || `1`' } },
        when: '!(large.nope)',
        select: 'path',
      },
    },
  })
  t.same((await built.get('/aggregate')).json.data, { a: null, b: '/echo/1' })
  const { json } = await built.get('/aggregate?sources=a&simulate=a:upstream_status=503')
  t.match(json.failedSources, [{ id: 'a', code: 'upstream_status' }])
})

t.test('what is wrong with a condition', async (t) => {
  const a = { url: 'https://a.example/{?q}', params: { q: {} } }
  const sources = (when: string) => ({ sources: { a: { ...a, when }, b: { url: 'https://b.example/' } } })
  t.match(problems(sources('params.')), [/^sources\.a\.when: is no valid JMESPath/])
  t.match(problems(sources("claims.plan == 'pro'")), [
    /^sources\.a\.when: reads claims, which are those of a client's token/,
  ])
  t.match(warnings(sources('params.z')), [
    /reads "z", which is no parameter of "a", so that it is null; the only one is "q"/,
  ])
  t.match(warnings(sources('b.x')), [/reads "b", which "a" takes no value from, so that it is null/])
  t.same(warnings(sources("params.q == 'claims'")), [])
})
