import t from 'tap'
import { type Entry, entryOf, menuOf, withNeeds } from '../../src/aggregate/menu.ts'
import type { Source } from '../../src/source/source.ts'
import { makeEntry, makeSource, needing } from './bench.ts'

const user = makeSource('user', {}, { hidden: true, required: true })
const profile = needing('profile', 'user')
const friends = needing('friends', 'profile', 'user')
const feed = needing('feed', 'friends', 'profile')
const weather = makeSource('weather')
const SOURCES = new Map([user, profile, friends, feed, weather].map((source) => [source.id, source]))

const entries = (...sources: readonly Source[]) => sources.map(entryOf)

/** `key>needed,needed`; dependencies in parentheses, with the requested key that included them. */
function wanted(picked: readonly Entry[], menu: readonly Entry[] = picked): readonly string[] {
  const all = withNeeds(picked, menuOf(menu, SOURCES))
  return all.map(({ entry, shown, needs, askedFor }) => {
    const places = needs.map((place) => all[place]?.entry.key)
    const text = places.length === 0 ? entry.key : `${entry.key}>${places.join()}`
    return shown ? text : `(${text} for ${askedFor})`
  })
}

t.test('the key of an entry of a source is its id', async (t) => {
  t.strictSame(entryOf(user), { key: 'user', source: user, fixed: {}, required: true })
})

t.test('an entry without dependencies adds nothing', async (t) => {
  t.strictSame(wanted(entries(weather)), ['weather'])
  t.strictSame(wanted([]), [])
})

t.test('dependencies follow the requested entries, and are not shown', async (t) => {
  t.strictSame(wanted(entries(profile, weather)), ['profile>user', 'weather', '(user for profile)'])
})

t.test('a chain is followed to its end, and `askedFor` is the requested key for all of it', async (t) => {
  t.strictSame(wanted(entries(weather, feed)), [
    'weather',
    'feed>friends,profile',
    '(friends>profile,user for feed)',
    '(profile>user for feed)',
    '(user for feed)',
  ])
})

t.test(
  'a shared dependency is included once, for the first dependant; `needs` has the order of the source',
  async (t) => {
    t.strictSame(wanted(entries(friends, profile)), ['friends>profile,user', 'profile>user', '(user for friends)'])
    t.strictSame(wanted(entries(profile, friends)), ['profile>user', 'friends>profile,user', '(user for profile)'])
    const left = needing('left', 'user')
    const right = needing('right', 'user')
    t.strictSame(wanted(entries(left, right)), ['left>user', 'right>user', '(user for left)'])
  },
)

t.test('a requested dependency is shown, at its requested position', async (t) => {
  t.strictSame(wanted(entries(profile, user)), ['profile>user', 'user'])
  t.strictSame(wanted(entries(user, feed, profile)), [
    'user',
    'feed>friends,profile',
    'profile>user',
    '(friends>profile,user for feed)',
  ])
})

t.test('a source that is used twice by one source is one dependency', async (t) => {
  const bind = ['a', 'b'].map((name) => ({ name, from: 'user', select: null }))
  const forEach = { from: 'user', param: null, batch: null, select: null, as: 'c', limit: 50, concurrency: 10 }
  const both = makeSource('both', {}, { bind, forEach })
  t.strictSame(both.needs, ['user'])
  t.strictSame(wanted(entries(both)), ['both>user', '(user for both)'])
})

t.test('a dependency uses the only entry of its source, with its key and fixed parameters', async (t) => {
  const me = makeEntry('me', user, { id: 1 })
  const mine = makeEntry('mine', profile)
  t.strictSame(wanted([mine, me]), ['mine>me', 'me'])
  t.strictSame(wanted([mine], [me, mine]), ['mine>me', '(me for mine)'], 'also where it is not picked')
  t.equal(withNeeds([mine], menuOf([me, mine], SOURCES))[1]?.entry, me)
})

t.test('with several entries of a source it uses the one whose key is the id, else the source itself', async (t) => {
  const one = makeEntry('one', user, { id: 1 })
  const own = makeEntry('user', user, { id: 2 })
  t.strictSame(wanted(entries(profile), [one, own]), ['profile>user', '(user for profile)'])
  t.equal(menuOf([one, own], SOURCES).forSource('user'), own)
  const two = makeEntry('two', user, { id: 2 })
  const { forSource } = menuOf([one, two], SOURCES)
  t.strictSame(forSource('user'), entryOf(user))
  t.equal(forSource('user'), forSource('user'), 'the same each time')
  t.strictSame(wanted([one, two, ...entries(profile, friends)]), [
    'one',
    'two',
    'profile>user',
    'friends>profile,user',
    '(user for profile)',
  ])
})

t.test('one source under two keys shares its dependency', async (t) => {
  t.strictSame(wanted([makeEntry('a', profile), makeEntry('b', profile, { x: 1 })]), [
    'a>user',
    'b>user',
    '(user for a)',
  ])
})

t.test('each call returns new objects', async (t) => {
  const picked = entries(profile)
  const menu = menuOf(picked, SOURCES)
  t.strictSame(withNeeds(picked, menu), withNeeds(picked, menu))
})
