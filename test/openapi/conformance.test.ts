import nock from 'nock'
import t from 'tap'
import { build } from '../support/build.ts'
import { inject } from '../support/inject.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { Conformance, type Seen } from './conformance.ts'
import { documentFor } from './service.ts'

/** The check that every answer in this test suite passes through: it has to find what is wrong. */

const ORIGIN = 'http://api.example'
const CONFIG = {
  sources: { a: { url: ORIGIN, schema: { type: 'object', required: ['n'] } } },
  views: { v: { sources: ['a'] } },
}
const ENVELOPE = {
  data: { a: { n: 1 } },
  failedSources: [],
  partial: false,
  meta: { requestId: 'r', durationMs: 1, deadlineMs: 2000 },
}
const PROBLEM = {
  type: 'urn:tributary:problem:not-found',
  title: 'The requested path does not exist',
  status: 404,
  detail: 'There is no route GET /nope.',
  instance: '/nope',
  requestId: 'r',
}
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-request-id': 'r',
  'aggregate-partial': 'false',
  'cache-control': 'no-cache',
  'server-timing': 'total;dur=1.0',
}
const OK: Seen = { method: 'GET', url: '/aggregate?x=1', status: 200, headers: HEADERS, body: JSON.stringify(ENVELOPE) }
const NOT_FOUND: Seen = {
  ...OK,
  url: '/nope',
  status: 404,
  headers: { 'content-type': 'application/problem+json; charset=utf-8', 'x-request-id': 'r' },
  body: JSON.stringify(PROBLEM),
}

const body = (more: object) => JSON.stringify({ ...ENVELOPE, ...more })
const { 'cache-control': _, ...bare } = HEADERS

const WRONG: Readonly<Record<string, readonly [Seen, RegExp]>> = {
  'an undocumented status': [{ ...OK, status: 201 }, /status 201/],
  'an undocumented path': [{ ...OK, url: '/nope' }, /served, and not in the document/],
  'an undocumented method': [{ ...OK, method: 'PUT' }, /served, and not in the document/],
  'an undocumented header': [{ ...OK, headers: { ...HEADERS, 'x-new': '1' } }, /header x-new is not/],
  'a missing header': [{ ...OK, headers: bare }, /header cache-control is missing/],
  'a header of another value': [
    { ...OK, headers: { ...HEADERS, 'aggregate-partial': 'maybe' } },
    /header aggregate-partial must/,
  ],
  'another type': [{ ...OK, headers: { ...HEADERS, 'content-type': 'text/html' } }, /type "text\/html"/],
  'no type': [{ ...OK, headers: { ...HEADERS, 'content-type': undefined } }, /type ""/],
  'what is no JSON': [{ ...OK, body: '{' }, /not JSON/],
  'a missing key': [{ ...OK, body: body({ partial: undefined }) }, /partial/],
  'an unknown key': [{ ...OK, body: body({ more: 1 }) }, /more/],
  'an unknown source': [{ ...OK, body: body({ data: { b: 1 } }) }, /"b"/],
  'data unlike its schema': [{ ...OK, body: body({ data: { a: { m: 1 } } }) }, /\/data\/a/],
  'an unknown code': [{ ...OK, body: body({ failedSources: [{ code: 'nope' }] }) }, /failedSources\/0/],
  'a refusal that is no problem document': [{ ...NOT_FOUND, headers: HEADERS }, /no problem document/],
  'a problem of another status': [{ ...NOT_FOUND, status: 405 }, /another status/],
  'an unknown problem': [{ ...NOT_FOUND, body: JSON.stringify({ ...PROBLEM, type: 'x' }) }, /\/type/],
  'a refusal of the default response with a status that it does not list': [
    { ...OK, status: 405, headers: NOT_FOUND.headers, body: JSON.stringify({ ...PROBLEM, status: 405 }) },
    /\/status must/,
  ],
  'a success that only the default response could be': [{ ...OK, status: 302 }, /status 302/],
  'a documented problem of another status': [
    { ...OK, status: 400, headers: NOT_FOUND.headers, body: JSON.stringify(PROBLEM) },
    /another status/,
  ],
}

t.test('a wrong answer is told, and why', async (t) => {
  const conformance = new Conformance(await documentFor(CONFIG))
  for (const [name, [seen, why]] of Object.entries(WRONG))
    t.throws(() => conformance.check(seen), { message: why }, name)
})

t.test('a right one passes', async (t) => {
  const conformance = new Conformance(await documentFor(CONFIG))
  const right: Seen[] = [
    OK,
    NOT_FOUND,
    { ...OK, body: body({ data: { a: null } }) },
    { ...OK, url: '/aggregate/v' },
    { ...OK, method: 'HEAD', body: null },
    { ...NOT_FOUND, url: '/aggregate', status: 406, body: JSON.stringify({ ...PROBLEM, status: 406 }) },
    { ...OK, url: '/docs/json', body: '{}' },
    { ...NOT_FOUND, method: 'HEAD', body: '' },
  ]
  for (const seen of right) t.same(conformance.problems(seen), [], `${seen.method} ${seen.url}`)
})

t.test('a range stands for its statuses', async (t) => {
  const document = { paths: { '/x': { get: { responses: { '3XX': { description: '' } } } } }, components: {} }
  const seen: Seen = { method: 'GET', url: '/x', status: 304, headers: {}, body: '' }
  t.same(new Conformance(document).problems(seen), [])
  t.same(new Conformance(document).problems({ ...seen, status: 200 }), ['the status 200 is not in the document'])
})

t.test('a body where none is documented', async (t) => {
  const document = { paths: { '/x': { get: { responses: { 304: { description: '' } } } } }, components: {} }
  const seen: Seen = { method: 'GET', url: '/x', status: 304, headers: {}, body: '' }
  t.same(new Conformance(document).problems(seen), [])
  t.same(new Conformance(document).problems({ ...seen, body: 'x' }), ['there should be no body'])
})

t.test('every service of the test suite is held to its document', async (t) => {
  const { app } = await inject(t, CONFIG)
  nock(ORIGIN).get('/').reply(200, '{"m":1}').get('/').reply(200, '{"n":1}')
  await t.rejects(app.inject('/aggregate'), { message: /not as the document says:\n.*\/data\/a/ })
  t.equal((await app.inject('/aggregate')).statusCode, 200)
  nock.enableNetConnect()
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/ok'), schema: { type: 'string' } } } })
  await t.rejects(service.get('/aggregate'), { message: /not as the document says:\n.*\/data\/a/ })
  t.equal((await service.get('/nope')).status, 404)
})
