import fc from 'fast-check'
import t from 'tap'
import { boundValues } from '../../src/aggregate/bind.ts'
import { type Needed, scalarProblem, unusable, useless } from '../../src/aggregate/needed.ts'
import { type FailureCode, failure, statusFailure } from '../../src/core/failure.ts'
import { failed, live, type Outcome } from '../../src/core/outcome.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import { LongNumber } from '../../src/json/long-number.ts'
import { here } from '../support/workers.ts'
import { json, makeCall } from './bench.ts'

const needed = (source: string, outcome: Outcome): Needed => ({ source, outcome })
const user = (text: string) => needed('user', json(text))
const bound = (select: string | null, ...all: readonly Needed[]) => {
  const expression = select === null ? null : compileExpression(select)
  return boundValues(makeCall('profile'), [{ name: 'id', from: 'user', select: expression }], all, PLAIN)
}
/** Values go into a URL. */
const PLAIN = { workers: here, isInBody: () => false, isOutsideBody: () => true }
/** Values go into a body. */
const BODY = { workers: here, isInBody: () => true, isOutsideBody: () => false }
const EMPTY = live(null, 204)

t.test('a dependency is usable if it has data, even if its source failed', async (t) => {
  const gone = failure('dns_error', 'gone')
  t.equal(unusable('a', []), null)
  t.equal(unusable('a', [user('{}'), needed('b', { ...json('1'), failure: gone, from: 'stale' })]), null)
  t.equal(unusable('a', [needed('b', { ...json('1'), failure: gone, from: 'fallback' })]), null)
  const items = [{ index: 0, code: 'dns_error', upstreamStatus: null }] as const
  t.equal(unusable('a', [needed('b', { ...json('[null,1]'), failure: { ...gone, items } })]), null, 'a list in part')
  t.equal(unusable('a', [needed('b', json('[]'))]), null, 'a list of nothing is one')
})

t.test('one empty dependency makes the result empty; the first failure takes precedence', async (t) => {
  t.equal(unusable('a', [user('{}'), needed('b', EMPTY)]), 'empty')
  const one = needed('one', failed(failure('dns_error', 'gone')))
  const other = needed('other', failed(failure('connection_refused', 'refused')))
  t.match(unusable('a', [needed('b', EMPTY), one, other]), { cause: { source: 'one', code: 'dns_error' } })
  t.match(unusable('a', [other, one, needed('b', EMPTY)]), { cause: { source: 'other' } })
})

t.test('the failure of a dependency names both sources, and has the class and retryability of its cause', async (t) => {
  const causes = [
    failure('http_response_timeout', 'secret'),
    failure('connection_limit_reached', 'secret'),
    failure('tls_certificate_error', 'secret'),
    statusFailure('user', 429, 2000),
    statusFailure('user', 503, 3000),
    failure('internal_error', 'secret'),
  ]
  for (const cause of causes) {
    const reason = unusable('profile', [needed('user', failed(cause))])
    t.strictSame(reason, {
      ...failure('dependency_failed', 'profile needs user, which failed'),
      class: cause.class,
      retryable: cause.retryable,
      retryAfterMs: cause.retryAfterMs,
      cause: { source: 'user', code: cause.code },
    })
  }
})

t.test('in a chain the cause is the first failure', async (t) => {
  const codes: FailureCode[] = ['http_response_timeout', 'destination_unavailable', 'upstream_status']
  for (const code of codes) {
    const profile = unusable('profile', [needed('user', failed(failure(code, code)))])
    const friends = unusable('friends', [needed('profile', failed(profile as ReturnType<typeof failure>))])
    t.match(friends, {
      code: 'dependency_failed',
      message: 'friends needs profile, which failed',
      class: failure(code, code).class,
      cause: { source: 'user', code },
    })
  }
})

t.test('values are taken by name from their sources, and keep their type', async (t) => {
  const bindings = [
    { name: 'id', from: 'user', select: compileExpression('id') },
    { name: 'city', from: 'place', select: compileExpression('address.city') },
    { name: 'on', from: 'user', select: compileExpression('on') },
    { name: 'whole', from: 'count', select: null },
  ]
  const all = [needed('place', json('{"address":{"city":"Łódź"}}')), user('{"id":7,"on":false}')]
  t.strictSame(await boundValues(makeCall('a'), bindings, [...all, needed('count', json('3.5'))], PLAIN), {
    value: { id: 7, city: 'Łódź', on: false, whole: 3.5 },
  })
  t.strictSame(await boundValues(makeCall('a'), [], all, PLAIN), { value: {} })
})

t.test('values from a fallback are used like others', async (t) => {
  const outcome: Outcome = { ...json('{"id":1}'), failure: failure('dns_error', 'gone'), from: 'fallback' }
  t.strictSame(await bound('id', needed('user', outcome)), { value: { id: 1 } })
})

t.test('a number keeps its digits, and what is calculated is a double', async (t) => {
  const data = user('{"id":9007199254740993,"low":-1e400,"n":7.0}')
  for (const [select, text] of [
    ['id', '9007199254740993'],
    ['low', '-1e400'],
    ['n', '7'],
    ['id - `1`', '9007199254740991'],
  ] as const) {
    const taken = await bound(select, data)
    if (taken === 'empty') throw new Error('it is empty')
    t.equal('value' in taken && String(taken.value.id), text)
    t.equal('value' in taken && JSON.stringify(taken.value), `{"id":${text}}`)
  }
  t.match(await bound('-low', data), {
    failure: { message: /^profile needs user, but the value for "id" is missing$/ },
  })
})

const UNUSABLE: readonly (readonly [data: string, select: string | null, why: string])[] = [
  ['{}', 'id', 'is missing'],
  ['{"id":null}', 'id', 'is missing'],
  ['{"id":"s3cret"}', 'id.x', 'is missing'],
  ['{"id":[["s3cret"]]}', 'id', 'is a list with an item that is not a string, number or boolean'],
  ['{"id":{"s3cret":1}}', 'id', 'is not a string, number or boolean, or a list of these'],
  ['{"id":"s3cret"}', null, 'is not a string, number or boolean, or a list of these'],
  ['{"__proto__":"s3cret"}', '__proto__', 'is missing'],
  ['{"constructor":"s3cret"}', 'constructor', 'is missing'],
  ['{}', 'toString', 'is missing'],
]
for (const [data, select, why] of UNUSABLE) {
  t.test(`${select ?? 'all'} of ${data.slice(0, 40)} cannot be sent: it ${why}`, async (t) => {
    const taken = await bound(select, user(data))
    t.strictSame(taken, {
      failure: {
        ...failure('dependency_failed', `profile needs user, but the value for "id" ${why}`),
        cause: { source: 'user', code: 'select_failed' },
      },
    })
    t.notMatch(JSON.stringify(taken), 's3cret')
  })
}

t.test('an expression that fails takes nothing, and the failure contains no value', async (t) => {
  const taken = await bound('sum(id)', user('{"id":"s3cret"}'))
  t.match(taken, { failure: useless('profile', 'user', 'the value could not be taken from its data') })
  t.match(taken, { failure: { detail: /^Invalid type: sum\(\) expected argument 1/ } })
  t.notMatch(JSON.stringify(taken), 's3cret')
})

t.test('the first unusable value is reported', async (t) => {
  const bindings = ['a', 'b', 'c'].map((name) => ({ name, from: 'user', select: compileExpression(name) }))
  t.match(await boundValues(makeCall('x'), bindings, [user('{"a":1,"c":[[]]}')], PLAIN), {
    failure: { message: /"b" is missing/ },
  })
})

t.test('a bound name may be that of an inherited property', async (t) => {
  const bindings = ['constructor', 'toString'].map((name) => ({ name, from: 'user', select: null }))
  const taken = await boundValues(makeCall('x'), bindings, [user('1')], PLAIN)
  if (taken === 'empty') throw new Error('it is empty')
  t.strictSame('value' in taken && Object.entries(taken.value), [
    ['constructor', 1],
    ['toString', 1],
  ])
})

t.test('any scalar can be sent, and nothing else', async () => {
  const scalars = fc.oneof(
    fc.string(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.stringMatching(/^[1-9]\d{20,40}$/).map((text) => new LongNumber(text)),
  )
  const others = fc.oneof(
    fc.constantFrom(null, undefined),
    fc.array(fc.jsonValue()),
    fc.dictionary(fc.string(), fc.jsonValue()),
  )
  fc.assert(fc.property(scalars, (value) => scalarProblem(value) === null))
  fc.assert(fc.property(others, (value) => scalarProblem(value) !== null))
})

t.test('lists of scalars, without nulls where they go into a URL; any JSON in a body', async (t) => {
  const bindings = [{ name: 'id', from: 'user', select: null }]
  const taken = (data: string, source: typeof PLAIN) => boundValues(makeCall('x'), bindings, [user(data)], source)
  t.strictSame(await taken('[1,null,"b",true]', PLAIN), { value: { id: [1, null, 'b', true] } })
  for (const data of ['[]', '[null]', '[null,null]']) t.equal(await taken(data, PLAIN), 'empty', data)
  t.match(await taken('[1,[2]]', PLAIN), {
    failure: { message: /is a list with an item that is not a string, number or boolean$/ },
  })
  t.match(await taken('{"a":1}', PLAIN), {
    failure: { message: /is not a string, number or boolean, or a list of these$/ },
  })
  t.strictSame(await taken('{"a":[1,{"b":null}]}', BODY), { value: { id: { a: [1, { b: null }] } } })
  t.strictSame(await taken('[null]', BODY), { value: { id: [null] } }, 'nulls stay in a body')
  t.equal(await taken('[]', BODY), 'empty')
  t.match(await taken('null', BODY), { failure: { message: /is missing$/ } })
})
