import t from 'tap'
import { type FailureCode, failure, statusFailure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { compileBody } from '../../src/source/body-template.ts'
import { json, makeEntry } from './bench.ts'
import { bind, type Composed, endOf, test as testOf } from './composed.ts'

const test = (name: string, body: Parameters<typeof testOf>[2]) => testOf(t, name, body)
const fail = (code: FailureCode): Outcome => failed(failure(code, 'secret'))

/** `profile` takes the id of `user`. */
function userAndProfile(composed: Composed, user: () => string | Outcome, url = '/profile/{id}', select = 'id'): void {
  composed.add('user', '/user', user, { hidden: true })
  composed.add('profile', url, () => '{"name":"Ada"}', { bind: [bind('id', 'user', select)] })
}

test('a value from another source is encoded into the path', async (t, composed) => {
  userAndProfile(composed, () => '{"id":"a/b c?ü"}')
  t.strictSame((await composed.get()).data, { profile: { name: 'Ada' } }, 'what only feeds is not shown')
  t.strictSame(composed.sent, ['user /user', 'profile /profile/a%2Fb%20c%3F%C3%BC'])
})

test('a value from another source goes into the query, beside client parameters and configured values', async (t, composed) => {
  composed.add('user', '/user', () => '{"id":7,"on":true}')
  composed.add('profile', '/p{?id,on,q,key}', () => '1', {
    bind: [bind('id', 'user', 'id'), bind('on', 'user', 'on')],
    params: { q: { type: 'string' } },
    values: { key: 'k' },
  })
  await composed.get({ q: 'x', sources: 'profile' })
  t.strictSame(composed.sent, ['user /user', 'profile /p?id=7&on=true&q=x&key=k'])
})

test('a value from another source goes into a header, and into the body, where it keeps its type', async (t, composed) => {
  composed.add('user', '/user', () => '{"id":7,"name":"{id}\\"","token":"t0"}')
  composed.add('profile', '/p', () => '1', {
    method: 'POST',
    headers: { authorization: 'Bearer {token}', 'x-other': '{{other}}' },
    body: compileBody({ id: '{id}', list: ['{name}', 'x{id}'], token: 'none' }),
    bind: ['id', 'name', 'token'].map((name) => bind(name, 'user', name)),
  })
  await composed.get()
  const { method, headers, body } = composed.requests[1] ?? {}
  t.equal(method, 'POST')
  t.strictSame(JSON.parse(String(body)), { id: 7, list: ['{id}"', 'x7'], token: 'none' })
  t.equal(headers?.[headers.indexOf('authorization') + 1], 'Bearer t0')
  t.equal(headers?.[headers.indexOf('x-other') + 1], '{other}', 'doubled braces are text')
})

for (const [name, data] of [
  ['missing', '{}'],
  ['null', '{"id":null}'],
  ['a list of lists', '{"id":[["s3cret"]]}'],
  ['an object', '{"id":{"s3cret":1}}'],
] as const) {
  test(`a value that is ${name} fails only its dependant, which is not called`, async (t, composed) => {
    userAndProfile(composed, () => data)
    composed.add('weather', '/weather', () => '1')
    const got = await composed.get()
    t.strictSame(got.data, { profile: null, weather: 1 })
    t.equal(got.partial, true)
    t.equal(endOf(got, 'profile'), 'dependency_failed <- user select_failed')
    t.match(got.failedSources[0]?.message, /^profile needs user, but the value for "id" is /)
    t.strictSame(composed.sent.toSorted(), ['user /user', 'weather /weather'])
    t.notMatch(got.text, /s3cret/)
  })
}

for (const [name, data] of [
  ['empty', '{"id":""}'],
  ['"."', '{"id":"."}'],
  ['".."', '{"id":".."}'],
] as const) {
  test(`a path segment that becomes ${name} from another source's data fails its dependant`, async (t, composed) => {
    userAndProfile(composed, () => data, '/profile/{id}/now')
    const got = await composed.get()
    t.equal(got.status, 502)
    t.equal(endOf(got, 'profile'), 'dependency_failed <- user select_failed')
    t.match(got.failedSources[0]?.message, /^profile needs user, but the path segment of "id" would be /)
    t.strictSame(composed.sent, ['user /user'])
  })
}

test('a text that does not fit into a URL or header fails its dependant, with the source of the text as cause', async (t, composed) => {
  composed.add('user', '/user', () => '{"line":"s3cret\\r\\nx: y","emoji":"☃","half":"\\ud800"}', { hidden: true })
  composed.add('other', '/other', () => '1', { hidden: true })
  const binding = (name: string) => ({ bind: [bind('o', 'other', null), bind('id', 'user', name)] })
  composed.add('line', '/line{?id,o}', () => '1', binding('line'))
  composed.add('half', '/half{?id,o}', () => '1', binding('half'))
  composed.add('header', '/header{?o}', () => '1', { bind: [bind('id', 'user', 'line')], headers: { 'x-id': '{id}' } })
  composed.add('snow', '/snow', () => '1', { bind: [bind('id', 'user', 'emoji')], headers: { 'x-id': 'a{id}' } })
  const got = await composed.get({ explain: 'true' })
  for (const id of ['line', 'half', 'header', 'snow'])
    t.equal(endOf(got, id), 'dependency_failed <- user select_failed', id)
  t.strictSame(composed.sent.toSorted(), ['other /other', 'user /user'])
  t.notMatch(JSON.stringify(got), /s3cret|☃/)
})

test('if a value does not fit into a header, the failure names the value and its source', async (t, composed) => {
  composed.add('other', '/other', () => '1', { hidden: true })
  composed.add('user', '/user', () => '"a\\nb"', { hidden: true })
  composed.add('header', '/header{?o}', () => '1', {
    bind: [bind('o', 'other', null), bind('id', 'user', null)],
    headers: { 'x-id': '{id}' },
  })
  const got = await composed.get()
  t.equal(endOf(got, 'header'), 'dependency_failed <- user select_failed')
  t.match(got.failedSources[0]?.message, /"id"/)
})

test('an empty text is accepted if it creates no bad segment', async (t, composed) => {
  userAndProfile(composed, () => '{"id":""}', '/profile{?id}')
  t.strictSame((await composed.get()).data, { profile: { name: 'Ada' } })
  t.strictSame(composed.sent[1], 'profile /profile?id=')
})

test('a client parameter that does not fit into the path is rejected before any call', async (t, composed) => {
  composed.add('user', '/user', () => '{"id":1}')
  composed.add('profile', '/profile/{id}/{tab}{?q}', () => '1', {
    bind: [bind('id', 'user', 'id')],
    params: { tab: { type: 'string' }, q: { type: 'string' } },
  })
  for (const [query, path] of [
    [{ tab: '' }, 'tab'],
    [{ tab: '.' }, 'tab'],
    [{ tab: '..' }, 'tab'],
    [{ tab: 'x', q: 'a\nb' }, 'q'],
  ] as const) {
    const { status, details } = await composed.refused(query)
    t.equal(status, 400)
    t.strictSame(
      details.errors?.map((error) => error.path),
      [path],
    )
  }
  t.strictSame(composed.sent, [])
  t.strictSame((await composed.get({ tab: 'x' })).status, 200)
})

test('a missing parameter of a dependency is rejected before any call', async (t, composed) => {
  composed.add('user', '/user/{name}', () => '{"id":1}', {
    hidden: true,
    params: { name: { type: 'string', required: true } },
  })
  composed.add('profile', '/p/{id}', () => '1', { bind: [bind('id', 'user', 'id')] })
  t.equal(
    (await composed.refused({})).message,
    'The parameter "name" of user is missing; give it, or leave profile out with ?sources=.',
  )
  t.match((await composed.refused({ name: '..' })).message, /^The path segment of "name" .* \(for user\)\.$/)
  t.strictSame(composed.sent, [])
  await composed.get({ 'user.name': 'ada' })
  t.strictSame(composed.sent, ['user /user/ada', 'profile /p/1'])
})

/** `feed` needs `profile`, which needs `user`. */
function chain(composed: Composed, user: () => string | Outcome): void {
  composed.add('feed', '/feed/{of}', () => '"f"', { bind: [bind('of', 'profile', 'name')] })
  composed.add('profile', '/profile/{id}', () => '{"name":"Ada"}', { bind: [bind('id', 'user', 'id')] })
  composed.add('user', '/user', user)
}

test('a chain is called in sequence, and its data is in the requested order', async (t, composed) => {
  chain(composed, () => '{"id":7}')
  t.equal((await composed.get()).text.slice(0, 58), '{"data":{"feed":"f","profile":{"name":"Ada"},"user":{"id":')
  t.strictSame(composed.sent, ['user /user', 'profile /profile/7', 'feed /feed/Ada'])
})

const CAUSES: readonly (readonly [
  reason: ReturnType<typeof failure>,
  status: number,
  retryAfterSeconds: number | null,
])[] = [
  [failure('http_response_timeout', 'x'), 504, null],
  [failure('destination_unavailable', 'x'), 503, 1],
  [failure('connection_limit_reached', 'x'), 503, 1],
  [statusFailure('user', 429, 2500), 503, 3],
  [statusFailure('user', 503, 2500), 502, null],
  [failure('connection_refused', 'x'), 502, null],
]
for (const [reason, status, retryAfterSeconds] of CAUSES) {
  test(`${reason.code} ${reason.upstreamStatus ?? ''} fails a whole chain, and decides the status`, async (t, composed) => {
    chain(composed, () => failed(reason))
    const got = await composed.get({ sources: 'feed,profile' })
    t.equal(got.status, status)
    t.equal(got.retryAfterSeconds, retryAfterSeconds)
    for (const id of ['feed', 'profile']) {
      t.equal(endOf(got, id), `dependency_failed <- user ${reason.code}`)
      t.match(
        got.failedSources.find((one) => one.id === id),
        {
          ...{ retryable: reason.retryable, retryAfterMs: reason.retryAfterMs, upstreamStatus: null, attempts: 0 },
        },
      )
    }
    t.match(got.failedSources[0]?.message, 'feed needs profile, which failed')
    t.strictSame(composed.sent, ['user /user'])
  })
}

test('only dependants fail; `required` and strict do not apply to dependencies', async (t, composed) => {
  composed.add('user', '/user', () => fail('dns_error'), { hidden: true, required: true })
  composed.add('profile', '/p/{id}', () => '1', { bind: [bind('id', 'user', 'id')], fallback: { value: 'nobody' } })
  composed.add('weather', '/weather', () => '1')
  t.match(await composed.get({ strict: 'true' }), { status: 200, partial: false, data: { weather: 1 } })
  const got = await composed.get({ sources: 'weather' })
  t.strictSame(got.failedSources, [])
  composed.add('plain', '/p/{id}', () => '1', { bind: [bind('id', 'user', 'id')] })
  t.match(await composed.get({}), { status: 200, partial: true })
  t.match(await composed.get({ strict: 'true' }), {
    status: 502,
    detail: /^A required source failed: plain needs user/,
  })
})

test('the dependant of an empty source is empty, not called, and not a failure', async (t, composed) => {
  for (const empty of [live(null, 204), 'null']) {
    chain(composed, () => empty)
    composed.sent.length = 0
    const got = await composed.get({ sources: 'feed', strict: 'true', explain: 'true' })
    t.match(got, { status: 200, partial: false })
    t.strictSame(got.data, { feed: null })
    t.strictSame(got.failedSources, [])
    t.match(got.meta.sources?.feed, { upstreamStatus: null, attempts: 0, from: 'live', bytes: 0 })
    t.strictSame(composed.sent, ['user /user'])
  }
})

test('the fallback of a dependency is used, and listed only if the dependency is shown', async (t, composed) => {
  composed.add('user', '/user', () => fail('dns_error'), { fallback: { value: { id: 0 } } })
  composed.add('profile', '/p/{id}', () => '1', { bind: [bind('id', 'user', 'id')] })
  const got = await composed.get({ sources: 'profile' })
  t.match(got, { status: 200, partial: false, data: { profile: 1 } })
  t.strictSame(got.failedSources, [])
  t.strictSame(composed.sent, ['user /user', 'profile /p/0'])
  t.match((await composed.get()).failedSources, [{ id: 'user', code: 'dns_error', servedFrom: 'fallback' }])
})

test('a stale value of a dependency is used', async (t, composed) => {
  let down = false
  composed.add('user', '/user', () => (down ? fail('dns_error') : '{"id":7}'), {
    cache: { ttlMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 60_000 },
    isRead: true,
  })
  composed.add('profile', '/p/{id}', () => '1', { bind: [bind('id', 'user', 'id')] })
  await composed.get()
  down = true
  await composed.clock.advance(1000)
  const got = await composed.get()
  t.match(got, { status: 200, partial: false, data: { profile: 1, user: { id: 7 } } })
  t.match(got.failedSources, [{ id: 'user', servedFrom: 'stale' }])
})

test('a fallback replaces a dependant whose dependency failed', async (t, composed) => {
  let user: string | Outcome = fail('http_response_timeout')
  composed.add('user', '/user', () => user, { hidden: true })
  composed.add('profile', '/p/{id}', () => '1', {
    ...{ bind: [bind('id', 'user', 'id')], fallback: { value: [] }, required: true },
  })
  for (const [data, code] of [
    [fail('http_response_timeout'), 'http_response_timeout'],
    ['{}', 'select_failed'],
    ['{"id":".."}', 'select_failed'],
  ] as const) {
    user = data
    const got = await composed.get()
    t.match(got, { status: 200, partial: false })
    t.strictSame(got.data, { profile: [] })
    t.equal(endOf(got, 'profile'), `dependency_failed <- user ${code}`)
    t.match(got.failedSources[0], { required: true, servedFrom: 'fallback' })
  }
  user = live(null, 404)
  t.strictSame((await composed.get()).data, { profile: null }, 'nothing failed where it is empty')
})

test('a dependency of several sources is called once', async (t, composed) => {
  composed.add('user', '/user', () => '{"id":7}', { hidden: true })
  for (const id of ['a', 'b']) composed.add(id, `/${id}/{id}`, () => '1', { bind: [bind('id', 'user', 'id')] })
  await composed.get()
  t.strictSame(composed.sent, ['user /user', 'a /a/7', 'b /b/7'])
})

test('requests of a batch have their own dependencies; equal calls are made once', async (t, composed) => {
  composed.add('user', '/user/{name}', ({ request }) => `{"id":"${request.path.slice(-1)}"}`, {
    hidden: true,
    params: { name: { type: 'string', required: true } },
  })
  composed.add('profile', '/p/{id}{?tab}', ({ request }) => JSON.stringify(request.path), {
    bind: [bind('id', 'user', 'id')],
    params: { tab: { type: 'string' } },
  })
  const got = await composed.post(
    { id: 'one', source: 'profile', params: { name: 'a' } },
    { id: 'two', source: 'profile', params: { 'user.name': 'b', tab: 't' } },
    { id: 'three', source: 'profile', params: { name: 'a' } },
  )
  t.strictSame(got.data, { one: '/p/a', two: '/p/b?tab=t', three: '/p/a' })
  t.strictSame(composed.sent, ['user /user/a', 'user /user/b', 'profile /p/a', 'profile /p/b?tab=t'])
})

test('a dependency uses the key and the parameters of the view', async (t, composed) => {
  composed.add('user', '/user/{name}', ({ request }) => `{"id":"${request.path.slice(6)}"}`, {
    params: { name: { type: 'string' } },
  })
  composed.add('profile', '/p/{id}', () => '1', { bind: [bind('id', 'user', 'id')] })
  const entry = (key: string, source: string, fixed = {}) => {
    const found = composed.sources.get(source)
    if (found === undefined) throw new Error(source)
    return makeEntry(key, found, fixed)
  }
  const view = [entry('mine', 'profile'), entry('me', 'user', { name: 'ada' })]
  t.strictSame((await composed.get({}, {}, view)).data, { mine: 1, me: { id: 'ada' } })
  t.strictSame((await composed.get({ sources: 'mine' }, {}, view)).data, { mine: 1 })
  t.strictSame(composed.sent, ['user /user/ada', 'profile /p/ada', 'user /user/ada', 'profile /p/ada'])
})

test('the deadline ends a chain; the rest fails with deadline_exceeded and is not called', async (t, composed) => {
  composed.add('user', '/user', (call) => composed.later(call, 100, '{"id":1}'))
  composed.add('profile', '/p/{id}', (call) => composed.later(call, 5000, '1'), {
    ...{ bind: [bind('id', 'user', 'id')], timeoutMs: 9000 },
  })
  composed.add('feed', '/f/{id}', () => '1', { bind: [bind('id', 'profile', null)] })
  const asked = composed.get()
  await composed.clock.advance(975)
  const got = await asked
  t.match(got, { status: 200, data: { user: { id: 1 } } })
  t.equal(endOf(got, 'profile'), 'deadline_exceeded')
  t.equal(endOf(got, 'feed'), 'dependency_failed <- profile deadline_exceeded')
  t.strictSame(composed.sent, ['user /user', 'profile /p/1'])
})

test('three independent chains take as long as the slowest', async (t, composed) => {
  for (const [place, ms] of [100, 200, 300].entries()) {
    composed.add(`first${place}`, `/first${place}`, (call) => composed.later(call, ms, '1'), { hidden: true })
    composed.add(`then${place}`, '/{id}', (call) => composed.later(call, 400 - ms, json('2')), {
      bind: [bind('id', `first${place}`, null)],
    })
  }
  let got: unknown = null
  void composed.get().then(({ data }) => {
    got = data
  })
  await composed.clock.advance(399)
  t.equal(got, null)
  await composed.clock.advance(1)
  t.strictSame(got, { then0: 2, then1: 2, then2: 2 })
})
