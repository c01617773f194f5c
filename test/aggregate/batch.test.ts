import t from 'tap'
import { BATCH_SCHEMA, type Batch, type BatchRequest, checkBatchQuery, readBatch } from '../../src/aggregate/batch.ts'
import type { RequestError } from '../../src/http/problem.ts'
import { compileSchema } from '../../src/json/json-schema.ts'
import { makeSource } from './bench.ts'

const SOURCES = new Map(
  [
    makeSource('weather', { q: { type: 'string', default: 'London' }, days: { type: 'integer' } }, { required: true }),
    makeSource('user', { id: { type: 'integer', required: true } }),
    makeSource('inner', {}, { hidden: true }),
  ].map((source) => [source.id, source]),
)

function read(...requests: BatchRequest[]) {
  const errors: RequestError[] = []
  const asked = readBatch(SOURCES, { requests }, errors)
  return { asked, errors: errors.map(({ path, message }) => `${path}: ${message}`) }
}

t.test('one source may be requested several times under different ids', async (t) => {
  const { asked, errors } = read(
    { id: 'ldn', source: 'weather' },
    { id: '__proto__', source: 'weather', params: { q: 'Oslo', days: 3 } },
    { source: 'user', params: { id: 7 } },
  )
  t.same(errors, [])
  t.same(
    asked.map(({ entry, errorPath }) => [entry.key, entry.source.id, entry.required, errorPath]),
    [
      ['ldn', 'weather', true, 'requests[0].params.'],
      ['__proto__', 'weather', true, 'requests[1].params.'],
      ['user', 'user', false, 'requests[2].params.'],
    ],
  )
  t.same(
    asked.map(({ params }) => ({ ...params })),
    [{ q: 'London', days: undefined }, { q: 'Oslo', days: 3 }, { id: 7 }],
  )
})

t.test('ids are unique, the default ones too', async (t) => {
  const message = 'is the id of another request already; give each its own.'
  t.same(read({ source: 'weather' }, { source: 'weather' }).errors, [`requests[1].id: "weather" ${message}`])
  t.same(read({ id: 'a', source: 'weather' }, { id: 'a', source: 'user', params: { id: 1 } }).errors, [
    `requests[1].id: "a" ${message}`,
  ])
  t.same(read({ source: 'weather' }, { id: 'weather', source: 'user', params: { id: 1 } }).errors.length, 1)
})

t.test('an unknown or hidden source is rejected, and the most similar visible one is suggested', async (t) => {
  t.same(read({ source: 'wether' }).errors, [
    'requests[0].source: There is no source "wether"; known sources: weather, user.',
  ])
  const { errors, asked } = read({ source: 'inner' }, { source: 'weather' })
  t.equal(errors.length, 1)
  t.match(errors[0], /^requests\[0\]\.source: There is no source "inner"; known sources: /)
  t.notMatch(errors[0], /sources:.*inner/)
  t.same(
    asked.map(({ entry }) => entry.key),
    ['weather'],
  )
})

t.test('if every source is hidden, none can be requested', async (t) => {
  const errors: RequestError[] = []
  readBatch(new Map([['inner', makeSource('inner', {}, { hidden: true })]]), { requests: [{ source: 'a' }] }, errors)
  t.match(errors, [{ message: 'There is no source "a"; known sources: none.' }])
})

t.test('values are validated without conversion, and all errors are listed with their paths', async (t) => {
  t.same(read({ source: 'weather', params: { days: '3', q: 1, city: 'x' } }).errors, [
    'requests[0].params.city: There is no parameter "city"; known parameters: q, days.',
    'requests[0].params.q: "requests[0].params.q" must be a string.',
    'requests[0].params.days: "requests[0].params.days" must be an integer.',
  ])
  t.same(read({ source: 'weather', params: { q: null } }).errors, [
    'requests[0].params.q: "requests[0].params.q" must be a string.',
  ])
})

t.test('a missing required parameter is rejected', async (t) => {
  t.same(read({ source: 'user' }).errors, ['requests[0].params.id: The parameter "id" of user is missing; give it.'])
  t.same(read({ source: 'user', params: Object.create({ id: 1 }) }).errors.length, 1, 'an inherited one is none')
})

/** A source with a chain of two dependencies, and a source with one of them. */
const from = (id: string) => ({ bind: [{ name: `of_${id}`, from: id, select: null }] })
const NEEDING = new Map(
  [
    makeSource('feed', { max: { type: 'integer' }, lang: { type: 'string' } }, from('profile')),
    makeSource(
      'profile',
      { lang: { type: 'string', default: 'en' } },
      { ...from('user'), hidden: true, required: true },
    ),
    makeSource('user', { id: { type: 'integer', required: true } }, { hidden: true }),
    makeSource('badge', {}, from('user')),
  ].map((source) => [source.id, source]),
)

function readNeeding(...requests: BatchRequest[]) {
  const errors: RequestError[] = []
  const asked = readBatch(NEEDING, { requests }, errors)
  return { asked, errors: errors.map(({ path, message }) => `${path}: ${message}`) }
}

t.test('each request has its own dependencies, with its own parameters, flat or dotted', async (t) => {
  const { asked, errors } = readNeeding(
    { id: 'a', source: 'feed', params: { id: 1, max: 5, lang: 'de' } },
    { id: 'b', source: 'feed', params: { 'user.id': 2, id: 9, 'profile.lang': 'fr', 'feed.lang': 'it' } },
    { id: 'c', source: 'badge', params: { id: 1 } },
  )
  t.strictSame(errors, [])
  t.strictSame(
    asked.map(({ entry, shown, needs, params, errorPath }) => [entry.key, shown, needs, { ...params }, errorPath]),
    [
      ['a', true, [1], { max: 5, lang: 'de' }, 'requests[0].params.'],
      ['profile', false, [2], { lang: 'de' }, 'requests[0].params.'],
      ['user', false, [], { id: 1 }, 'requests[0].params.'],
      ['b', true, [4], { max: undefined, lang: 'it' }, 'requests[1].params.'],
      ['profile', false, [5], { lang: 'fr' }, 'requests[1].params.'],
      ['user', false, [], { id: 2 }, 'requests[1].params.'],
      ['c', true, [7], {}, 'requests[2].params.'],
      ['user', false, [], { id: 1 }, 'requests[2].params.'],
    ],
  )
})

t.test('a rejected request does not change the dependencies of the others', async (t) => {
  const { asked, errors } = readNeeding(
    { source: 'user', params: { id: 1 } },
    { source: 'badge', params: { id: 1 } },
    { source: 'fed' },
    { source: 'feed', params: { id: 1 } },
  )
  t.strictSame(errors, [
    'requests[0].source: There is no source "user"; known sources: feed, badge.',
    'requests[2].source: There is no source "fed"; known sources: feed, badge.',
  ])
  t.strictSame(
    asked.map(({ entry, needs }) => [entry.key, needs]),
    [
      ['badge', [1]],
      ['user', []],
      ['feed', [3]],
      ['profile', [4]],
      ['user', []],
    ],
  )
})

t.test('a missing parameter of a dependency is reported with the source that needs it', async (t) => {
  t.strictSame(readNeeding({ id: 'a', source: 'feed' }, { source: 'badge', params: { id: 'x' } }).errors, [
    'requests[0].params.id: The parameter "id" of user is missing; give it, since feed needs user.',
    'requests[1].params.id: "requests[1].params.id" must be an integer (for user).',
  ])
})

t.test('an unknown parameter is rejected, and the known ones are listed', async (t) => {
  t.strictSame(readNeeding({ id: 'a', source: 'badge', params: { id: 1, max: 1, 'feed.max': 1, 'a.id': 1 } }).errors, [
    'requests[0].params.max: There is no parameter "max"; known parameters: id.',
    'requests[0].params.feed.max: There is no parameter "feed.max"; known parameters: id.',
    'requests[0].params.a.id: There is no parameter "a.id"; known parameters: id.',
  ])
})

t.test('a parameter in the query of a POST is rejected; a setting is accepted', async (t) => {
  const errors: RequestError[] = []
  checkBatchQuery(
    { deadlineMs: '5', strict: 'true', explain: 'true', q: 'x', sources: 'weather' },
    [],
    'refuse',
    errors,
  )
  t.same(
    errors.map(({ path }) => path),
    ['q', 'sources'],
  )
  t.match(errors[0], { message: '"q" cannot stand in the query of a POST; put it into the body.' })
})

t.test('the schema of the body is that of the contract', async (t) => {
  const check = compileSchema(BATCH_SCHEMA)
  const requests = (count: number): Batch => ({
    requests: Array.from({ length: count }, (_, i) => ({ id: `r${i}`, source: 's' })),
  })
  for (const good of [
    requests(1),
    requests(20),
    { requests: [{ source: 's', params: {} }] },
    { requests: [{ id: `${'a'.repeat(62)}-_`, source: '' }] },
  ]) {
    t.same(check(good), [])
  }
  for (const [path, bad] of [
    ['', []],
    ['', {}],
    ['', { requests: [{ source: 's' }], more: 1 }],
    ['requests', requests(0)],
    ['requests', requests(21)],
    ['requests', { requests: {} }],
    ['requests[0]', { requests: ['s'] }],
    ['requests[0]', { requests: [{}] }],
    ['requests[0]', { requests: [{ source: 's', sources: 's' }] }],
    ['requests[0].source', { requests: [{ source: 1 }] }],
    ['requests[0].params', { requests: [{ source: 's', params: [] }] }],
    ['requests[0].id', { requests: [{ source: 's', id: '' }] }],
    ['requests[0].id', { requests: [{ source: 's', id: 'a b' }] }],
    ['requests[0].id', { requests: [{ source: 's', id: 'a\n' }] }],
    ['requests[0].id', { requests: [{ source: 's', id: 'a'.repeat(65) }] }],
  ] as const) {
    t.strictSame(
      check(bad).map((problem) => problem.path),
      [path],
      JSON.stringify(bad).slice(0, 60),
    )
  }
})
