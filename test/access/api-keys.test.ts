import { createRequire, syncBuiltinESMExports } from 'node:module'
import t from 'tap'
import { ApiKeys } from '../../src/access/api-keys.ts'

const KEYS = ['first-key-of-the-list', 'second', 'third']

t.test('every key that is configured lets in, and nothing else', async (t) => {
  const known = new ApiKeys(KEYS)
  for (const key of KEYS) t.match(known.clientOf(key), { key: /^key:[\w-]{22}$/, claims: null }, key)
  const wrong = [
    '',
    ' second',
    'second ',
    'Second',
    'secon',
    'second, third',
    'second\0',
    '__proto__',
    'x'.repeat(16_000),
  ]
  for (const key of wrong) t.equal(known.clientOf(key), null, key.slice(0, 30))
})

t.test('a client is known by its key, but the key cannot be seen', async (t) => {
  const [one, two] = KEYS.map((key) => new ApiKeys(KEYS).clientOf(key)?.key ?? '')
  t.not(one, two)
  t.equal(one, new ApiKeys(KEYS.slice(0, 1)).clientOf(KEYS[0] as string)?.key, 'the same in every process')
  t.notMatch(one, /first/)
})

t.test('a key is compared with all others, in constant time, wherever one matches', async (t) => {
  const crypto = createRequire(import.meta.url)('node:crypto')
  const original = crypto.timingSafeEqual
  let lengths: number[] = []
  crypto.timingSafeEqual = (one: Buffer, other: Buffer) => {
    lengths.push(one.length, other.length)
    return original(one, other)
  }
  syncBuiltinESMExports()
  t.teardown(() => {
    crypto.timingSafeEqual = original
    syncBuiltinESMExports()
  })
  const known = new ApiKeys(KEYS)
  for (const given of [...KEYS, 'x', 'a far longer one than any that is configured here']) {
    lengths = []
    known.clientOf(given)
    t.strictSame(lengths, Array(6).fill(32), given)
  }
})
