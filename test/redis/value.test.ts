import t from 'tap'
import { decodeValue, encodeValue, MAX_BODY_BYTES, MAX_VALUE_BYTES } from '../../src/redis/value.ts'

t.test('a value is read as it was written, with its age', async (t) => {
  for (const body of [null, Buffer.from(''), Buffer.from('null'), Buffer.from('{"a":"é"}')]) {
    t.strictSame(decodeValue('k', encodeValue('k', body, 60_000), 59_000), { body, ageMs: 1000 })
  }
  const largest = encodeValue('k', Buffer.alloc(MAX_BODY_BYTES, ' '), 1)
  t.equal(largest.length, MAX_VALUE_BYTES)
  t.equal(encodeValue('k', null, 2 ** 47).readUIntBE(1, 6), 2 ** 47)
})

t.test('one byte more, less or other, and it is none', async (t) => {
  const value = encodeValue('k', Buffer.from('{"a":1}'), 60_000)
  for (let at = 0; at < value.length; at += 1) {
    const changed = Buffer.from(value)
    changed[at] = (changed[at] ?? 0) ^ 1
    t.equal(decodeValue('k', changed, 1000), null, `byte ${at}`)
    t.equal(decodeValue('k', value.subarray(0, at), 1000), null, `${at} bytes`)
  }
  t.equal(decodeValue('k', Buffer.concat([value, Buffer.from(' ')]), 1000), null)
})

t.test('a value of another key, or with a time that it cannot have, is none', async (t) => {
  const value = encodeValue('k', Buffer.from('1'), 60_000)
  t.equal(decodeValue('other', value, 1000), null)
  for (const leftMs of [-2, -1, 60_001, null, '1000']) t.equal(decodeValue('k', value, leftMs), null, String(leftMs))
  t.ok(decodeValue('k', value, 60_000))
  for (const other of [null, 'text', 5]) t.equal(decodeValue('k', other, 1000), null)
})
