import fc from 'fast-check'
import t from 'tap'
import { menuOf } from '../../src/aggregate/menu.ts'
import { readQuery } from '../../src/aggregate/query.ts'
import type { Query } from '../../src/aggregate/settings.ts'
import { isIgnorable } from '../../src/aggregate/unknown-query.ts'
import { RESERVED_KEYS } from '../../src/core/limits.ts'
import type { RequestError } from '../../src/http/problem.ts'
import { makeEntry, makeSource } from './bench.ts'

/** Undeclared query keys with `server.unknownQuery: ignore`. */

const weather = makeSource('weather', { q: { type: 'string' } })
const news = makeSource('news', { tag: { type: 'string' } })
const ENTRIES = [makeEntry('weather', weather), { ...makeEntry('paris', weather), fixed: { q: 'Paris' } }]

function read(query: Query, own = { path: {}, members: {} }) {
  const errors: RequestError[] = []
  const menu = menuOf([...ENTRIES, makeEntry('news', news)], new Map())
  const asked = readQuery(menu, query, errors, own, 'ignore')
  return { errors: errors.map(({ path }) => path), params: asked.map(({ params }) => ({ ...params })) }
}

t.test('undeclared keys are dropped, and change nothing', async (t) => {
  const noise = {
    utm_source: 'x',
    gclid: ['1', '2'],
    'a.b': '',
    '': 'x',
    fbclid: 'y',
    __proto__: 'z',
    constructor: 'c',
  }
  t.same(read({ q: 'Oslo', ...noise }), read({ q: 'Oslo' }))
  t.same(read({ q: 'Oslo', ...noise }).errors, [])
  t.same(read({ sources: 'weather', tag: 'x', 'news.tag': 'y' }).errors, [], 'of a source that is not asked')
  t.same(read({ sources: 'paris', q: 'Oslo' }).params, [{ q: 'Paris' }], 'the view fixes it')
})

t.test('dotted keys of sources that are asked are refused still', async (t) => {
  t.same(read({ 'weather.zz': 'x' }).errors, ['weather.zz'])
  t.same(read({ 'paris.q': 'x' }).errors, ['paris.q'], 'fixed by the view')
  t.same(read({ sources: 'news', 'weather.zz': 'x' }).errors, [])
})

t.test('what looks like a setting is refused still', async (t) => {
  const wrong = ['strct', 'deadlinems', 'deadline_ms', 'deadline', 'stirct', 'Strict', 'source', 'sources[]', 'explian']
  for (const key of [...wrong, 'simulat', 'simulated', 'exlain']) t.same(read({ [key]: 'x' }).errors, [key], key)
})

t.test('names that trackers and frameworks use are dropped', async (t) => {
  const known = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'utm_id', 'gclid', 'fbclid']
  const more = [
    'msclkid',
    'mc_cid',
    'mc_eid',
    '_ga',
    '_gl',
    'ref',
    '_',
    'cb',
    'lang',
    'v',
    'debug',
    'trace',
    'resource',
  ]
  const words = [
    'street',
    'script',
    'district',
    'plain',
    'course',
    'score',
    'timeout',
    'srsltid',
    'dclid',
    'yclid',
    'igshid',
  ]
  t.same(
    [...known, ...more, ...words].filter((key) => !isIgnorable(key, [])),
    [],
  )
})

t.test('a value is still validated, and members of a body are refused always', async (t) => {
  t.same(read({ q: ['a', 'b'], utm: 'x' }).errors, ['q'])
  t.same(read({ utm: 'x' }, { path: {}, members: { page: 1 } }).errors, ['page'])
  t.same(read({ utm: 'x' }, { path: {}, members: { utm: 1 } }).errors, ['utm', 'utm'], 'given twice, and unknown')
  t.same(read({ q: 'a', 'weather.q': 'b' }, { path: { q: 'c' }, members: {} }).errors, ['q', 'weather.q'])
})

t.test('one letter less, or two that changed places, is a typing error of every setting', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...RESERVED_KEYS), fc.nat(), fc.boolean(), (name, at, swaps) => {
      const place = at % (name.length - 1)
      const [one = '', two = ''] = [name.charAt(place), name.charAt(place + 1)]
      const wrong = name.slice(0, place) + (swaps ? two + one : two) + name.slice(place + 2)
      return !isIgnorable(wrong, [])
    }),
  )
})
