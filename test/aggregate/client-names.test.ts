import fc from 'fast-check'
import t from 'tap'
import { readBatch } from '../../src/aggregate/batch.ts'
import { menuOf } from '../../src/aggregate/menu.ts'
import { inClientNames } from '../../src/aggregate/params.ts'
import { readQuery } from '../../src/aggregate/query.ts'
import type { Query } from '../../src/aggregate/settings.ts'
import type { RequestError } from '../../src/http/problem.ts'
import { makeEntry, makeSource } from './bench.ts'

/** Parameters that clients call otherwise than the configuration does. */

const paged = makeSource('paged', {
  size: { type: 'integer', clientName: 'page[size]' },
  ids: { type: 'array', items: { type: 'integer' }, clientName: 'ids[]' },
  filter: { type: 'string', clientName: '$filter', required: true },
  a: { type: 'string', clientName: 'b' },
  b: { type: 'string', clientName: 'a' },
})
const ENTRIES = [makeEntry('paged', paged), { ...makeEntry('small', paged), fixed: { size: 1, filter: '' } }]

function read(query: Query, own = { path: {}, members: {} }) {
  const errors: RequestError[] = []
  const [first, second] = readQuery(menuOf(ENTRIES, new Map()), query, errors, own)
  return { errors, first: { ...first?.params }, second: { ...second?.params } }
}

t.test('values are read by the names of clients, and kept by those of the configuration', async (t) => {
  const { errors, first, second } = read({
    'page[size]': '5',
    'ids[]': ['1', '2'],
    $filter: 'x',
    a: 'for b',
    'small.b': 'for a',
  })
  t.same(errors, [])
  t.same(first, { size: '5', ids: ['1', '2'], filter: 'x', a: undefined, b: 'for b' })
  t.same(second, { size: 1, ids: ['1', '2'], filter: '', a: 'for a', b: 'for b' })
})

t.test('messages have the names of clients', async (t) => {
  const wrong = read({ size: '5', 'page[size]': 'x', 'ids[]': ['1', 'x'], 'small.page[size]': '2', 'small.zz': '1' })
  t.same(
    wrong.errors.map(({ path, message }) => `${path}: ${message}`),
    [
      'size: There is no parameter "size"; known parameters: b, page[size], ids[], $filter, a.',
      'small.page[size]: "small.page[size]" is fixed by the view for small; leave it out.',
      'small.zz: There is no parameter "small.zz"; known parameters: $filter, page[size], ids[], b, a.',
      'page[size]: "page[size]" must be an integer (for paged).',
      'ids[]: "ids[][1]" must be an integer (for paged).',
      '$filter: The parameter "$filter" of paged is missing; give it, or leave paged out with ?sources=.',
      'ids[]: "ids[][1]" must be an integer (for small).',
    ],
  )
})

t.test('members of a body, and a path, have the names of clients', async (t) => {
  const own = { path: { a: 'p' }, members: { 'page[size]': 3, $filter: 'm', 'paged.ids[]': [4] } }
  const { errors, first } = read({}, own)
  t.same(errors, [])
  t.same(first, { size: 3, ids: [4], filter: 'm', a: undefined, b: 'p' })
  t.match(read({ 'paged.a': 'x' }, own).errors, [{ path: 'paged.a', message: /is given by the path/ }])
  t.match(read({ $filter: 'x' }, own).errors, [{ path: '$filter', message: /in the query and in the body/ }])
})

t.test('batches have the names of clients', async (t) => {
  const errors: RequestError[] = []
  const params = { 'page[size]': 5, 'paged.ids[]': [1], $filter: 'x' }
  const requests = [
    { id: 'one', source: 'paged', params },
    { id: 'two', source: 'paged', params: { size: 1, $filter: 'x' } },
  ]
  const [first] = readBatch(new Map([['paged', paged]]), { requests }, errors)
  t.same({ ...first?.params }, { size: 5, ids: [1], filter: 'x', a: undefined, b: undefined })
  t.match(errors, [{ path: 'requests[1].params.size', message: /^There is no parameter "size"; known .*page\[size\]/ }])
  t.equal(errors.length, 1)
})

t.test('a problem of a template names what the client sent', async (t) => {
  t.same(inClientNames({ problem: '"size" and "a" and "." and "b"', variable: 'a' }, paged), {
    problem: '"page[size]" and "b" and "." and "a"',
    variable: 'b',
  })
  t.same(inClientNames({ problem: 'the URL', variable: null }, paged), { problem: 'the URL', variable: null })
})

const name = fc
  .string({
    unit: fc.constantFrom('a', 'b', '[', ']', '.', '$', '-', '%', '&', '=', '+', '#', 'ü', '😀'),
    minLength: 1,
    maxLength: 8,
  })
  .filter((text) => !text.startsWith('s.'))

t.test('whatever the names are, each value reaches its own parameter, and no other', async () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), fc.boolean(), (names, isDotted) => {
      const params = Object.fromEntries(names.map((clientName, at) => [`p${at}`, { clientName }]))
      const menu = menuOf([makeEntry('s', makeSource('s', params))], new Map())
      const errors: RequestError[] = []
      const query = Object.fromEntries(names.map((one, at) => [isDotted ? `s.${one}` : one, `value ${at}`]))
      const [asked] = readQuery(menu, query, errors)
      const wanted = Object.fromEntries(names.map((_, at) => [`p${at}`, `value ${at}`]))
      return errors.length === 0 && JSON.stringify({ ...asked?.params }) === JSON.stringify(wanted)
    }),
  )
})
