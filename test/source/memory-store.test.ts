import t from 'tap'
import { MemoryStore } from '../../src/source/memory-store.ts'
import { FakeClock } from '../support/fake-clock.ts'

const body = (bytes: number, fill = 'x') => Buffer.alloc(bytes, fill)
const store = (maxBytes = 1_000_000, clock = new FakeClock()) => ({ clock, store: new MemoryStore(maxBytes, clock) })

t.test('returns stored values, and null for unknown keys', async (t) => {
  const { store: kept } = store()
  t.equal(await kept.get('a'), null)
  await kept.set('a', Buffer.from('{"a":1}'), 1000)
  t.strictSame(await kept.get('a'), { body: Buffer.from('{"a":1}'), ageMs: 0 })
  t.equal(await kept.get('b'), null)
})

t.test('distinguishes an empty answer from an empty body', async (t) => {
  const { store: kept } = store()
  await kept.set('empty', null, 1000)
  await kept.set('nothing', Buffer.alloc(0), 1000)
  t.strictSame(await kept.get('empty'), { body: null, ageMs: 0 })
  t.strictSame(await kept.get('nothing'), { body: Buffer.alloc(0), ageMs: 0 })
})

t.test('a value ages with the clock and expires; reading it does not reset its age', async (t) => {
  const { clock, store: kept } = store()
  await kept.set('a', body(1), 1000)
  await clock.advance(600)
  t.equal((await kept.get('a'))?.ageMs, 600)
  await clock.advance(399)
  t.equal((await kept.get('a'))?.ageMs, 999)
  await clock.advance(2)
  t.equal(await kept.get('a'), null)
})

t.test('a value that is stored again is new', async (t) => {
  const { clock, store: kept } = store()
  await kept.set('a', body(1, 'a'), 1000)
  await clock.advance(800)
  await kept.set('a', body(1, 'b'), 1000)
  await clock.advance(800)
  t.strictSame(await kept.get('a'), { body: body(1, 'b'), ageMs: 800 })
})

t.test('each entry has its own expiry', async (t) => {
  const { clock, store: kept } = store()
  await kept.set('short', body(1), 100)
  await kept.set('long', body(1), 10_000)
  await clock.advance(5000)
  t.equal(await kept.get('short'), null)
  t.equal((await kept.get('long'))?.ageMs, 5000)
})

t.test('holds at most maxBytes, and removes the least recently used entry first', async (t) => {
  const { store: kept } = store(10_000)
  for (const key of ['a', 'b', 'c']) await kept.set(key, body(3000), 1000)
  await kept.get('a')
  await kept.set('d', body(3000), 1000)
  t.equal(await kept.get('b'), null, 'three of 3,000 bytes and their entries are all that fits')
  for (const key of ['a', 'c', 'd']) t.not(await kept.get(key), null)
})

t.test('counts keys and a fixed size per entry too, so that many small entries are limited', async (t) => {
  const { store: kept } = store(10_000)
  for (let i = 0; i < 1000; i += 1) await kept.set(String(i), null, 1000)
  let held = 0
  for (let i = 0; i < 1000; i += 1) if ((await kept.get(String(i))) !== null) held += 1
  t.ok(held > 20 && held < 50, `${held} empty ones`)
  const long = 'k'.repeat(6000)
  await kept.set(long, null, 1000)
  t.equal(await kept.get(long), null, 'a key of 12,000 bytes')
})

t.test(
  'a value that is too large is not stored, removes no other entry, but removes the old value of its key',
  async (t) => {
    const { store: kept } = store(10_000)
    await kept.set('small', body(100), 1000)
    await kept.set('grows', body(100), 1000)
    await kept.set('grows', body(20_000), 1000)
    t.equal(await kept.get('grows'), null)
    t.not(await kept.get('small'), null)
  },
)

t.test('stores a copy, not a slice of a large buffer', async (t) => {
  const { store: kept } = store()
  const read = body(1_000_000, 'a')
  await kept.set('a', read.subarray(10, 20), 1000)
  read.fill('b')
  const copy = (await kept.get('a'))?.body
  t.equal(copy?.toString(), 'a'.repeat(10))
  t.equal(copy?.buffer.byteLength, 10, "nor a part of Node's pool")
})

t.test('sets no timers, neither with the clock nor with Node', async (t) => {
  const { setTimeout } = globalThis
  t.teardown(() => Object.assign(globalThis, { setTimeout }))
  let set = 0
  globalThis.setTimeout = Object.assign((...of: Parameters<typeof setTimeout>) => {
    set += 1
    return setTimeout(...of)
  }, setTimeout)
  const { clock, store: kept } = store()
  for (let i = 0; i < 100; i += 1) await kept.set(String(i), body(10), 1000)
  for (let i = 0; i < 100; i += 1) await kept.get(String(i))
  t.equal(clock.pending, 0)
  t.equal(set, 0)
})

t.test('resize changes the limit; entries that fit keep their age and expiry', async (t) => {
  const { clock, store: kept } = store(10_000)
  for (const key of ['a', 'b', 'c']) await kept.set(key, body(3000), 1000)
  await kept.get('a')
  await clock.advance(400)
  kept.resize(7000)
  t.equal(await kept.get('b'), null, 'the longest unused')
  t.equal((await kept.get('a'))?.ageMs, 400)
  t.equal((await kept.get('c'))?.ageMs, 400)
  await clock.advance(599)
  t.ok(await kept.get('a'))
  await clock.advance(2)
  t.equal(await kept.get('a'), null)
  kept.resize(10_000)
  for (const key of ['a', 'b', 'c']) await kept.set(key, body(3000), 1000)
  t.ok(await kept.get('a'))
})

t.test('is empty after close', async (t) => {
  const { store: kept } = store()
  await kept.set('a', body(1), 1000)
  await kept.close()
  t.equal(await kept.get('a'), null)
})
