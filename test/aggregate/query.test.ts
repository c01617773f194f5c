import t from 'tap'
import { type Entry, menuOf } from '../../src/aggregate/menu.ts'
import { readQuery } from '../../src/aggregate/query.ts'
import type { Query } from '../../src/aggregate/settings.ts'
import type { RequestError } from '../../src/http/problem.ts'
import { makeEntry, makeSource } from './bench.ts'

const q = { type: 'string', minLength: 1, default: 'London' }
const weather = makeSource('weather', { q, days: { type: 'integer' } })
const news = makeSource('news', { q: { ...q, default: 'world' }, tag: { type: 'array', items: { type: 'string' } } })
const user = makeSource('user', { id: { type: 'integer', required: true } })
const ENTRIES = [makeEntry('weather', weather), makeEntry('news', news)]

function read(query: Query, entries: readonly Entry[] = ENTRIES) {
  const errors: RequestError[] = []
  const asked = readQuery(menuOf(entries, new Map()), query, errors)
  return { errors, keys: asked.map(({ entry }) => entry.key), params: asked.map(({ params }) => ({ ...params })) }
}

/** The only error of a query. */
function refused(query: Query, entries?: readonly Entry[]): string {
  const { errors } = read(query, entries)
  return errors.map(({ message }) => message).join(' ')
}

t.test('without `sources` all are requested, with their defaults; optional parameters are left out', async (t) => {
  t.strictSame(read({}), {
    errors: [],
    keys: ['weather', 'news'],
    params: [
      { q: 'London', days: undefined },
      { q: 'world', tag: undefined },
    ],
  })
})

t.test('`sources` selects entries in its order, each once', async (t) => {
  t.same(read({ sources: 'news' }).keys, ['news'])
  t.same(read({ sources: 'news,weather,news' }).keys, ['news', 'weather'])
  t.same(read({ sources: ['news', 'weather,news'] }).keys, ['news', 'weather'])
})

t.test('`sources` that is empty or contains unknown names is rejected, with an error for each', async (t) => {
  t.equal(refused({ sources: '' }), '"sources" holds an empty name; known sources: weather, news.')
  t.equal(refused({ sources: 'news,' }), '"sources" holds an empty name; known sources: weather, news.')
  t.equal(refused({ sources: 'wether' }), 'There is no source "wether"; known sources: weather, news.')
  t.equal(read({ sources: 'a,news,b' }).errors.length, 2)
  const many = Array.from({ length: 9 }, (_, i) => makeEntry(`source_${i}`, weather))
  t.equal(
    refused({ sources: 'source_77' }, many),
    'There is no source "source_77"; known sources: source_7, source_0, source_1, source_2, source_3, source_4, source_5, source_6 and 1 more.',
  )
})

t.test('if every source is hidden, only views can be requested', async (t) => {
  t.equal(refused({}, []), 'There is no source to ask here; ask a view (GET /aggregate/{view}).')
  t.equal(refused({ sources: 'weather' }, []), 'There is no source "weather"; known sources: none.')
})

t.test('of thousands of errors, messages are created only for those that are returned', async (t) => {
  const written = (query: Query) => read(query).errors.filter(({ message }) => message !== '').length
  const names = Array.from({ length: 4000 }, (_, i) => `n${i}`)
  t.equal(written({ sources: names.join() }), 20)
  t.equal(written(Object.fromEntries(names.map((name) => [name, '1']))), 20)
})

t.test(
  'a flat key applies to every requested entry that declares it; a dotted key overrides it for one entry',
  async (t) => {
    t.match(read({ q: 'Oslo' }).params, [{ q: 'Oslo' }, { q: 'Oslo' }])
    t.match(read({ q: 'Oslo', 'news.q': 'snow' }).params, [{ q: 'Oslo' }, { q: 'snow' }])
    t.match(read({ 'news.q': 'snow' }).params, [{ q: 'London' }, { q: 'snow' }], 'the default of the one, not of both')
    t.same(read({ q: '', 'news.q': 'snow', 'weather.q': 'Oslo' }).errors, [], 'what is overridden is not checked')
  },
)

t.test('a view may rename entries and fix parameters, which clients cannot set', async (t) => {
  const view = [makeEntry('paris', weather, { q: 'Paris' }), makeEntry('here', weather)]
  t.match(read({ q: 'Oslo' }, view).params, [{ q: 'Paris' }, { q: 'Oslo' }])
  t.match(read({ 'here.q': 'Oslo', 'paris.days': '3' }, view).params, [{ q: 'Paris', days: '3' }, { q: 'Oslo' }])
  t.equal(refused({ 'paris.q': 'Oslo' }, view), '"paris.q" is fixed by the view for paris; leave it out.')
  t.equal(refused({ q: 'Oslo' }, view.slice(0, 1)), '"q" is fixed by the view for paris; leave it out.')
  t.match(refused({ 'weather.q': 'Oslo' }, view), /^There is no parameter "weather\.q"; /)
})

t.test('a key that no requested entry declares is rejected with a suggestion', async (t) => {
  t.equal(refused({ city: 'x' }), 'There is no parameter "city"; known parameters: q, days, tag.')
  t.equal(
    refused({ city: 'x' }, [makeEntry('plain', makeSource('plain'))]),
    'There is no parameter "city"; known parameters: none.',
  )
  t.equal(
    refused({ sources: 'news', days: '1' }),
    '"days" is a parameter of weather, which was not asked; leave it out, or add weather to "sources".',
  )
  t.equal(
    refused({ sources: 'news', 'weather.q': 'x' }),
    '"weather.q" is a parameter of weather, which was not asked; leave it out, or add weather to "sources".',
  )
  for (const key of ['__proto__', '__proto__[x]', 'constructor', 'news.toString', 'news.', '.q', '']) {
    const { errors } = read(Object.assign(Object.create(null), { [key]: '1' }))
    t.strictSame(
      errors.map(({ path }) => path),
      [key],
    )
  }
})

t.test('an invalid value is rejected under the key of the client, once per entry', async (t) => {
  t.equal(refused({ days: '0x10' }), '"days" must be an integer (for weather).')
  t.equal(refused({ 'weather.days': '1.5' }), '"weather.days" must be an integer (for weather).')
  t.same(
    read({ q: '' }).errors.map(({ message }) => message),
    ['"q" must have at least 1 character (for weather).', '"q" must have at least 1 character (for news).'],
  )
  t.equal(read({ days: ['1', '2'] }).errors.length, 1)
  t.same(read({ tag: ['a', 'b'] }).params[1]?.tag, ['a', 'b'])
})

t.test('a missing required parameter is rejected with a suggestion', async (t) => {
  const entries = [...ENTRIES, makeEntry('user', user)]
  t.equal(refused({}, entries), 'The parameter "id" of user is missing; give it, or leave user out with ?sources=.')
  t.same(read({ sources: 'news' }, entries).errors, [])
  t.match(read({ id: '9007199254740993' }, entries).params[2], { id: '9007199254740993' })
  const withDefault = makeSource('zoned', { zone: { type: 'string', required: true, default: 'UTC' } })
  t.strictSame(read({}, [makeEntry('zoned', withDefault)]), { errors: [], keys: ['zoned'], params: [{ zone: 'UTC' }] })
  t.strictSame(read({}, [makeEntry('me', user, { id: 1 })]), { errors: [], keys: ['me'], params: [{ id: 1 }] })
})

t.test('reserved keys are not parameters', async (t) => {
  t.same(read({ deadlineMs: '5', strict: 'true', explain: 'true' }).errors, [])
})

t.test('all errors are reported at once', async (t) => {
  t.equal(read({ sources: 'news,x', days: '1', tag: 'a', 'news.q': '' }).errors.length, 3)
})

t.test('a parameter may have the name of an inherited property', async (t) => {
  const odd = makeSource('odd', { constructor: { type: 'string' }, toString: { type: 'string' } })
  const query: Query = Object.assign(Object.create(null), { constructor: 'a' })
  const errors: RequestError[] = []
  const [asked] = readQuery(menuOf([makeEntry('odd', odd)], new Map()), query, errors)
  t.same(errors, [])
  t.strictSame(Object.entries(asked?.params ?? {}), [
    ['constructor', 'a'],
    ['toString', undefined],
  ])
})

/** `feed` needs `profile`, which needs `user`; each has parameters. */
const from = (id: string) => ({ bind: [{ name: `of_${id}`, from: id, select: null }] })
const account = makeSource('user', { id: { type: 'integer', required: true }, lang: { type: 'string' } })
const profile = makeSource('profile', { lang: { type: 'string', default: 'en' } }, from('user'))
const feed = makeSource('feed', { lang: { type: 'string' }, max: { type: 'integer' } }, from('profile'))
const CHAIN = new Map([account, profile, feed].map((source) => [source.id, source]))

function readChain(query: Query, entries: readonly Entry[] = [makeEntry('feed', feed)]) {
  const errors: RequestError[] = []
  const asked = readQuery(menuOf(entries, CHAIN), query, errors)
  return {
    errors: errors.map(({ message }) => message),
    params: Object.fromEntries(asked.map(({ entry, params }) => [entry.key, { ...params }])),
    shown: asked.filter(({ shown }) => shown).map(({ entry }) => entry.key),
  }
}

t.test(
  'a flat key applies to dependencies too, through a chain; a dotted key starts with the id of the dependency',
  async (t) => {
    t.strictSame(readChain({ id: '7', max: '5' }), {
      errors: [],
      params: { feed: { lang: undefined, max: '5' }, profile: { lang: 'en' }, user: { id: '7', lang: undefined } },
      shown: ['feed'],
    })
    t.strictSame(readChain({ 'user.id': '7', lang: 'de', 'profile.lang': 'fr' }), {
      errors: [],
      params: { feed: { lang: 'de', max: undefined }, profile: { lang: 'fr' }, user: { id: '7', lang: 'de' } },
      shown: ['feed'],
    })
  },
)

t.test('a missing parameter of a dependency is reported with its dependant and a suggestion', async (t) => {
  t.strictSame(readChain({}).errors, [
    'The parameter "id" of user is missing; give it, or leave feed out with ?sources=.',
  ])
  t.strictSame(readChain({ id: 'x' }).errors, ['"id" must be an integer (for user).'])
  t.strictSame(readChain({ 'user.id': 'x' }).errors, ['"user.id" must be an integer (for user).'])
  t.strictSame(readChain({ id: ['1', '2'] }).errors.length, 1)
})

t.test('a parameter of a dependency that is not part of the request is rejected', async (t) => {
  const entries = [makeEntry('feed', feed), makeEntry('plain', makeSource('plain'))]
  t.strictSame(readChain({ sources: 'plain', 'user.id': '7' }, entries).errors, [
    '"user.id" is a parameter of feed, which was not asked; leave it out, or add feed to "sources".',
  ])
  t.strictSame(readChain({ sources: 'plain', id: '7' }, entries).errors, [
    '"id" is a parameter of feed, which was not asked; leave it out, or add feed to "sources".',
  ])
  t.strictSame(readChain({ sources: 'feed', id: '7', city: 'x' }, entries).errors, [
    'There is no parameter "city"; known parameters: id, lang, max.',
  ])
})

t.test('if a view renames a dependency, its key and its fixed parameters apply', async (t) => {
  const entries = [makeEntry('feed', feed), makeEntry('me', account, { id: 1 })]
  const expected = { id: 1, lang: undefined }
  t.strictSame(readChain({}, entries).params.me, expected)
  t.strictSame(readChain({ sources: 'feed' }, entries), {
    errors: [],
    params: { feed: { lang: undefined, max: undefined }, profile: { lang: 'en' }, me: expected },
    shown: ['feed'],
  })
  t.strictSame(readChain({ sources: 'feed', 'me.lang': 'de' }, entries).params.me, { id: 1, lang: 'de' })
  t.strictSame(readChain({ sources: 'feed', id: '2' }, entries).errors, [
    '"id" is fixed by the view for me; leave it out.',
  ])
  t.match(readChain({ 'user.lang': 'de' }, entries).errors, [/^There is no parameter "user\.lang"; /])
})

t.test('a dependency can be requested and is then shown, unless it is hidden', async (t) => {
  const entries = [makeEntry('feed', feed), makeEntry('profile', profile)]
  t.strictSame(readChain({ id: '7' }, entries).shown, ['feed', 'profile'])
  t.strictSame(readChain({ id: '7', sources: 'profile' }, entries).shown, ['profile'])
  t.strictSame(readChain({ id: '7', sources: 'feed,user' }, entries).errors, [
    'There is no source "user"; known sources: feed, profile.',
  ])
})
